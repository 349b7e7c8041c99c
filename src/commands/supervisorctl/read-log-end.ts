import type { RpcResult } from '../../rpc/supervisor.ts';

/** UTF-8 has at most three bytes after the first of a character. */
const MAX_REST = 3;

/**
 * The last `bytes` bytes of a log through `read`, which takes an offset as readLog does. supervisord answers HTTP 500 when that cuts a
 * character in two, where supervisorctl gives up; a few bytes more bring the whole character.
 */
export async function readLogEnd(
  bytes: number,
  read: (offset: number) => Promise<RpcResult<string>>,
): Promise<RpcResult<string>> {
  const first = await read(0 - bytes);
  if (bytes <= 0 || !isUndecodable(first)) return first;
  for (let more = 1; more <= MAX_REST; more += 1) {
    const again = await read(0 - bytes - more);
    if (!isUndecodable(again)) return again;
  }
  return first;
}

function isUndecodable(result: RpcResult<string>): boolean {
  return !result.ok && result.error.kind === 'protocol' && result.error.status === 500;
}
