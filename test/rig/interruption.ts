import { constants } from 'node:os';

/** Somebody asked a run to end: Ctrl-C, TERM, a closed terminal, or nobody reads the output any more. */
export class Interrupted extends Error {
  /** 128 and the number of the signal, as shells have it. */
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(`ended by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** The wish to end, and what stops because of it. */
export interface Interruption {
  /** Aborted with an {@link Interrupted}. */
  readonly signal: AbortSignal;
  /** Settles as `work` does, but rejects at once with {@link Interrupted}; what `work` comes to afterwards is nobody's concern. */
  race<T>(work: Promise<T>): Promise<T>;
}

/**
 * From now on signals no longer end this process but abort the interruption, so that whoever started servers can end them first.
 * Every further one is passed to `onImpatience`.
 */
export function listenForInterruption(onImpatience: () => void): Interruption {
  const controller = new AbortController();
  const { signal } = controller;
  const abort = (name: NodeJS.Signals): void => {
    if (signal.aborted) onImpatience();
    else controller.abort(new Interrupted(name));
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, abort);
  process.stdout.on('error', () => {
    // Every further line fails as well, so that there is nothing to be said about it.
    if (!signal.aborted) abort('SIGPIPE');
  });
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Interrupted);
    });
  });
  aborted.catch(() => undefined); // Whoever races hears of it.
  return {
    signal,
    race: (work) => {
      work.catch(() => undefined); // After the race was lost nobody else listens.
      return Promise.race([work, aborted]);
    },
  };
}
