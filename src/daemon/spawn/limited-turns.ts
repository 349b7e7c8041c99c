import type { InTurn } from '../logs/in-turn.ts';

/** Runs at most `count` pieces of work at the same time, begun in the order of the calls: a place that becomes free is the next one's. */
export function createLimitedTurns(count: number): InTurn {
  const waiting: Array<() => void> = [];
  let running = 0;
  return async (work) => {
    if (running < count) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // Handed on, not given back: a newcomer would overtake the one that has waited.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
