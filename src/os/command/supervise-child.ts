import type { ChildProcess } from 'node:child_process';
import { LONGEST_TIMER_MS, settleWithin } from '../clock.ts';
import type { CommandRequest, CommandResult } from '../os.ts';
import type { ProcId } from '../proc.ts';
import { endSession } from './session.ts';
import type { Session } from './session.ts';
import { describeError } from './start-child.ts';

/** How a child ended; `error` when it never ran. */
export type ChildEnd = Pick<CommandResult, 'end' | 'code' | 'signal' | 'error'>;

/** Time between TERM and KILL. */
const GRACE_MS = 1000;

/** How long to wait for the exit status of a process that was KILLed. */
const REAP_MS = 1000;

/**
 * Sees a child that was spawned in this turn to its end, with its whole session: at once on a
 * timeout, an abort or a stop, and whatever is left when the command has ended.
 */
export async function superviseChild(
  child: ChildProcess,
  request: CommandRequest,
  session: Session,
  identify: (pid: number) => ProcId | Promise<ProcId>,
): Promise<ChildEnd> {
  const exited = new Promise<ChildEnd>((resolve) => {
    child.on('error', (error) => {
      resolve(notStarted(describeError(error)));
    });
    child.on('exit', (code, signal) => {
      resolve({
        end: signal === null ? 'exit' : 'signal',
        code: code ?? undefined,
        signal: signal ?? undefined,
        error: undefined,
      });
    });
  });
  if (child.pid === undefined) return exited;
  const leader = await identify(child.pid);
  const interruption = new Interruption(request);
  try {
    request.onStart?.({
      id: leader,
      stop: () => {
        interruption.happen('stopped');
      },
    });
    await Promise.race([exited, interruption.happened]);
  } finally {
    interruption.dispose();
    if (!session.isEmpty(leader)) await endSession(session, leader, GRACE_MS);
  }
  const end = await settleWithin(exited, REAP_MS, undefined);
  const { code, signal } = end ?? {};
  if (interruption.cause !== undefined) {
    return { end: interruption.cause, code, signal, error: undefined };
  }
  return end ?? notStarted(`pid ${leader.pid} has ended, but its exit status never came`);
}

/** The end of a command that did not run. */
export function notStarted(error: string | undefined): ChildEnd {
  return { end: 'not-started', code: undefined, signal: undefined, error };
}

/** The first of the reasons for which a command is ended from outside. */
class Interruption {
  readonly happened: Promise<void>;
  cause: 'timeout' | 'aborted' | 'stopped' | undefined;
  #resolve: () => void = () => undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #abort: AbortSignal | undefined;
  readonly #onAbort = (): void => {
    this.happen('aborted');
  };

  constructor({ timeoutMs, abort }: Pick<CommandRequest, 'timeoutMs' | 'abort'>) {
    this.happened = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#timer = setTimeout(
      () => {
        this.happen('timeout');
      },
      Math.min(timeoutMs, LONGEST_TIMER_MS),
    );
    this.#abort = abort;
    if (abort?.aborted) this.#onAbort();
    abort?.addEventListener('abort', this.#onAbort, { once: true });
  }

  happen(cause: 'timeout' | 'aborted' | 'stopped'): void {
    if (this.#disposed) return;
    this.cause ??= cause;
    this.#resolve();
  }

  /** After this nothing counts as an interruption any more. */
  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    this.#abort?.removeEventListener('abort', this.#onAbort);
  }

  #disposed = false;
}
