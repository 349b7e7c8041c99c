import { createInTurn, type InTurn } from '../logs/in-turn.ts';

/** Runs at most `count` pieces of work at the same time. */
export function createTurns(count: number): InTurn {
  const queues = Array.from({ length: count }, () => ({ inTurn: createInTurn(), waiting: 0 }));
  return async (work) => {
    const queue = queues.reduce((best, each) => (each.waiting < best.waiting ? each : best));
    queue.waiting += 1;
    try {
      return await queue.inTurn(work);
    } finally {
      queue.waiting -= 1;
    }
  };
}
