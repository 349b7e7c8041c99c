import type { Results } from './results.ts';
import { describeScene } from './plan.ts';

/** The commands that did not end well, in words: their numbers are not what they seem. */
export function findFaults({ reloads, memory }: Results): readonly string[] {
  const runs = [
    ...reloads.map(({ scene, way, exitCode }) => ({ what: describeScene(scene), way, exitCode })),
    ...memory.map(({ way, exitCode }) => ({ what: 'memory', way, exitCode })),
  ];
  return runs
    .filter(({ exitCode }) => exitCode !== 0)
    .map(({ what, way, exitCode }) => `${what}: ${way} exited ${exitCode ?? 'by a signal'}`);
}
