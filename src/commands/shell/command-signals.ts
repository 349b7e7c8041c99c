import { Interruption } from '../../reload/interruption.ts';

/**
 * The signals that come while a command of the shell runs. With Ctrl-C a command that asked for {@link interruption} ends in order, any other one
 * breaks off what it waits for, and the shell goes on. TERM and a lost terminal end the shell, and at once unless
 * something is to be put in order first: an action must not end half done.
 */
export class CommandSignals {
  readonly #interruption = new Interruption(() => {
    this.#isOrderly = true;
    process.on('SIGTERM', this.#onTerminate);
    process.on('SIGHUP', this.#onHangUp);
  });
  readonly #abort = new AbortController();
  #isOrderly = false;
  #count = 0;
  #isOver = false;

  constructor() {
    process.on('SIGINT', this.#onInterrupt);
  }

  /** For commands that have something to put in order. */
  get interruption(): Interruption {
    return this.#interruption;
  }

  /** For calls of the supervisor. */
  get abort(): AbortSignal {
    return this.#abort.signal;
  }

  /** TERM came, or the terminal is gone: the shell is to end after the command. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Takes no more signals. */
  release(): void {
    process.off('SIGINT', this.#onInterrupt);
    process.off('SIGTERM', this.#onTerminate);
    process.off('SIGHUP', this.#onHangUp);
  }

  readonly #onInterrupt = (): void => {
    this.#count += 1;
    this.#interruption.note('SIGINT');
    // The first asks for an orderly end, the second ends waiting; who asks a third time wants the prompt back.
    if (!this.#isOrderly || this.#count > 2) this.#abort.abort();
  };

  readonly #onTerminate = (): void => {
    this.#isOver = true;
    this.#interruption.note('SIGTERM');
  };

  readonly #onHangUp = (): void => {
    this.#isOver = true;
  };
}
