import { describe, expect, it } from 'vitest';
import type { KnownServerFacts, ReloadFacts } from '../../../src/policy/facts.ts';
import { planAction } from '../../../src/policy/plan-action.ts';
import { SERVER_TYPES } from '../../../src/servers/registry.ts';
import { resolveType } from '../../../src/servers/resolve-type.ts';
import { sampleLive } from '../servers/sample-live.ts';
import {
  MASTER,
  proc,
  sampleFacts,
  sampleOptions,
  sampleOverlap,
  sampleSupervision,
} from './sample-facts.ts';

const NO_SOCKETS = sampleOverlap({ sockets: [], reason: 'no socket', gracefulTimeout: undefined });

function known(name: string, argv: readonly string[] = []): KnownServerFacts {
  const type = SERVER_TYPES.find((each) => each.name === name);
  if (type === undefined) throw new Error(`no type ${name}`);
  const live = sampleLive({
    argv,
    caught: new Set(['SIGTERM', 'SIGINT', 'SIGTSTP', 'SIGQUIT', 'SIGUSR1']),
  });
  return {
    type: 'running',
    reloads: 'by-itself',
    server: resolveType(type, live),
    live,
    master: MASTER,
    maySignal: true,
    workers: [],
    check: {
      argv: ['load'],
      shown: 'load it',
      cwd: '/srv/app',
      user: undefined,
      environment: 'live-process',
    },
  };
}

const facts = (
  server: KnownServerFacts,
  supervision: Parameters<typeof sampleSupervision>[0] = {},
): ReloadFacts =>
  sampleFacts(server, {
    supervision: sampleSupervision({
      overlap: NO_SOCKETS,
      stopsignal: 'SIGQUIT',
      stopwaitsecs: 10,
      ...supervision,
    }),
  });

const SURGE = sampleOptions({ surge: { kind: 'count', workers: 1 } });

describe('a job runner with --surge', () => {
  it.each([
    ['celery', [], 'SIGQUIT', ['SIGTERM']],
    // The daemon would send it to the group, where the program says so.
    ['celery', [], 'SIGTERM', ['SIGTERM']],
    ['rq', [], 'SIGTERM', ['SIGTERM']],
    ['huey', ['huey_consumer', '-n', 'app.huey'], 'SIGTERM', ['SIGINT']],
  ] as const)('%s %j is followed by its successor', (name, argv, stopsignal, signals) => {
    for (const action of ['restart', 'reload'] as const) {
      const plan = planAction(action, facts(known(name, argv), { stopsignal }), SURGE);
      if (!plan.ok) throw new Error(JSON.stringify(plan.error));
      expect(plan.value.strategy).toBe('overlap');
      expect(plan.value.notes.map(({ code }) => code)).toContain('jobs-finish');
      const { steps } = plan.value;
      expect(steps.map(({ id }) => String(id)).slice(0, 6)).toEqual([
        'preflight',
        'start-successor',
        'successor-boots',
        'successor-holds',
        'promote',
        'old-instance',
      ]);
      expect(steps[1]).toMatchObject({ call: 'startSuccessor', withoutSockets: true });
      expect(steps[4]).toMatchObject({
        call: 'promoteSuccessor',
        retireSignals: signals,
        patienceSecs: 3600,
        atLimit: 'refuse',
      });
      expect(steps[5]).toMatchObject({ limit: { ms: 3_615_000, reason: 'job' } });
    }
  });

  it('takes nothing new before it is told to end, where its own end would cut jobs off', () => {
    const plan = planAction('restart', facts(known('sidekiq'), { stopsignal: 'SIGTERM' }), SURGE);
    if (!plan.ok) throw new Error(JSON.stringify(plan.error));
    const { steps } = plan.value;
    const at = steps.findIndex(({ id }) => String(id) === 'quiet');
    expect(steps[at]).toMatchObject({ signal: 'SIGTSTP', limit: { ms: 3_600_000, reason: 'job' } });
    // It cannot be made to take jobs again.
    expect(steps[at + 1]).toMatchObject({ call: 'promoteSuccessor', atLimit: 'degraded' });
    const start = steps.find((step) => step.do === 'supervisor' && step.call === 'startSuccessor');
    expect(start !== undefined && 'seconds' in start ? start.seconds : 0).toBeGreaterThan(3600);
  });

  it.each([
    ['a stock supervisord', known('celery'), { overlap: undefined }, /only `reloadctl daemon`/],
    ['celery beat', known('celery-beat'), {}, /every job twice/],
    [
      'a worker with a scheduler',
      known('celery', ['celery', 'worker', '-B']),
      {},
      /every job twice/,
    ],
    ['huey', known('huey', ['huey_consumer', 'app.huey']), {}, /--no-periodic/],
    ['a wrapper', known('celery'), { proc: proc(999) }, /not the job runner itself/],
  ] as const)('is refused: %s', (_what, server, supervision, why) => {
    const plan = planAction('restart', facts(server, supervision), SURGE);
    expect(plan).toMatchObject({
      ok: false,
      error: {
        code: 'strategy-impossible',
        strategy: 'overlap',
        why: expect.stringMatching(why) as unknown,
      },
    });
    // Said for all programs by the configuration, it does not keep those from being restarted that cannot do it.
    const configured = { ...SURGE, isSurgeConfigured: true };
    const drained = planAction('restart', facts(server, supervision), configured);
    expect(drained).toMatchObject({ ok: true, value: { strategy: 'restart' } });
  });

  it('is stopped and started without it', () => {
    const plan = planAction('restart', facts(known('celery')), sampleOptions());
    expect(plan).toMatchObject({ ok: true, value: { strategy: 'restart' } });
  });
});
