import { describe, expect, it } from 'vitest';
import type { ServingNow } from '../../../../src/reload/events.ts';
import { isServing, servingWords, workersWords } from '../../../../src/terminal/words/serving.ts';
import { servingNow } from '../sample-events.ts';

const NOTHING: ServingNow = {
  masterPid: undefined,
  old: { total: 0, ready: 0 },
  new: { total: 0, ready: 0 },
  bridge: undefined,
  successor: undefined,
};

describe('words for what serves', () => {
  it.each<readonly [ServingNow, string, string, boolean]>([
    [servingNow([4, 0, 0]), 'master 1234 with 4 old workers', 'old 4', true],
    [
      servingNow([1, 4, 2]),
      'master 1234 with 1 old worker and 4 new workers (2 ready)',
      'old 1, new 2 of 4 ready',
      true,
    ],
    [servingNow([0, 0, 0, 4, 4]), 'bridge 1301 with 4 workers', 'bridge 4 of 4 ready', true],
    [
      servingNow([4, 0, 0, 0, 0]),
      'master 1234 with 4 old workers',
      'old 4, bridge 0 of 4 ready',
      true,
    ],
    [servingNow([0, 0, 0]), 'master 1234, no worker to be seen', 'none', false],
    [
      { ...servingNow([2, 0, 0]), jobs: 1 },
      'master 1234 with 2 old workers',
      'at most 1 job in hand, old 2',
      true,
    ],
    [
      { ...servingNow([0, 0, 0]), jobs: 0 },
      'master 1234, no worker to be seen',
      'no job in hand',
      false,
    ],
    [servingNow([0, 4, 0]), 'master 1234 with 4 new workers (0 ready)', 'new 0 of 4 ready', false],
    [
      servingNow([4, 0, 0, undefined, undefined, 3, 1]),
      'master 1234 with 4 old workers; successor 1401 with 3 workers (1 ready)',
      'old 4, successor 1 of 4 ready',
      true,
    ],
    [
      { ...servingNow([0, 0, 0, undefined, undefined, 0, 0]), masterPid: undefined },
      'nothing',
      'successor 0 of 4 ready',
      false,
    ],
    [NOTHING, 'nothing', 'none', false],
    [
      { ...servingNow([2, 0, 0]), old: { total: 2, ready: undefined } },
      'master 1234 with 2 old workers',
      'old 2',
      true,
    ],
  ])('%j', (now, words, numbers, serves) => {
    expect(servingWords(now)).toBe(words);
    expect(workersWords(now, 4)).toBe(numbers);
    expect(isServing(now)).toBe(serves);
  });
});
