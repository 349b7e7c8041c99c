import { describe, expect, it } from 'vitest';
import type { StepFailure } from '../../../../src/reload/events.ts';
import { failureWords } from '../../../../src/terminal/words/failure.ts';
import { allRows, type RowsByVariant } from '../rows-by-variant.ts';

const ROWS: RowsByVariant<StepFailure, 'why'> = {
  limit: [[{ why: 'limit', limitMs: 30_000 }, 'not seen within 30 s']],
  died: [[{ why: 'died', role: 'bridge', pid: 1301 }, 'bridge 1301 died']],
  denied: [[{ why: 'denied', role: 'master', pid: 1234 }, 'no permission to signal master 1234']],
  unsafe: [
    [
      { why: 'unsafe', role: 'master', pid: 1234, signal: 'SIGHUP' },
      'master 1234 does not catch HUP and would die of it, so it was not sent',
    ],
  ],
  unsteady: [
    [
      { why: 'unsteady', role: 'bridge', ended: 2 },
      '2 workers of the bridge ended soon after being ready',
    ],
    [
      { why: 'unsteady', role: 'new-workers', ended: 1 },
      '1 new worker ended soon after being ready',
    ],
  ],
  supervisor: [
    [
      { why: 'supervisor', message: 'SPAWN_ERROR: x\u001b[2J' },
      'the supervisor said: SPAWN_ERROR: x\\x1b[2J',
    ],
  ],
  unhealthy: [
    [
      { why: 'unhealthy', url: 'http://u:p@h/', observed: 'HTTP 503' },
      'http://u:***@h/ said: HTTP 503',
    ],
  ],
  'health-url-wrong': [
    [
      { why: 'health-url-wrong', url: 'http://u:p@h/', observed: 'status 400' },
      'http://u:***@h/ said: status 400, although the version that runs serves: the health check itself is wrong',
    ],
  ],
  sick: [
    [
      { why: 'sick', url: 'http://u:p@h/', observed: 'status 503' },
      'the version that runs is not healthy itself: http://u:***@h/ said: status 503',
    ],
  ],
  preflight: [
    [
      { why: 'preflight', timedOut: false, detail: 'exited with 3' },
      'it did not load: exited with 3',
    ],
    [{ why: 'preflight', timedOut: true, detail: '' }, 'it did not finish in time'],
  ],
  'old-code': [
    [
      { why: 'old-code', pid: 77 },
      'the new workers run the code that master 77 had loaded before: preload_app was on when it started',
    ],
  ],
  told: [
    [
      { why: 'told', shown: 'caddy reload', detail: 'exit status 1' },
      'caddy reload: exit status 1',
    ],
  ],
  ignored: [
    [
      { why: 'ignored', title: 'nginx', limitMs: 15_000 },
      'nginx showed no effect within 15 s: it has ignored it and goes on as before',
    ],
  ],
  hook: [[{ why: 'hook', detail: 'exit status 1' }, 'the hook failed: exit status 1']],
  interrupted: [[{ why: 'interrupted' }, 'interrupted']],
};

describe('failureWords', () => {
  it.each(allRows(ROWS))('%j is %j', (failure, words) => {
    expect(failureWords(failure)).toBe(words);
  });
});
