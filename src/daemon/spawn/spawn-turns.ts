import { setImmediate as nextTurn } from 'node:timers/promises';
import { createInTurn, type InTurn } from '../logs/in-turn.ts';

/**
 * One spawn in each turn of the event loop: fork(2) takes milliseconds in a process of our size, and hundreds in a row would leave
 * logs, timers and clients waiting for seconds.
 */
export function createSpawnTurns(): InTurn {
  const inTurn = createInTurn();
  return (work) =>
    inTurn(async () => {
      await nextTurn();
      return work();
    });
}
