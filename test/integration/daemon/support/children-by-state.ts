import { readFileSync } from 'node:fs';

/** Every child of a process, by whether it has ended and waits to be reaped. */
export function childrenByState(parent: number): {
  readonly alive: readonly number[];
  readonly zombies: readonly number[];
} {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8')
    .split(' ')
    .filter((pid) => pid !== '')
    .map(Number);
  const isZombie = (pid: number): boolean => {
    try {
      return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
    } catch {
      return false; // Ended and waited for while we looked.
    }
  };
  const zombies = children.filter(isZombie);
  return { alive: children.filter((pid) => !zombies.includes(pid)), zombies };
}
