import { describe, expect, it } from 'vitest';
import { ok } from '../../../src/base/result.ts';
import type { ReloadFacts, SupervisionFacts } from '../../../src/policy/facts.ts';
import type { PlannedAction } from '../../../src/policy/actions.ts';
import { planAction } from '../../../src/policy/plan-action.ts';
import type { Limit, Step } from '../../../src/policy/plan.ts';
import type { GunicornSettings } from '../../../src/servers/gunicorn/settings.ts';
import {
  MASTER,
  proc,
  sampleFacts,
  sampleGunicorn,
  sampleOptions,
  sampleSettings,
  sampleSupervision,
} from './sample-facts.ts';

interface Given {
  readonly supervision?: Partial<SupervisionFacts>;
  readonly settings?: Partial<GunicornSettings>;
  readonly server?: ReloadFacts['server'];
  readonly hasBridge?: boolean;
  readonly maySignal?: boolean;
  readonly timeoutMs?: number;
}

function stepsOf(action: PlannedAction, given: Given = {}): readonly Step[] {
  const gunicorn = sampleGunicorn({
    settings: ok(sampleSettings(given.settings)),
    ...(given.hasBridge === true ? { bridge: proc(1500) } : {}),
    ...(given.maySignal === undefined ? {} : { maySignal: given.maySignal }),
  });
  const facts = sampleFacts(given.server ?? gunicorn, {
    supervision: sampleSupervision(given.supervision),
  });
  const options = sampleOptions({ timeoutMs: given.timeoutMs });
  const plan = planAction(action, facts, options);
  if (!plan.ok) throw new Error(plan.error.code);
  return plan.value.steps;
}

const idsOf = (steps: readonly Step[]): readonly string[] => steps.map(({ id }) => id);

function limitOf(steps: readonly Step[], id: string): Limit | undefined {
  const step = steps.find((each) => each.id === id);
  return step !== undefined && 'limit' in step ? step.limit : undefined;
}

describe('the steps of a stop', () => {
  it.each([
    ['end the program, then what is left of it', {}, ['stop', 'leftovers']],
    [
      'end a bridge first, which would be promoted and keep the port',
      { hasBridge: true },
      ['stop-bridge', 'stop-bridge-pidfile', 'stop', 'leftovers'],
    ],
    [
      'let gunicorn finish first where the supervisor would KILL it too early',
      { supervision: { stopwaitsecs: 10 } },
      ['drain', 'stop', 'leftovers'],
    ],
    [
      'leave it to the supervisor where it waits long enough',
      { supervision: { stopwaitsecs: 20 } },
      ['stop', 'leftovers'],
    ],
    [
      'leave it to the supervisor where we may not signal',
      { supervision: { stopwaitsecs: 10 }, maySignal: false },
      ['stop', 'leftovers'],
    ],
    [
      'are the same for a server of another kind',
      {
        supervision: { stopwaitsecs: 1 },
        server: {
          type: 'other',
          proc: MASTER,
          caught: undefined,
          maySignal: true,
        },
      },
      ['stop', 'leftovers'],
    ],
  ] as ReadonlyArray<readonly [string, Given, readonly string[]]>)('%s', (_name, given, ids) => {
    expect(idsOf(stepsOf('stop', given))).toEqual(ids);
  });

  it('wait for stopwaitsecs and a little more, for what is left as long again', () => {
    const steps = stepsOf('stop', { supervision: { stopwaitsecs: 40 } });
    expect(limitOf(steps, 'stop')).toEqual({ ms: 45_000, reason: 'stopwaitsecs' });
    expect(limitOf(steps, 'leftovers')).toEqual({ ms: 40_000, reason: 'stopwaitsecs' });
  });

  it('give what was signalled with its group two seconds more, as nobody else asks it', () => {
    const steps = stepsOf('stop', { supervision: { stopasgroup: true, stopwaitsecs: 40 } });
    expect(limitOf(steps, 'leftovers')).toEqual({ ms: 2000, reason: 'kernel' });
  });

  it('give what is left two seconds at least', () => {
    const steps = stepsOf('stop', { supervision: { stopwaitsecs: 0 } });
    expect(limitOf(steps, 'leftovers')?.ms).toBe(2000);
  });

  it('let gunicorn finish for graceful_timeout', () => {
    const steps = stepsOf('stop', { supervision: { stopwaitsecs: 10 } });
    expect(limitOf(steps, 'drain')).toEqual({ ms: 20_000, reason: 'graceful-timeout' });
  });
});

describe('the steps of a start', () => {
  const none: ReloadFacts['server'] = { type: 'none' };

  it('start and look whether it holds', () => {
    expect(idsOf(stepsOf('start', { server: none }))).toEqual(['leftovers', 'start', 'settled']);
  });

  it.each([
    ['for as long as a boot may take', { startsecs: 1, startretries: 0 }, 32_000, 'worker-timeout'],
    [
      'for all tries of the supervisor with its pauses',
      { startsecs: 10, startretries: 3 },
      (10 + 4) * 4 * 1000 + 5000,
      'startsecs',
    ],
    [
      'for startsecs where that is longer than a boot',
      { startsecs: 60, startretries: 0 },
      61_000 + 5000,
      'startsecs',
    ],
  ] as const)('wait %s', (_name, supervision, ms, reason) => {
    const steps = stepsOf('start', { server: none, supervision });
    expect(limitOf(steps, 'start')).toEqual({ ms, reason });
  });

  it('wait as long as was asked', () => {
    const steps = stepsOf('start', {
      server: none,
      supervision: { startsecs: 0, startretries: 0 },
      timeoutMs: 90_000,
    });
    expect(limitOf(steps, 'start')).toEqual({ ms: 90_000, reason: 'asked' });
  });
});

describe('the steps of a restart', () => {
  it('try the new code aside, stop and start', () => {
    const facts = { settings: { preloadApp: true } };
    expect(idsOf(stepsOf('restart', facts))).toEqual([
      'preflight',
      'stop',
      'leftovers',
      'start',
      'settled',
    ]);
  });

  it('do without the trial when it is hard', () => {
    expect(idsOf(stepsOf('hard-restart'))).toEqual(['stop', 'leftovers', 'start', 'settled']);
  });

  it.each(['STOPPED', 'FATAL', 'EXITED', 'STARTING'] as const)(
    'only start what is down (%s), and tidy first',
    (state) => {
      const down = { server: { type: 'none' }, supervision: { state } } as const;
      for (const action of ['start', 'restart', 'hard-restart'] as const) {
        expect(idsOf(stepsOf(action, down)), action).toEqual(['leftovers', 'start', 'settled']);
      }
    },
  );

  it('wait for the stop that somebody else began', () => {
    const steps = idsOf(stepsOf('restart', { supervision: { state: 'STOPPING' } }));
    expect(steps).toEqual(['preflight', 'stop', 'leftovers', 'start', 'settled']);
  });

  it('hold what is between two tries, which would start again by itself', () => {
    const between = { server: { type: 'none' }, supervision: { state: 'BACKOFF' } } as const;
    expect(idsOf(stepsOf('hard-restart', between))).toEqual([
      'stop',
      'leftovers',
      'start',
      'settled',
    ]);
  });
});
