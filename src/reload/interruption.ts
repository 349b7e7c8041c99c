import type { SignalName } from '../os/signals.ts';

/**
 * How a person ends an action early. The first Ctrl-C or TERM asks for an orderly end (undo, or finish what cannot be undone); the
 * second one stops waiting at once. Until {@link begin} nothing listens: a signal ends the process, also in the middle of a long computation.
 */
export class Interruption {
  readonly #orderly = new AbortController();
  readonly #atOnce = new AbortController();
  #signal: SignalName | undefined;
  #listen: ((interruption: Interruption) => void) | undefined;

  /** `listen` makes signals reach {@link note}. */
  constructor(listen?: (interruption: Interruption) => void) {
    this.#listen = listen;
  }

  /** From now on there may be something to put in order. */
  begin(): void {
    this.#listen?.(this);
    this.#listen = undefined;
  }

  /** Aborted by the first signal. */
  get orderly(): AbortSignal {
    return this.#orderly.signal;
  }

  /** Aborted by the second signal. */
  get atOnce(): AbortSignal {
    return this.#atOnce.signal;
  }

  /** The signal that came first. */
  get signal(): SignalName | undefined {
    return this.#signal;
  }

  /** Takes note of a signal. */
  note(signal: SignalName): void {
    if (this.#signal !== undefined) this.#atOnce.abort();
    this.#signal ??= signal;
    this.#orderly.abort();
  }
}
