import { describe, expect, it } from 'vitest';
import { err, ok } from '../../../src/base/result.ts';
import { exitOfRefusal } from '../../../src/policy/refusal.ts';
import type { ReloadFacts, ReloadOptions } from '../../../src/policy/facts.ts';
import type { PlannedAction } from '../../../src/policy/actions.ts';
import { planAction } from '../../../src/policy/plan-action.ts';
import type { Refusal } from '../../../src/policy/refusal.ts';
import type { RowsByCode } from './rows-by-code.ts';
import {
  MASTER,
  bareFacts,
  proc,
  sampleFacts,
  sampleGunicorn,
  sampleOptions,
  sampleSettings,
  sampleSupervision,
} from './sample-facts.ts';

interface Case {
  readonly action?: PlannedAction;
  readonly facts: ReloadFacts;
  readonly options?: Partial<ReloadOptions>;
  readonly refusal: Refusal;
  readonly exit: number;
}

const other = (
  changes: Partial<Extract<ReloadFacts['server'], { type: 'other' }>> = {},
): ReloadFacts =>
  sampleFacts({
    type: 'other',
    proc: MASTER,
    caught: new Set(['SIGTERM', 'SIGHUP']),
    maySignal: true,
    ...changes,
  });

const preloaded = sampleGunicorn({ settings: ok(sampleSettings({ preloadApp: true })) });

/** What the policy refuses, and with which exit code. Two codes are told by others. */
const CASES: RowsByCode<Refusal, readonly Case[]> = {
  'not-running': [
    {
      facts: sampleFacts(
        { type: 'none' },
        { supervision: sampleSupervision({ state: 'STOPPED', proc: undefined }) },
      ),
      refusal: { code: 'not-running', state: 'STOPPED' },
      exit: 7,
    },
    {
      facts: sampleFacts(sampleGunicorn(), {
        supervision: sampleSupervision({ state: 'STOPPING' }),
      }),
      refusal: { code: 'not-running', state: 'STOPPING' },
      exit: 7,
    },
    {
      facts: bareFacts({ type: 'none' }),
      refusal: { code: 'not-running', state: 'gone' },
      exit: 7,
    },
  ],
  'master-not-ready': [
    {
      facts: sampleFacts({ type: 'booting', proc: MASTER }),
      refusal: { code: 'master-not-ready', pid: 1000, signal: 'SIGHUP' },
      exit: 10,
    },
    {
      facts: sampleFacts(sampleGunicorn({ workers: [] })),
      refusal: { code: 'master-not-ready', pid: 1000, signal: 'SIGHUP' },
      exit: 10,
    },
    {
      facts: sampleFacts(sampleGunicorn({ signalsReady: false })),
      refusal: { code: 'master-not-ready', pid: 1000, signal: 'SIGHUP' },
      exit: 10,
    },
    {
      facts: other({ caught: new Set(['SIGTERM']) }),
      options: { reloadSignal: 'SIGHUP' },
      refusal: { code: 'master-not-ready', pid: 1000, signal: 'SIGHUP' },
      exit: 10,
    },
  ],
  'master-is-successor': [
    {
      facts: sampleFacts(sampleGunicorn({ successorOf: 900 })),
      refusal: { code: 'master-is-successor', pid: 1000, parent: 900 },
      exit: 10,
    },
  ],
  'settings-broken': [
    {
      facts: sampleFacts(
        sampleGunicorn({ settings: err({ why: 'broken', output: 'SyntaxError: x' }) }),
      ),
      refusal: { code: 'settings-broken', output: 'SyntaxError: x' },
      exit: 10,
    },
  ],
  'settings-unknown': [
    {
      facts: sampleFacts(
        sampleGunicorn({
          settings: err({ why: 'timeout', output: '' }),
          settingsUnknown: 'timeout',
        }),
      ),
      refusal: { code: 'settings-unknown', pid: 1000, why: 'timeout' },
      exit: 10,
    },
  ],
  'bind-taken': [
    {
      facts: sampleFacts(sampleGunicorn({ bindTaken: ['127.0.0.1:9000'] })),
      refusal: { code: 'bind-taken', address: '127.0.0.1:9000' },
      exit: 10,
    },
  ],
  preloaded: [{ facts: sampleFacts(preloaded), refusal: { code: 'preloaded' }, exit: 10 }],
  'directory-gone': [
    {
      facts: sampleFacts(
        sampleGunicorn({
          release: {
            directory: '/srv/current',
            directoryNow: undefined,
            masterCwd: '/srv/1',
            pwdNow: undefined,
            chdirNow: undefined,
            gone: { path: '/srv/current', named: 'directory' },
          },
        }),
      ),
      refusal: { code: 'directory-gone', path: '/srv/current', named: 'directory' },
      exit: 10,
    },
  ],
  'relative-config': (['bridge', 'auto'] as const).map((strategy) => ({
    facts: sampleFacts(
      sampleGunicorn({
        relativeConfig: { path: 'conf/web.py', directory: '/srv/code' },
        configChanged: true,
      }),
    ),
    options: { strategy },
    refusal: { code: 'relative-config', path: 'conf/web.py', directory: '/srv/code' },
    exit: 10,
  })),
  'other-interpreter': [
    {
      facts: sampleFacts(
        sampleGunicorn({
          release: {
            ...sampleGunicorn().release,
            interpreter: { running: '/srv/1/venv', offered: '/srv/2/venv' },
          },
        }),
      ),
      refusal: { code: 'other-interpreter', running: '/srv/1/venv', offered: '/srv/2/venv' },
      exit: 10,
    },
  ],
  'held-modules': [
    {
      facts: sampleFacts(
        sampleGunicorn({ settings: ok(sampleSettings({ heldChanged: ['/srv/kinds.py'] })) }),
      ),
      options: { strategy: 'bridge' },
      refusal: { code: 'held-modules', files: ['/srv/kinds.py'] },
      exit: 10,
    },
  ],
  'bind-moves': [
    {
      facts: sampleFacts(sampleGunicorn({ bindMoves: ['127.0.0.1:8000'] })),
      refusal: { code: 'bind-moves', addresses: ['127.0.0.1:8000'] },
      exit: 10,
    },
  ],
  'pre-exec-unproved': [
    {
      facts: sampleFacts(sampleGunicorn({ preExecUnproved: true, configChanged: true })),
      refusal: { code: 'pre-exec-unproved' },
      exit: 10,
    },
  ],
  'stale-release': [
    {
      facts: sampleFacts(
        sampleGunicorn({
          release: {
            directory: '/srv/current',
            directoryNow: '/srv/2',
            masterCwd: '/srv/1',
            pwdNow: undefined,
            chdirNow: undefined,
          },
        }),
      ),
      refusal: {
        code: 'stale-release',
        directory: '/srv/current',
        pointsTo: '/srv/2',
        masterCwd: '/srv/1',
      },
      exit: 10,
    },
  ],
  'no-memory': [
    {
      facts: sampleFacts(
        sampleGunicorn({ memory: { available: 10, workers: 4000, master: 1000 } }),
      ),
      refusal: { code: 'no-memory', availableBytes: 10, neededBytes: 5500 },
      exit: 10,
    },
  ],
  'type-unknown': [
    { facts: other(), refusal: { code: 'type-unknown', pid: 1000 }, exit: 10 },
    {
      facts: other({ caught: undefined }),
      refusal: { code: 'type-unknown', pid: 1000 },
      exit: 10,
    },
  ],
  'no-master': [
    {
      facts: other({ expected: { type: 'gunicorn', reloads: 'by-strategy' } }),
      refusal: { code: 'no-master', pid: 1000 },
      exit: 10,
    },
    {
      facts: other({ expected: { type: 'gunicorn', reloads: 'by-strategy' } }),
      options: { reloadSignal: 'SIGHUP' },
      refusal: { code: 'no-master', pid: 1000 },
      exit: 10,
    },
  ],
  'not-permitted': [
    {
      facts: sampleFacts(sampleGunicorn({ maySignal: false, master: proc(1100) })),
      refusal: { code: 'not-permitted', pid: 1100, user: 'root', strategy: 'auto' },
      exit: 1,
    },
  ],
  'strategy-impossible': [
    {
      facts: sampleFacts(),
      options: { strategy: 'overlap' },
      refusal: {
        code: 'strategy-impossible',
        strategy: 'overlap',
        why: 'this supervisor does not own the listening sockets',
      },
      exit: 2,
    },
  ],
  'no-supervisor': [
    ...(['hard-restart', 'start', 'stop'] as const).map((action): Case => ({
      action,
      facts: bareFacts(),
      refusal: { code: 'no-supervisor', action },
      exit: 1,
    })),
    {
      facts: bareFacts(),
      options: { strategy: 'restart' },
      refusal: { code: 'no-supervisor', action: 'restart' },
      exit: 1,
    },
    {
      action: 'restart',
      facts: bareFacts({ type: 'none' }),
      refusal: { code: 'no-supervisor', action: 'start' },
      exit: 1,
    },
    {
      facts: bareFacts(other().server),
      options: { allowDowntime: true },
      refusal: { code: 'no-supervisor', action: 'reload' },
      exit: 1,
    },
  ],
  // Those of servers of other types have tests of their own.
  'not-offered': [],
  'type-mismatch': [
    {
      facts: other({ expected: { type: 'nginx', reloads: 'by-itself' } }),
      refusal: { code: 'type-mismatch', pid: MASTER.pid, type: 'nginx' },
      exit: 10,
    },
  ],
  'upgrade-escapes': [
    {
      action: 'upgrade',
      facts: sampleFacts(sampleGunicorn()),
      refusal: { code: 'upgrade-escapes', title: 'gunicorn' },
      exit: 10,
    },
    {
      action: 'upgrade',
      facts: { ...bareFacts(sampleGunicorn()), watchedBy: 'supervisord' },
      refusal: { code: 'upgrade-escapes', title: 'gunicorn' },
      exit: 10,
    },
  ],
  'no-log-files': [
    {
      action: 'reopen-logs',
      facts: sampleFacts(sampleGunicorn(), { openLogs: [] }),
      refusal: { code: 'no-log-files', pid: MASTER.pid },
      exit: 10,
    },
  ],
  'no-worker-left': [
    {
      action: 'scale',
      options: { scale: { kind: 'by', workers: -4 } },
      facts: sampleFacts(sampleGunicorn()),
      refusal: { code: 'no-worker-left', running: 4, to: 0 },
      exit: 10,
    },
  ],
  'needs-downtime': [],
};

const ALL = Object.values<readonly Case[]>(CASES).flat();

describe('planAction refuses', () => {
  it.each(ALL.map((each) => [each.action ?? 'reload', each.refusal.code, each] as const))(
    '%s: %s',
    (action, _code, { facts, options, refusal }) => {
      expect(planAction(action, facts, sampleOptions(options))).toEqual(err(refusal));
    },
  );
});

describe('exitOfRefusal', () => {
  it.each(ALL.map(({ refusal, exit }) => [refusal.code, exit, refusal] as const))(
    '%s is %i',
    (_code, exit, refusal) => {
      expect(exitOfRefusal(refusal)).toBe(exit);
    },
  );

  it('promises with 10 that the old version serves for what is told while a plan is carried out', () => {
    expect(exitOfRefusal({ code: 'needs-downtime', strategy: 'hup' })).toBe(10);
  });
});

describe('restart without --hard', () => {
  const shows = (facts: ReloadFacts): string => {
    const plan = planAction('restart', facts, sampleOptions());
    return plan.ok ? `${plan.value.action} by ${plan.value.strategy ?? 'start'}` : plan.error.code;
  };

  it.each([
    ['reloads where that loads new code', sampleFacts(), 'restart by bridge'],
    ['stops and starts a preloaded app', sampleFacts(preloaded), 'restart by restart'],
    ['stops and starts a server of unknown kind', other(), 'restart by restart'],
    [
      'stops and starts what has no master',
      other({ expected: { type: 'gunicorn', reloads: 'by-strategy' } }),
      'restart by restart',
    ],
    [
      'stops and starts what still boots',
      sampleFacts({ type: 'booting', proc: MASTER }),
      'restart by restart',
    ],
    [
      'stops and starts where it may not signal',
      sampleFacts(sampleGunicorn({ maySignal: false, preflight: undefined })),
      'restart by restart',
    ],
    [
      'stops and starts where the settings are unknown',
      sampleFacts(sampleGunicorn({ settings: undefined })),
      'restart by restart',
    ],
    [
      'starts what does not run',
      sampleFacts({ type: 'none' }, { supervision: sampleSupervision({ state: 'EXITED' }) }),
      'start by start',
    ],
    [
      'leaves alone what would not come up again',
      sampleFacts(sampleGunicorn({ settings: err({ why: 'broken', output: '' }) })),
      'settings-broken',
    ],
    [
      'leaves alone what could not bind its new address',
      sampleFacts(sampleGunicorn({ bindTaken: ['127.0.0.1:1'] })),
      'bind-taken',
    ],
  ] as const)('%s', (_name, facts, expected) => {
    expect(shows(facts)).toBe(expected);
  });
});
