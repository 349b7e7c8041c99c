import { describe, expect, it } from 'vitest';
import { ok } from '../../../src/base/result.ts';
import type { GunicornFacts } from '../../../src/policy/facts.ts';
import { planAction } from '../../../src/policy/plan-action.ts';
import type { Plan } from '../../../src/policy/plan.ts';
import {
  proc,
  sampleFacts,
  sampleGunicorn,
  sampleOptions,
  sampleSettings,
  sampleWorkers,
} from './sample-facts.ts';

const BRIDGE = proc(1500);

function planWith(changes: Partial<GunicornFacts>, strategy: 'auto' | 'rolling' | 'hup'): Plan {
  const facts = sampleFacts(sampleGunicorn({ bridge: BRIDGE, ...changes }));
  const plan = planAction('reload', facts, sampleOptions({ strategy }));
  if (!plan.ok) throw new Error(plan.error.code);
  return plan.value;
}

const idsOf = (plan: Plan): readonly string[] => plan.steps.map(({ id }) => id);

const booting = sampleWorkers(4).map((worker) => ({ ...worker, ready: false }));

describe('a bridge that an interrupted run left', () => {
  it.each(['auto', 'rolling', 'hup'] as const)(
    'goes first where the master serves again, then %s begins',
    (strategy) => {
      const ids = idsOf(planWith({}, strategy));
      expect(ids.slice(0, 4)).toEqual([
        'leftover-master-complete',
        'leftover-master-serves',
        'leftover-bridge',
        'leftover-bridge-pidfile',
      ]);
    },
  );

  it.each(['auto', 'rolling', 'hup'] as const)(
    'carries the service until the workers of the master were replaced, where none of them serves (%s)',
    (strategy) => {
      const plan = planWith({ workers: booting }, strategy);
      expect(plan.strategy).toBe('bridge');
      expect(idsOf(plan)).toEqual([
        'preflight',
        'hup',
        'new-workers',
        'old-workers',
        'retire-bridge',
        'retire-bridge-pidfile',
        'settled',
      ]);
      expect(plan.undo).toEqual([]);
    },
  );

  it('is no help where it does not serve either: the master is waited for', () => {
    const plan = planWith({ workers: booting, bridgeServes: false }, 'auto');
    expect(idsOf(plan)[0]).toBe('leftover-master-complete');
  });

  it('does not wait for more workers than there are or shall be', () => {
    const plan = planWith({ settings: ok(sampleSettings({ workers: 2 })) }, 'auto');
    expect(plan.steps[0]).toMatchObject({ until: { is: 'workers-ready', count: 2 } });
  });

  it('is ended first on the way to a stop', () => {
    const facts = sampleFacts(sampleGunicorn({ bridge: BRIDGE }));
    const plan = planAction('stop', facts, sampleOptions());
    expect(plan.ok && idsOf(plan.value)[0]).toBe('stop-bridge');
  });
});
