import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gunicornOf, type ReloadFacts } from '../../../src/policy/facts.ts';
import { planAction } from '../../../src/policy/plan-action.ts';
import type { Plan, Step } from '../../../src/policy/plan.ts';
import { anyQuestion } from './arbitrary-facts.ts';
import { sampleFacts, sampleGunicorn, sampleOptions, sampleWorkers } from './sample-facts.ts';

/** A gunicorn reduced to numbers: HUP replaces all, TTIN adds a new worker, TTOU takes the oldest, TERM to a worker replaces it. */
class Counts {
  old: number;
  fresh = 0;
  readonly #configured: number;
  /** The fewest workers that there were at any time, new ones counted as soon as the plan has waited for them. */
  fewest: number;
  #waitedFor = 0;

  constructor(running: number, configured: number) {
    this.old = running;
    this.#configured = configured;
    this.fewest = running;
  }

  get total(): number {
    return this.old + this.fresh;
  }

  apply(step: Step): void {
    switch (step.do) {
      case 'signal':
        if (step.signal !== 'SIGHUP') return;
        this.old = 0;
        this.fresh = this.#configured;
        return;
      case 'scale':
        this.#scale(step.from, step.to);
        break;
      case 'tell':
        break;
      case 'retire-workers':
        expect(step.count, 'no more may go than are there').toBeLessThanOrEqual(this.old);
        this.old -= step.count;
        this.fresh += step.count;
        break;
      case 'wait':
        this.#wait(step);
        break;
      case 'supervisor':
        if (step.call !== 'promoteSuccessor') return;
        this.old = 0;
        this.fresh = this.#configured;
        return;
      case 'preflight':
      case 'try-health':
      case 'clear-leftovers':
      case 'hook':
      case 'keep-file':
      case 'restore-file':
      case 'remove-pidfile':
        return;
    }
    this.fewest = Math.min(this.fewest, this.old + Math.min(this.fresh, this.#waitedFor));
  }

  #scale(from: number, to: number): void {
    expect(from, 'a scale begins where the count is').toBe(this.total);
    if (to >= from) {
      this.fresh += to - from;
      return;
    }
    const fromOld = Math.min(this.old, from - to);
    this.old -= fromOld;
    this.fresh -= from - to - fromOld;
  }

  #wait(step: Extract<Step, { do: 'wait' }>): void {
    const { until } = step;
    if (until.is === 'new-workers-ready') {
      expect(until.count, 'nobody waits for more than there will be').toBeLessThanOrEqual(
        this.fresh,
      );
      this.#waitedFor = Math.max(this.#waitedFor, until.count);
    }
    if (until.is === 'old-workers-left') expect(until.atMost).toBe(0);
  }
}

function count(plan: Plan, facts: ReloadFacts): Counts {
  const gunicorn = gunicornOf(facts);
  if (gunicorn === undefined) throw new Error('no gunicorn');
  const { workers, settings } = gunicorn;
  const configured = settings?.ok === true ? settings.value.workers : workers.length;
  const counts = new Counts(workers.length, configured);
  for (const step of plan.steps) counts.apply(step);
  return counts;
}

const SIZES = Array.from({ length: 16 }, (_, index) => index + 1);

describe('the number of workers', () => {
  it.each(SIZES)('ends where it began with %i workers, by any surge', (workers) => {
    const facts = sampleFacts(sampleGunicorn({ workers: sampleWorkers(workers) }));
    for (const surge of SIZES) {
      const options = sampleOptions({
        strategy: 'rolling',
        surge: { kind: 'count', workers: surge },
      });
      const plan = planAction('reload', facts, options);
      if (!plan.ok) throw new Error(plan.error.code);
      const counts = count(plan.value, facts);
      expect({ old: counts.old, fresh: counts.fresh }).toEqual({ old: 0, fresh: workers });
      expect(counts.fewest).toBe(workers);
    }
  });

  it('is what the plan says, all of them new, after any reload', () => {
    fc.assert(
      fc.property(anyQuestion, ({ facts, options }) => {
        const plan = planAction('reload', facts, options);
        const gunicorn = gunicornOf(facts);
        if (!plan.ok || gunicorn === undefined) return;
        if (plan.value.strategy === 'restart') return;
        const counts = count(plan.value, facts);
        expect(counts.old).toBe(0);
        // How many a new instance has, only its settings tell.
        const isKnown = plan.value.strategy !== 'overlap' || gunicorn.settings !== undefined;
        expect(isKnown ? counts.fresh : undefined).toBe(plan.value.workersAfter);
      }),
      { numRuns: 3000 },
    );
  });
});
