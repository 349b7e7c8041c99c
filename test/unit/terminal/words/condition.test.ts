import { describe, expect, it } from 'vitest';
import type { Condition } from '../../../../src/policy/condition.ts';
import { conditionWords } from '../../../../src/terminal/words/condition.ts';
import { allRows, type RowsByVariant } from '../rows-by-variant.ts';

const ROWS: RowsByVariant<Condition, 'is'> = {
  'bridge-appeared': [[{ is: 'bridge-appeared' }, 'the bridge has started']],
  'bridge-ready': [
    [{ is: 'bridge-ready', workers: 1 }, 'the bridge has 1 ready worker'],
    [{ is: 'bridge-ready', workers: 4 }, 'the bridge has 4 ready workers'],
  ],
  'bridge-steady': [
    [
      { is: 'bridge-steady', workers: 4, ms: 1_500, recycles: false },
      'the bridge is steady for 1.5 s',
    ],
  ],
  'bridge-gone': [[{ is: 'bridge-gone' }, 'the bridge is gone']],
  'new-worker-appeared': [[{ is: 'new-worker-appeared' }, 'the master has started a new worker']],
  'reload-begun': [[{ is: 'reload-begun' }, 'its workers begin to change']],
  'workers-complete': [[{ is: 'workers-complete' }, 'every worker is ready']],
  'retired-gone': [[{ is: 'retired-gone' }, 'the old workers have finished']],
  'workers-idle': [[{ is: 'workers-idle' }, 'nothing is in hand any more']],
  'master-ended': [[{ is: 'master-ended' }, 'the master has ended']],
  'logs-reopened': [
    [{ is: 'logs-reopened', by: 'all' }, 'no process has a log file open that was moved away'],
    [
      { is: 'logs-reopened', by: 'master' },
      'the master, which writes for all, has no log file open that was moved away',
    ],
  ],
  'took-over': [[{ is: 'took-over' }, 'the second master has taken the place of the first']],
  'workers-steady': [
    [
      { is: 'workers-steady', count: 5, ms: 1000, recycles: false },
      'exactly 5 ready workers for 1 s',
    ],
  ],
  told: [[{ is: 'told' }, 'the server has taken it']],
  'code-read-anew': [[{ is: 'code-read-anew' }, 'the new workers have read the code themselves']],
  'new-workers-ready': [
    [{ is: 'new-workers-ready', count: 2 }, 'the master has 2 ready new workers'],
  ],
  'old-workers-left': [
    [{ is: 'old-workers-left', atMost: 0 }, 'every old worker is gone'],
    [{ is: 'old-workers-left', atMost: 1 }, 'at most 1 old worker is left'],
    [{ is: 'old-workers-left', atMost: 3 }, 'at most 3 old workers are left'],
  ],
  'workers-ready': [[{ is: 'workers-ready', count: 4 }, 'the master has 4 ready workers']],
  drained: [[{ is: 'drained' }, 'every worker of the master is gone']],
  'workers-at-least': [[{ is: 'workers-at-least', count: 5 }, 'the master has at least 5 workers']],
  settled: [
    [{ is: 'settled', workers: 4, ms: 1_000, recycles: false }, '4 new workers are steady for 1 s'],
    [
      { is: 'settled', workers: undefined, ms: 1_000, recycles: false },
      'everything is steady for 1 s',
    ],
  ],
  healthy: [
    [{ is: 'healthy', urls: ['http://u:p@h/health'] }, 'http://u:***@h/health answers 2xx'],
    [
      { is: 'healthy', urls: ['http://h/'], expect: [{ from: 204, to: 204 }] },
      'http://h/ answers 204',
    ],
    [
      {
        is: 'healthy',
        urls: ['http://h/'],
        expect: [
          { from: 200, to: 200 },
          { from: 204, to: 204 },
          { from: 300, to: 399 },
        ],
      },
      'http://h/ answers 200, 204 or 300-399',
    ],
    [{ is: 'healthy', urls: ['http://a/', 'http://b/'] }, '2 health addresses answer 2xx'],
  ],
  serving: [
    [{ is: 'serving', workers: 4 }, 'it runs with 4 ready workers'],
    [{ is: 'serving', workers: undefined }, 'it runs and is ready'],
  ],
  stopped: [[{ is: 'stopped' }, 'the supervisor says that it is stopped']],
  'successor-appeared': [[{ is: 'successor-appeared' }, 'the successor has started']],
  'successor-ready': [
    [{ is: 'successor-ready', workers: 2, ms: 0 }, 'the successor has 2 ready workers'],
    [{ is: 'successor-ready', workers: undefined, ms: 1000 }, 'the successor is ready'],
  ],
  'successor-steady': [
    [
      { is: 'successor-steady', workers: 2, ms: 1500, recycles: false },
      'the successor is steady for 1.5 s',
    ],
  ],
  'successor-gone': [[{ is: 'successor-gone' }, 'the successor is gone']],
  promoted: [[{ is: 'promoted' }, 'the successor is what the supervisor runs']],
  'old-instance-gone': [[{ is: 'old-instance-gone' }, 'the old instance is gone']],
  'sockets-held': [[{ is: 'sockets-held' }, 'the supervisor holds the listening sockets']],
  'nothing-left': [[{ is: 'nothing-left' }, 'no process of the program is left']],
};

describe('conditionWords', () => {
  it.each(allRows(ROWS))('%j is %j', (condition, words) => {
    expect(conditionWords(condition)).toBe(words);
  });
});
