import { describe, expect, it } from 'vitest';
import { ok } from '../../../src/base/result.ts';
import type { OverlapFacts, ReloadFacts, ReloadOptions } from '../../../src/policy/facts.ts';
import type { PlannedAction } from '../../../src/policy/actions.ts';
import { planAction } from '../../../src/policy/plan-action.ts';
import type { PlanNote } from '../../../src/policy/plan-note.ts';
import type { RowsByCode } from './rows-by-code.ts';
import {
  MASTER,
  proc,
  sampleFacts,
  sampleGunicorn,
  sampleOptions,
  sampleOverlap,
  sampleSettings,
  sampleSupervision,
  sampleWorkers,
} from './sample-facts.ts';

interface Case {
  readonly action?: PlannedAction;
  readonly facts: ReloadFacts;
  readonly options?: Partial<ReloadOptions>;
  /** undefined: the note must not be there. */
  readonly note: PlanNote | undefined;
  readonly workersAfter?: number;
}

/** A program whose sockets the supervisor owns. */
const overlapped = (changes: Partial<OverlapFacts> = {}): ReloadFacts =>
  sampleFacts(sampleGunicorn(), {
    supervision: sampleSupervision({ overlap: sampleOverlap(changes) }),
  });

const MIB = 1024 * 1024;
const tight = sampleGunicorn({
  memory: { available: 120 * MIB, workers: 200 * MIB, master: 30 * MIB },
});

const CASES: RowsByCode<PlanNote, readonly Case[]> = {
  'strategy-asked': [
    ...(['bridge', 'rolling', 'hup'] as const).map((strategy): Case => ({
      facts: sampleFacts(),
      options: { strategy },
      note: { code: 'strategy-asked', strategy },
    })),
    { facts: sampleFacts(), note: undefined },
  ],
  'bridge-is-default': [{ facts: sampleFacts(), note: { code: 'bridge-is-default' } }],
  'overlap-is-default': [
    { facts: overlapped(), note: { code: 'overlap-is-default' } },
    { facts: overlapped(), options: { strategy: 'bridge' }, note: undefined },
  ],
  'relative-config': [
    {
      facts: sampleFacts(
        sampleGunicorn({ relativeConfig: { path: 'conf/web.py', directory: '/srv/code' } }),
      ),
      note: { code: 'relative-config', path: 'conf/web.py', directory: '/srv/code' },
    },
  ],
  'server-changed': [
    {
      facts: sampleFacts(
        sampleGunicorn({
          settings: ok(sampleSettings({ isServerChanged: true, version: '27.0.1' })),
        }),
      ),
      note: { code: 'server-changed', version: '27.0.1' },
    },
    { facts: sampleFacts(), note: undefined },
  ],
  'leftover-successor': [
    {
      facts: overlapped({ successor: 1400 }),
      note: { code: 'leftover-successor', pid: 1400 },
    },
  ],
  'memory-for-some': [
    {
      facts: sampleFacts(tight),
      note: {
        code: 'memory-for-some',
        availableBytes: 120 * MIB,
        neededBytes: Math.ceil(230 * MIB * 1.1),
        surge: 2,
      },
    },
  ],
  'memory-unknown': [
    {
      facts: sampleFacts(
        sampleGunicorn({ memory: { available: undefined, workers: 1, master: 1 } }),
      ),
      note: { code: 'memory-unknown' },
    },
  ],
  'supervisor-signals-only': [
    {
      facts: sampleFacts(sampleGunicorn({ maySignal: false })),
      note: { code: 'supervisor-signals-only', user: 'root' },
    },
  ],
  'readiness-by-time': [
    {
      facts: sampleFacts(sampleGunicorn({ seesReadiness: false }), {
        supervision: sampleSupervision({ startsecs: 7 }),
      }),
      note: { code: 'readiness-by-time', seconds: 7 },
    },
    {
      facts: sampleFacts(sampleGunicorn({ seesReadiness: false }), { supervision: undefined }),
      note: { code: 'readiness-by-time', seconds: 32 },
    },
  ],
  'settings-unknown': [
    {
      facts: sampleFacts(sampleGunicorn({ settings: undefined, settingsUnknown: 'why not' })),
      options: { strategy: 'bridge' },
      note: { code: 'settings-unknown', why: 'why not' },
    },
  ],
  'config-changed': [
    {
      facts: sampleFacts(sampleGunicorn({ configChanged: true })),
      note: { code: 'config-changed', path: '/srv/app/gunicorn.py', applied: true },
    },
    {
      facts: sampleFacts(sampleGunicorn({ configChanged: true })),
      options: { strategy: 'rolling' },
      note: { code: 'config-changed', path: '/srv/app/gunicorn.py', applied: false },
    },
  ],
  'workers-change': [
    {
      facts: sampleFacts(sampleGunicorn({ workers: sampleWorkers(2) })),
      note: { code: 'workers-change', from: 2, to: 4 },
      workersAfter: 4,
    },
    {
      // The configuration said 8 when the master loaded it last, and says 4 now.
      facts: sampleFacts(
        sampleGunicorn({
          workers: sampleWorkers(8),
          configChanged: true,
          workersConfiguredBefore: 8,
        }),
      ),
      note: { code: 'workers-change', from: 8, to: 4 },
      workersAfter: 4,
    },
    {
      // The master was started for 8, by another command or environment than the next one.
      facts: sampleFacts(sampleGunicorn({ workers: sampleWorkers(8), workersConfiguredBefore: 8 })),
      note: { code: 'workers-change', from: 8, to: 4 },
      workersAfter: 4,
    },
    {
      facts: sampleFacts(sampleGunicorn({ workers: sampleWorkers(2) })),
      options: { strategy: 'rolling' },
      note: undefined,
      workersAfter: 2,
    },
    {
      facts: sampleFacts(sampleGunicorn({ workers: sampleWorkers(2), bridge: proc(1500) })),
      note: undefined,
      workersAfter: 4,
    },
  ],
  'workers-raised': [
    {
      facts: sampleFacts(sampleGunicorn({ workers: sampleWorkers(6) })),
      note: { code: 'workers-raised', configured: 4, running: 6 },
      workersAfter: 6,
    },
    {
      // The file has changed, but not in its number of workers.
      facts: sampleFacts(
        sampleGunicorn({
          workers: sampleWorkers(6),
          configChanged: true,
          workersConfiguredBefore: 4,
        }),
      ),
      note: { code: 'workers-raised', configured: 4, running: 6 },
      workersAfter: 6,
    },
  ],
  'workers-raised-lost': [
    {
      facts: sampleFacts(sampleGunicorn({ workers: sampleWorkers(6), configChanged: true })),
      note: { code: 'workers-raised-lost', configured: 4, running: 6 },
      workersAfter: 4,
    },
  ],
  'server-hooks-run-twice': [
    {
      facts: sampleFacts(
        sampleGunicorn({
          settings: ok(sampleSettings({ hooks: ['on_reload', 'on_starting', 'on_exit'] })),
        }),
      ),
      note: { code: 'server-hooks-run-twice', hooks: ['on_starting', 'on_exit'] },
    },
    {
      facts: sampleFacts(
        sampleGunicorn({ settings: ok(sampleSettings({ hooks: ['on_starting'] })) }),
      ),
      options: { strategy: 'hup' },
      note: undefined,
    },
  ],
  'workers-drop-connections': [
    ...(
      [
        ['20.1.0', 'gthread', false, undefined],
        ['21.2.0', 'gthread', false, 'gthread'],
        ['23.0.0', 'gthread', false, 'gthread'],
        ['23.0.0', 'sync', true, undefined],
        ['24.1.1', 'gthread', false, undefined],
        ['24.1.1', 'sync', true, 'reuse-port'],
      ] as const
    ).map(([version, workerClass, reusePort, why]): Case => ({
      facts: sampleFacts(
        sampleGunicorn({ settings: ok(sampleSettings({ version, workerClass, reusePort })) }),
      ),
      note: why === undefined ? undefined : { code: 'workers-drop-connections', version, why },
    })),
  ],
  'stopwaitsecs-too-short': [
    {
      action: 'stop',
      facts: sampleFacts(sampleGunicorn(), {
        supervision: sampleSupervision({ stopwaitsecs: 10 }),
      }),
      note: { code: 'stopwaitsecs-too-short', stopwaitsecs: 10, gracefulTimeout: 20 },
    },
    {
      action: 'stop',
      facts: sampleFacts(sampleGunicorn({ settings: undefined }), {
        supervision: sampleSupervision({ stopwaitsecs: 10 }),
      }),
      note: { code: 'stopwaitsecs-too-short', stopwaitsecs: 10, gracefulTimeout: 30 },
    },
    {
      action: 'hard-restart',
      facts: sampleFacts(sampleGunicorn(), {
        supervision: sampleSupervision({ stopwaitsecs: 10 }),
      }),
      note: { code: 'stopwaitsecs-too-short', stopwaitsecs: 10, gracefulTimeout: 20 },
    },
    {
      action: 'stop',
      facts: sampleFacts(sampleGunicorn(), {
        supervision: sampleSupervision({ stopwaitsecs: 20 }),
      }),
      note: undefined,
    },
  ],
  downtime: [
    {
      action: 'hard-restart',
      facts: sampleFacts(),
      note: { code: 'downtime', why: 'asked' },
      workersAfter: 4,
    },
    {
      facts: sampleFacts(),
      options: { strategy: 'restart' },
      note: { code: 'downtime', why: 'asked' },
    },
    {
      facts: sampleFacts(sampleGunicorn({ settings: ok(sampleSettings({ preloadApp: true })) })),
      options: { allowDowntime: true },
      note: { code: 'downtime', why: 'allowed' },
    },
    {
      action: 'restart',
      facts: sampleFacts({ type: 'booting', proc: MASTER }),
      note: { code: 'downtime', why: 'no-reload' },
    },
  ],
  stall: [
    { facts: sampleFacts(), options: { strategy: 'hup' }, note: { code: 'stall', why: 'hup' } },
    {
      facts: overlapped(),
      options: { strategy: 'restart' },
      note: { code: 'stall', why: 'sockets-held' },
    },
    { facts: sampleFacts(), note: undefined },
  ],
  'leftover-bridge': [
    {
      facts: sampleFacts(sampleGunicorn({ bridge: proc(1500) })),
      note: { code: 'leftover-bridge', pid: 1500 },
    },
  ],
  'interrupted-before': [
    {
      facts: sampleFacts(sampleGunicorn({ workers: sampleWorkers(7) }), {
        unfinished: { strategy: 'rolling', workersAfter: 5 },
      }),
      note: { code: 'interrupted-before', strategy: 'rolling', workers: 5 },
      workersAfter: 5,
    },
    {
      // A bridge reads the changed configuration; what an earlier run meant by the old one is void.
      facts: sampleFacts(sampleGunicorn({ workers: sampleWorkers(7), configChanged: true }), {
        unfinished: { strategy: 'bridge', workersAfter: 5 },
      }),
      note: { code: 'interrupted-before', strategy: 'bridge', workers: 4 },
      workersAfter: 4,
    },
    {
      facts: sampleFacts(sampleGunicorn({ workers: sampleWorkers(7), configChanged: true }), {
        unfinished: { strategy: 'bridge', workersAfter: 5 },
      }),
      options: { strategy: 'rolling' },
      note: { code: 'interrupted-before', strategy: 'bridge', workers: 5 },
      workersAfter: 5,
    },
  ],
  'logs-open': [
    {
      action: 'reopen-logs',
      facts: sampleFacts(sampleGunicorn(), { openLogs: ['/var/log/access.log'] }),
      note: { code: 'logs-open', paths: ['/var/log/access.log'] },
    },
  ],
  'logs-unseen': [
    {
      action: 'reopen-logs',
      facts: sampleFacts(sampleGunicorn(), { openLogs: 'unseen' }),
      note: { code: 'logs-unseen' },
    },
  ],
  'scale-not-kept': [
    {
      action: 'scale',
      options: { scale: { kind: 'by', workers: 1 } },
      facts: sampleFacts(),
      note: { code: 'scale-not-kept', configured: 4 },
    },
    {
      action: 'scale',
      options: { scale: { kind: 'to', workers: 4 } },
      facts: sampleFacts(),
      note: undefined,
    },
  ],
  'type-unknown': [
    {
      facts: sampleFacts({
        type: 'other',
        proc: MASTER,
        caught: new Set(['SIGHUP']),
        maySignal: true,
      }),
      options: { reloadSignal: 'SIGHUP' },
      note: { code: 'type-unknown' },
    },
  ],
  // Those of servers of other types have tests of their own.
  'server-recognised': [],
  'configuration-only': [],
  unchecked: [],
  'stop-not-graceful': [],
  'jobs-finish': [],
};

const ROWS = Object.entries<readonly Case[]>(CASES).flatMap(([code, cases]) =>
  cases.map((each, index) => [code, index + 1, each] as const),
);

describe('planAction notes', () => {
  it.each(ROWS)('%s, %i', (code, _index, { action, facts, options, note, workersAfter }) => {
    const plan = planAction(action ?? 'reload', facts, sampleOptions(options));
    if (!plan.ok) throw new Error(`refused: ${plan.error.code}`);
    const found = plan.value.notes.filter((each) => each.code === code);
    expect(found).toEqual(note === undefined ? [] : [note]);
    if (workersAfter !== undefined) expect(plan.value.workersAfter).toBe(workersAfter);
  });
});
