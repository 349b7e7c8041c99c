import { describe, expect, it } from 'vitest';
import type { Remark } from '../../../../src/terminal/progress.ts';
import { remarkWords } from '../../../../src/terminal/words/remark.ts';
import { allRows, type RowsByVariant } from '../rows-by-variant.ts';

const atMs = 0;
const holder = {
  pid: 77,
  uid: 0,
  user: 'root',
  program: 'reloadctl',
  purpose: 'reload usercenter',
  sinceEpochMs: new Date(2026, 0, 2, 12, 3, 4).getTime(),
};

const ROWS: RowsByVariant<Remark, 'event'> = {
  'lock-wait': [
    [
      { event: 'lock-wait', atMs, ...holder },
      'reloadctl 77 of root (reload usercenter, since 12:03:04) is at work on this program',
    ],
    [
      { event: 'lock-wait', atMs, ...holder, waitedMs: 600_000 },
      'after 10 min reloadctl 77 of root (reload usercenter, since 12:03:04) is still at work on this program',
    ],
    [
      {
        event: 'lock-wait',
        atMs,
        ...holder,
        pid: undefined,
        user: undefined,
        program: undefined,
        purpose: undefined,
        sinceEpochMs: undefined,
      },
      'a process that cannot be seen of uid 0 is at work on this program',
    ],
  ],
  beside: [
    [
      { event: 'beside', atMs, ...holder, uid: 1001, user: 'alice', program: 'python3.11' },
      'python3.11 77 of alice (reload usercenter, since 12:03:04) is at work on this program too; nobody waits for an ordinary user',
    ],
  ],
  killed: [
    [
      { event: 'killed', atMs, pid: 1240, role: 'old-workers', by: 'reloadctl', afterMs: 30_000 },
      'KILLed old worker 1240, which had been asked to go 30 s before',
    ],
    [
      { event: 'killed', atMs, pid: 1234, role: 'supervised', by: 'supervisor', afterMs: 10_000 },
      'the supervisor KILLed supervised process 1234, which had been asked to go 10 s before',
    ],
    [
      { event: 'killed', atMs, pid: 1240, role: 'old-workers', by: 'gunicorn', afterMs: 30_000 },
      'gunicorn cut off old worker 1240, which had been asked to go 30 s before',
    ],
  ],
  tidied: [
    [
      { event: 'tidied', atMs, what: 'pidfile', detail: '/run/a.pid.2' },
      'removed a stale pid file: /run/a.pid.2',
    ],
    [
      { event: 'tidied', atMs, what: 'bridge', detail: 'pid 1301' },
      'retired a bridge that an earlier run left behind: pid 1301',
    ],
    [
      { event: 'tidied', atMs, what: 'workers', detail: 'from 5 to 4' },
      'put the number of workers right: from 5 to 4',
    ],
    [{ event: 'tidied', atMs, what: 'file', detail: '/run/g.ctl' }, 'put a file back: /run/g.ctl'],
  ],
  interrupted: [
    [
      { event: 'interrupted', atMs, signal: 'SIGINT', then: 'undo' },
      'INT received: undoing, the old version stays',
    ],
    [
      { event: 'interrupted', atMs, signal: 'SIGTERM', then: 'finish' },
      'TERM received: the old version is already giving way, so this is carried through to the end',
    ],
  ],
  'master-lost': [
    [
      { event: 'master-lost', atMs, pid: 1234, recovered: true },
      'master 1234 died in the middle; the supervisor has brought the program back',
    ],
    [{ event: 'master-lost', atMs, pid: 1234, recovered: false }, 'master 1234 died in the middle'],
  ],
  signal: [
    [
      {
        event: 'signal',
        atMs,
        signal: 'SIGHUP',
        pid: 1,
        role: 'master',
        via: 'direct',
        outcome: 'unsafe',
      },
      'HUP → master 1: not sent, the process does not catch it and would die of it',
    ],
    [
      {
        event: 'signal',
        atMs,
        signal: 'SIGTERM',
        pid: 2,
        role: 'bridge',
        via: 'direct',
        outcome: 'gone',
      },
      'TERM → bridge 2: not sent, the process is gone',
    ],
    [
      {
        event: 'signal',
        atMs,
        signal: 'SIGTERM',
        pid: 3,
        role: 'leftovers',
        via: 'direct',
        outcome: 'denied',
      },
      'TERM → leftover process 3: not sent, no permission',
    ],
  ],
};

describe('remarkWords', () => {
  it.each(allRows(ROWS))('%j is %j', (remark, words) => {
    expect(remarkWords(remark)).toBe(words);
  });
});
