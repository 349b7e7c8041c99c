import type { Os } from '../../os/os.ts';
import { rightsOfProcess } from '../../servers/boot-context.ts';
import { findClaimed, findSupervisor } from '../../reload/claimed-process.ts';
import { rightsOfLog } from '../../reload/log-rights.ts';
import type { ProcessInfo, RpcFailure, Supervisor } from '../../rpc/supervisor.ts';
import type { LogChoice, ShownLog } from '../../terminal/watch/watch-state.ts';
import { faultOf } from '../supervisorctl/fault-of.ts';
import { readLogEnd } from '../supervisorctl/read-log-end.ts';

type Channel = 'stdout' | 'stderr';

const TIMEOUT_MS = 5000;

/** Which end of which log to read. */
export interface LogRequest {
  /** 'group:name'. */
  readonly key: string;
  readonly choice: Exclude<LogChoice, 'none'>;
  /** The most that is read, however much there is. */
  readonly bytes: number;
}

/**
 * The end of a program's log as the supervisor gives it; undefined where it could not be asked. A log that is not UTF-8, which supervisord
 * cannot send, is read from its file where we may.
 */
export async function readLogTail(
  os: Os,
  supervisor: Supervisor,
  { key, choice, bytes }: LogRequest,
  abort: AbortSignal,
): Promise<ShownLog | undefined> {
  const read = (channel: Channel): Promise<ShownLog | undefined> =>
    readChannel(os, supervisor, { key, bytes, channel }, abort);
  if (choice !== 'auto') return read(choice);
  const stdout = await read('stdout');
  if (stdout === undefined || ('text' in stdout && stdout.text !== '')) return stdout;
  // gunicorn and many others write to stderr alone.
  const stderr = await read('stderr');
  const isBetter = stderr !== undefined && 'text' in stderr;
  return isBetter && (stderr.text !== '' || 'problem' in stdout) ? stderr : stdout;
}

async function readChannel(
  os: Os,
  supervisor: Supervisor,
  request: { readonly key: string; readonly bytes: number; readonly channel: Channel },
  abort: AbortSignal,
): Promise<ShownLog | undefined> {
  const { key, bytes, channel } = request;
  const options = { timeoutMs: TIMEOUT_MS, abort };
  const text = await readLogEnd(bytes, (offset) =>
    supervisor.readProcessLog(key, channel, offset, 0, options),
  );
  if (text.ok) {
    const isCut = Buffer.byteLength(text.value) >= bytes;
    return { key, channel, text: text.value, isCut };
  }
  if (faultOf(text.error) === 'NO_FILE') return { key, problem: `It has no ${channel} log.` };
  if (!isUnsendable(text.error)) return undefined;
  const info = await supervisor.getProcessInfo(key, options);
  if (!info.ok) return undefined;
  const file = await readFileEnd(os, supervisor, info.value, request);
  const problem = `Its ${channel} log is not UTF-8, which the supervisor cannot send, and its file cannot be read from here.`;
  return file ?? { key, problem };
}

async function readFileEnd(
  os: Os,
  supervisor: Supervisor,
  info: ProcessInfo,
  {
    key,
    bytes,
    channel,
  }: { readonly key: string; readonly bytes: number; readonly channel: Channel },
): Promise<ShownLog | undefined> {
  const path = channel === 'stdout' ? info.stdoutLogfile : info.stderrLogfile;
  if (path === '') return undefined;
  const known = await findSupervisor(os, supervisor);
  const claimed = await findClaimed(os, known, { pid: info.pid, isAdopted: true });
  const program = claimed.ok ? await rightsOfProcess(os, claimed.value) : 'nobody';
  const files = os.files(await rightsOfLog(os, known, path, program));
  const stat = await files.stat(path);
  if (!stat.ok || stat.value.kind !== 'file') return undefined;
  const offset = Math.max(0, stat.value.size - bytes);
  const text = await files.readFrom(path, offset, bytes);
  return text.ok ? { key, channel, text: text.value, isCut: offset > 0 } : undefined;
}

/** supervisord says HTTP 500 of a log that it cannot decode, and passes on what is no XML. */
function isUnsendable(failure: RpcFailure): boolean {
  return failure.kind === 'protocol';
}
