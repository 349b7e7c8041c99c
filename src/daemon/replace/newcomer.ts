import type { ChildProcess, SendHandle } from 'node:child_process';
import type { Socket } from 'node:net';
import { printable } from '../../base/printable.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { settleWithin } from '../../os/clock.ts';
import type { ListeningHandle } from '../server/open-servers.ts';
import type { NewSays, OldSays } from './handover.ts';

/** The daemon that is to take over from us, as we see it. */
export class Newcomer {
  readonly #child: ChildProcess;
  readonly #heard: unknown[] = [];
  #onHeard: () => void = () => undefined;
  #end: string | undefined;
  /** Resolves with its exit status. */
  readonly exited: Promise<number>;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: unknown) => {
      this.#heard.push(message);
      this.#onHeard();
    });
    this.exited = new Promise((resolve) => {
      const end = (how: string, status: number): void => {
        this.#end ??= how;
        resolve(status);
        this.#onHeard();
      };
      child.once('error', (error) => {
        end(`it cannot be run: ${error.message}`, 1);
      });
      child.once('exit', (code, signal) => {
        end(`it ended with ${signal ?? `exit status ${code ?? 0}`}`, code ?? 1);
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Waits until it says `say`. The error is a clause. */
  async hear<S extends NewSays['say']>(
    say: S,
    limitMs: number,
  ): Promise<Result<Extract<NewSays, { say: S }>, string>> {
    const message = await settleWithin(this.#next(), limitMs, 'late' as const);
    if (message === 'late') return err(`it did not say '${say}' within ${limitMs / 1000} s`);
    if (message === undefined) return err(this.#end ?? 'it ended');
    if (!isSaying(message)) return err('it says what nobody understands');
    if (message.say === 'failed') return err(printable(message.message));
    if (message.say === say) return ok(message as Extract<NewSays, { say: S }>);
    return err(`it said '${message.say}' where '${say}' was due`);
  }

  /** Resolves when the message is on its way; false when nobody takes it. */
  tell(message: OldSays, handle?: ListeningHandle | Socket): Promise<boolean> {
    return new Promise((resolve) => {
      if (!this.#child.connected) {
        resolve(false);
        return;
      }
      // Node also sends the handles beneath its sockets, which its types do not know (lib/internal/child_process.js).
      this.#child.send(message, handle as unknown as SendHandle, (error) => {
        resolve(error === null);
      });
    });
  }

  /** Ends it; resolves when it has ended. */
  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  /** Passes on a signal that we got. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** It may go on, and we may leave. */
  release(): void {
    if (this.#child.connected) this.#child.disconnect();
    this.#child.unref();
  }

  async #next(): Promise<unknown> {
    while (this.#heard.length === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => {
        this.#onHeard = resolve;
      });
    }
    return this.#heard.shift();
  }
}

function isSaying(message: unknown): message is NewSays {
  return typeof message === 'object' && message !== null && 'say' in message;
}
