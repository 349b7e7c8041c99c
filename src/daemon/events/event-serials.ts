import type { DaemonEvent } from './daemon-event.ts';

/** Numbers events, from 0. */
export interface EventSerials {
  /** The number of this event; a new one when it has none yet. */
  numberOf(event: DaemonEvent): number;
}

/** One for the whole daemon, and one for each pool: only events that some pool takes are counted. */
export function createEventSerials(): EventSerials {
  const numbers = new WeakMap<DaemonEvent, number>();
  let next = 0;
  return {
    numberOf(event) {
      let number = numbers.get(event);
      if (number === undefined) {
        number = next;
        next += 1;
        numbers.set(event, number);
      }
      return number;
    },
  };
}
