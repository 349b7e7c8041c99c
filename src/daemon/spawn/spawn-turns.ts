import { setImmediate as nextTurn } from 'node:timers/promises';
import type { InTurn } from '../logs/in-turn.ts';

/** A place in the order of what is to be spawned. */
export interface SpawnPlace {
  /** Runs the work when it is its turn. */
  readonly run: InTurn;
  /** Nothing will be spawned in it. */
  release(): void;
}

/** Who is spawned when. */
export interface SpawnTurns {
  /** Takes the next place for something that still has to be prepared. */
  reserve(): SpawnPlace;
  /** Runs the work in the next place. */
  readonly inTurn: InTurn;
}

/**
 * For as long those behind wait for one that is not prepared yet: supervisord, which has nothing to
 * prepare, looks once a second.
 */
const PREPARATION_MS = 1000;

/**
 * One spawn in each turn of the event loop, in the order in which places were taken, which is that
 * of priorities and names: fork(2) takes milliseconds in a process of our size, and hundreds in a
 * row would leave logs, timers and clients waiting for seconds.
 */
export function createSpawnTurns(): SpawnTurns {
  const places: Place[] = [];
  let isRunning = false;
  let alarm: NodeJS.Timeout | undefined;

  const advance = (): void => {
    if (isRunning) return;
    clearTimeout(alarm);
    const nowMs = performance.now();
    const first = places.findIndex(({ begin, untilMs }) => begin !== undefined || untilMs > nowMs);
    const place = places[first];
    if (place === undefined) return;
    const { begin } = place;
    if (begin === undefined) {
      alarm = setTimeout(advance, place.untilMs - nowMs + 1);
      return;
    }
    places.splice(first, 1);
    isRunning = true;
    void nextTurn().then(begin);
  };

  const reserve = (): SpawnPlace => {
    const place: Place = { begin: undefined, untilMs: performance.now() + PREPARATION_MS };
    places.push(place);
    return {
      async run(work) {
        await new Promise<void>((begin) => {
          place.begin = begin;
          advance();
        });
        try {
          return await work();
        } finally {
          isRunning = false;
          advance();
        }
      },
      release() {
        const at = places.indexOf(place);
        if (at === -1) return;
        places.splice(at, 1);
        advance();
      },
    };
  };

  return { reserve, inTurn: (work) => reserve().run(work) };
}

interface Place {
  /** Undefined until it is prepared. */
  begin: (() => void) | undefined;
  readonly untilMs: number;
}
