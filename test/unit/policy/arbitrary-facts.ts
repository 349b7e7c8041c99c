import fc from 'fast-check';
import { ok } from '../../../src/base/result.ts';
import type {
  GunicornFacts,
  ReloadFacts,
  ReloadOptions,
  SupervisionFacts,
} from '../../../src/policy/facts.ts';
import { STRATEGIES } from '../../../src/config/settings/setting-values.ts';
import type { PlannedAction } from '../../../src/policy/actions.ts';
import type { GunicornSettings } from '../../../src/servers/gunicorn/settings.ts';
import {
  MASTER,
  bareFacts,
  proc,
  sampleFacts,
  sampleGunicorn,
  sampleOptions,
  sampleSettings,
  sampleSupervision,
  sampleWorkers,
} from './sample-facts.ts';

/** Anything that can be asked of the policy. */
export interface Question {
  readonly action: PlannedAction;
  readonly facts: ReloadFacts;
  readonly options: ReloadOptions;
}

const MIB = 1024 * 1024;

const anySurge: fc.Arbitrary<ReloadOptions['surge']> = fc.oneof(
  fc.constant(undefined),
  fc.record({ kind: fc.constant('count' as const), workers: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ kind: fc.constant('percent' as const), percent: fc.integer({ min: 1, max: 200 }) }),
);

const anyOptions: fc.Arbitrary<ReloadOptions> = fc
  .record({
    strategy: fc.constantFrom(...STRATEGIES),
    surge: anySurge,
    healthUrls: fc.constantFrom([], ['http://127.0.0.1/'], ['http://a/', 'http://b/']),
    settleMs: fc.option(fc.integer({ min: 0, max: 60_000 }), { nil: undefined }),
    timeoutMs: fc.option(fc.integer({ min: 100, max: 60_000 }), { nil: undefined }),
    allowDowntime: fc.boolean(),
    scale: fc.record({
      kind: fc.constantFrom('by' as const, 'to' as const),
      workers: fc.integer({ min: 1, max: 20 }),
    }),
    hooks: fc.constantFrom({}, { before_reload: ['a'], after_reload: ['b'], on_failure: ['c'] }),
  })
  .map(sampleOptions);

const anySettings: fc.Arbitrary<GunicornSettings> = fc
  .record({
    workers: fc.integer({ min: 1, max: 16 }),
    timeout: fc.integer({ min: 0, max: 120 }),
    gracefulTimeout: fc.integer({ min: 0, max: 120 }),
    preloadApp: fc.boolean(),
    pidfile: fc.constantFrom(undefined, '/run/app.pid'),
    controlSocket: fc.constantFrom(undefined, '/run/gunicorn.ctl'),
    daemon: fc.boolean(),
    reusePort: fc.boolean(),
    maxRequests: fc.constantFrom(0, 1000),
    hooks: fc.constantFrom([], ['on_starting', 'when_ready']),
  })
  .map(sampleSettings);

const anyGunicorn: fc.Arbitrary<GunicornFacts> = fc
  .record({
    workers: fc
      .tuple(fc.integer({ min: 1, max: 16 }), fc.boolean())
      .map(([count, ready]) => sampleWorkers(count).map((worker) => ({ ...worker, ready }))),
    settings: fc.oneof({ weight: 5, arbitrary: anySettings.map(ok) }, fc.constant(undefined)),
    bridge: fc.constantFrom(undefined, proc(1500)),
    bridgeServes: fc.boolean(),
    seesReadiness: fc.boolean(),
    maySignal: fc.boolean(),
    hasPreflight: fc.boolean(),
    configChanged: fc.boolean(),
    preloadedBefore: fc.constantFrom(undefined, false),
    workersConfiguredBefore: fc.option(fc.integer({ min: 1, max: 16 }), { nil: undefined }),
    memory: fc.record({
      available: fc.option(fc.integer({ min: 0, max: 2000 * MIB }), { nil: undefined }),
      workers: fc.option(fc.integer({ min: 1, max: 1000 * MIB }), { nil: undefined }),
      master: fc.constantFrom(undefined, 30 * MIB),
    }),
  })
  .map(({ hasPreflight, ...facts }) =>
    // Both come from the command line: without it neither is known.
    sampleGunicorn({
      ...facts,
      ...(hasPreflight ? {} : { preflight: undefined, settings: undefined }),
    }),
  );

const anyServer: fc.Arbitrary<ReloadFacts['server']> = fc.oneof(
  { weight: 10, arbitrary: anyGunicorn },
  fc.constant({ type: 'booting' as const, proc: MASTER }),
  fc.constant({ type: 'none' as const }),
  fc.record({
    type: fc.constant('other' as const),
    proc: fc.constant(MASTER),
    caught: fc.constantFrom(undefined, new Set(['SIGHUP'] as const)),
    maySignal: fc.boolean(),
    expected: fc.constantFrom(
      { type: 'gunicorn', reloads: 'by-strategy' as const },
      { type: 'nginx', reloads: 'by-itself' as const },
    ),
  }),
);

const anySupervision: fc.Arbitrary<SupervisionFacts> = fc
  .record({
    state: fc.constantFrom('RUNNING' as const, 'STARTING' as const, 'BACKOFF' as const),
    startsecs: fc.integer({ min: 0, max: 60 }),
    startretries: fc.integer({ min: 0, max: 10 }),
    stopwaitsecs: fc.integer({ min: 0, max: 120 }),
    stopasgroup: fc.boolean(),
    overlap: fc.oneof(
      { weight: 2, arbitrary: fc.constant(undefined) },
      fc.record({
        sockets: fc.constantFrom([], ['127.0.0.1:8000']),
        reason: fc.constantFrom('', 'socket is off'),
        successor: fc.constantFrom(undefined, 1400),
        gracefulTimeout: fc.option(fc.integer({ min: 0, max: 120 }), { nil: undefined }),
      }),
    ),
  })
  .map(sampleSupervision);

const anyFacts: fc.Arbitrary<ReloadFacts> = fc
  .record({
    server: anyServer,
    supervision: anySupervision,
    isBare: fc.boolean(),
    unfinished: fc.oneof(
      { weight: 2, arbitrary: fc.constant(undefined) },
      fc.record({
        strategy: fc.constantFrom('bridge' as const, 'rolling' as const, 'hup' as const),
        workersAfter: fc.integer({ min: 1, max: 16 }),
      }),
    ),
  })
  .map(({ server, supervision, isBare, unfinished }) =>
    isBare ? bareFacts(server) : sampleFacts(server, { supervision, unfinished }),
  );

/** Facts, options and actions in every combination. */
export const anyQuestion: fc.Arbitrary<Question> = fc.record({
  action: fc.constantFrom(
    ...(['reload', 'restart', 'hard-restart', 'start', 'stop'] as const),
    ...(['reopen-logs', 'scale', 'upgrade'] as const),
  ),
  facts: anyFacts,
  options: anyOptions,
});
