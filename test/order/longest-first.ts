import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { REPOSITORY } from '../rig/place.ts';

/** Seconds that a file took when they were last measured; `npm run test:durations` measures anew. */
export const DURATIONS_FILE = new URL('durations.json', import.meta.url);

/** What is not in the list is short, or new. */
const UNKNOWN_SECONDS = 10;

/**
 * Files that take long begin first, so that none of them is alone at the end, when nothing is left to do beside it.
 */
export default class LongestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const seconds = JSON.parse(readFileSync(DURATIONS_FILE, 'utf8')) as Record<string, number>;
    const weightOf = ({ moduleId }: TestSpecification): number =>
      seconds[relative(REPOSITORY, moduleId)] ?? UNKNOWN_SECONDS;
    return Promise.resolve([...files].sort((a, b) => weightOf(b) - weightOf(a)));
  }
}
