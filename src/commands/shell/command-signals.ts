import { Interruption } from '../../reload/interruption.ts';

/**
 * The signals that come while a command of the shell runs. A command that asks for {@link interruption} ends in order; with any other
 * one Ctrl-C breaks off what it waits for. The shell itself goes on, unless it was TERM or the terminal is gone.
 */
export class CommandSignals {
  readonly #interruption = new Interruption();
  readonly #abort = new AbortController();
  #isOrderly = false;
  #count = 0;
  #isOver = false;

  constructor() {
    process.on('SIGINT', this.#onInterrupt);
    process.on('SIGTERM', this.#onTerminate);
    process.on('SIGHUP', this.#onHangUp);
  }

  /** For commands that have something to put in order. */
  get interruption(): Interruption {
    this.#isOrderly = true;
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
    this.#note('SIGINT');
  };

  readonly #onTerminate = (): void => {
    this.#isOver = true;
    this.#note('SIGTERM');
  };

  /** A lost terminal must not end an action half done. */
  readonly #onHangUp = (): void => {
    this.#isOver = true;
    if (!this.#isOrderly) this.#abort.abort();
  };

  #note(signal: 'SIGINT' | 'SIGTERM'): void {
    this.#count += 1;
    this.#interruption.note(signal);
    // The first asks for an orderly end, the second ends waiting; who asks a third time wants the prompt back.
    if (!this.#isOrderly || this.#count > 2) this.#abort.abort();
  }
}
