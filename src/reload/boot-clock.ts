import type { EventSink } from './events.ts';
import type { Condition } from '../policy/condition.ts';

/** What a boot ends with. */
const BOOTED: ReadonlySet<Condition['is']> = new Set<Condition['is']>([
  'bridge-ready',
  'new-workers-ready',
  'successor-ready',
]);

/** Measures how long new versions take to boot, from what happens. */
export class BootClock {
  #longestMs: number | undefined;

  /** Of the longest boot that was seen to its end. */
  get longestMs(): number | undefined {
    return this.#longestMs;
  }

  /** Listens to what goes to `sink`. */
  listenTo(sink: EventSink): EventSink {
    return (event) => {
      if (event.event === 'step-done' && !event.undoing) {
        const { step } = event;
        const until = 'until' in step ? step.until : undefined;
        if (until !== undefined && BOOTED.has(until.is)) {
          this.#longestMs = Math.round(Math.max(this.#longestMs ?? 0, event.elapsedMs));
        }
      }
      sink(event);
    };
  }
}
