import { MAIN_LOG_PATH, processLogPath, tailLog } from '../../rpc/tail-log.ts';
import type { RpcFailure } from '../../rpc/supervisor.ts';
import { escapeForTerminal } from '../../terminal/text/escape.ts';
import { LogWriter } from './log-writer.ts';
import type { CommandDeps } from './report.ts';

/** What to follow: a process's log, or undefined for that of the supervisor. */
export type FollowedLog =
  { readonly name: string; readonly channel: 'stdout' | 'stderr' } | undefined;

/** supervisorctl says nothing of this, so that a log that is quiet and one that nobody sends any more look the same. */
const ENDED =
  'ended: the supervisor closed the connection, as it does when it shuts down or restarts';

/**
 * Copies a log to stdout as it grows, until `abort` or the server ends it. A log that cannot be followed is told on stderr, in
 * supervisorctl's words, and is no failure there either.
 */
export async function followRemoteLog(
  deps: Pick<CommandDeps, 'endpoint' | 'supervisor'>,
  log: FollowedLog,
  abort: AbortSignal,
): Promise<void> {
  const path = log === undefined ? MAIN_LOG_PATH : processLogPath(log.name, log.channel);
  const writer = new LogWriter(process.stdout);
  let receivedBytes = 0;
  const result = await tailLog(
    deps.endpoint,
    path,
    (piece) => {
      receivedBytes += piece.byteLength;
      return writer.write(piece, abort);
    },
    abort,
  );
  writer.end();
  if (abort.aborted || (!result.ok && result.error.kind === 'aborted')) return;
  const shown = log === undefined ? MAIN_LOG_PATH : `/logtail/${log.name}/${log.channel}`;
  const url = `${deps.supervisor.url}${shown}`;
  // Cut off in the middle of the answer is how its end looks as often as not.
  const line = `${url} ${result.ok || receivedBytes > 0 ? ENDED : describeFailure(result.error)}`;
  process.stderr.write(`${escapeForTerminal(line, { maxLength: 1000 })}\n`);
}

/** supervisor/http_client.py, HTTPHandler.status_line and handle_error. */
function describeFailure(failure: RpcFailure): string {
  const status =
    failure.kind === 'unauthorized'
      ? 401
      : failure.kind === 'protocol'
        ? failure.status
        : undefined;
  if (status !== undefined) return `Cannot read, status code ${status}`;
  const why = failure.kind === 'protocol' ? failure.detail : failure.kind;
  return `Cannot connect, error: ${why}`;
}
