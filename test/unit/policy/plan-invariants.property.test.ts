import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gunicornOf } from '../../../src/policy/facts.ts';
import { planAction } from '../../../src/policy/plan-action.ts';
import type { Limit, Phase, Plan, Step } from '../../../src/policy/plan.ts';
import { anyQuestion, type Question } from './arbitrary-facts.ts';

const RUNS = { numRuns: 3000 };

const PHASES: readonly Phase[] = ['prove', 'switch', 'retire', 'verify'];

/** Checks every plan that comes out of any facts. */
function forEachPlan(check: (plan: Plan, question: Question) => void): void {
  fc.assert(
    fc.property(anyQuestion, (question) => {
      const { action, facts, options } = question;
      const plan = planAction(action, facts, options);
      if (plan.ok) check(plan.value, question);
    }),
    RUNS,
  );
}

const everyStep = (plan: Plan): readonly Step[] => [...plan.steps, ...plan.undo, ...plan.onFailure];

const limitOf = (step: Step): Limit | undefined => ('limit' in step ? step.limit : undefined);

const isSignal = (step: Step): step is Extract<Step, { do: 'signal' }> => step.do === 'signal';

describe('every plan', () => {
  it('is plain data', () => {
    forEachPlan((plan) => {
      const { procs, ...rest } = plan;
      const copy = JSON.parse(JSON.stringify(plan)) as Plan;
      expect(copy.procs).toEqual(procs);
      expect(copy).toEqual(JSON.parse(JSON.stringify({ ...rest, procs })));
      expect(structuredClone(plan)).toEqual(plan);
    });
  });

  it('has steps with names of their own', () => {
    forEachPlan((plan) => {
      const ids = everyStep(plan).map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    });
  });

  it('has its phases in order', () => {
    forEachPlan((plan) => {
      const order = plan.steps.map(({ phase }) => PHASES.indexOf(phase));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    });
  });

  it('limits every step that waits, with a reason', () => {
    forEachPlan((plan) => {
      for (const step of everyStep(plan)) {
        const limit = limitOf(step);
        if (['keep-file', 'restore-file', 'remove-pidfile'].includes(step.do)) continue;
        expect(limit, step.id).toBeDefined();
        expect(limit?.ms).toBeGreaterThanOrEqual(0);
        expect(limit?.ms).toBeLessThan(24 * 3600 * 1000);
        expect(limit?.reason).toMatch(/^[a-z-]+$/);
      }
    });
  });

  it('counts a limit from a step that comes before', () => {
    forEachPlan((plan) => {
      for (const steps of [plan.steps, plan.undo]) {
        for (const [index, step] of steps.entries()) {
          const since = limitOf(step)?.since;
          if (since === undefined) continue;
          expect(steps.slice(0, index).map(({ id }) => id)).toContain(since);
        }
      }
    });
  });

  it('can take back the bridge that it makes', () => {
    forEachPlan((plan) => {
      const makesBridge = plan.steps.some((step) => isSignal(step) && step.signal === 'SIGUSR2');
      const endsBridge = plan.undo.some(
        (step) => isSignal(step) && step.to === 'bridge' && step.signal === 'SIGTERM',
      );
      expect(endsBridge).toBe(makesBridge);
    });
  });

  it('can take back the successor that it has started, and promotes what it has proved', () => {
    forEachPlan((plan) => {
      const calls = plan.steps.flatMap((step) => (step.do === 'supervisor' ? [step.call] : []));
      const startsOne = calls.includes('startSuccessor');
      const endsOne = plan.undo.some(
        (step) => step.do === 'supervisor' && step.call === 'stopSuccessor',
      );
      expect(plan.strategy === 'overlap').toBe(startsOne);
      expect(endsOne).toBe(startsOne);
      if (!startsOne) return;
      const at = (id: string): number => plan.steps.findIndex((step) => step.id === id);
      expect(at('start-successor')).toBeLessThan(at('successor-boots'));
      expect(at('successor-holds')).toBeLessThan(at('promote'));
      expect(at('promote')).toBeLessThan(at('old-instance'));
    });
  });

  it('takes back nothing that it has not made', () => {
    forEachPlan((plan) => {
      const makesASecond =
        plan.strategy === 'bridge' || plan.strategy === 'overlap' || plan.action === 'upgrade';
      if (!makesASecond) expect(plan.undo).toEqual([]);
    });
  });

  it('sends to the master alone what only a master understands', () => {
    forEachPlan((plan) => {
      for (const step of everyStep(plan).filter(isSignal)) {
        if (['SIGTERM', 'SIGKILL'].includes(step.signal)) continue;
        const receiver = plan.serverType === 'gunicorn' ? 'master' : 'supervised';
        expect(step.to, step.id).toBe(receiver);
      }
    });
  });

  it('sends nothing itself where only the supervisor may', () => {
    forEachPlan((plan, { facts }) => {
      if (gunicornOf(facts)?.maySignal !== false) return;
      if (plan.strategy !== 'rolling' && plan.strategy !== 'hup') return;
      for (const step of plan.steps) {
        expect(step.do).not.toBe('retire-workers');
        if ('via' in step) expect(step.via).toBe('supervisor');
      }
    });
  });

  it('proves the new code before it touches a gunicorn, unless it is asked to restart hard', () => {
    forEachPlan((plan, { facts }) => {
      if (plan.strategy === undefined || gunicornOf(facts)?.preflight === undefined) return;
      if (plan.action === 'hard-restart') return;
      const proof = plan.steps.findIndex(
        (step) =>
          step.do === 'preflight' ||
          ('until' in step && ['bridge-steady', 'successor-steady'].includes(step.until.is)),
      );
      const change = plan.steps.findIndex(({ phase }) => phase === 'switch');
      expect(proof).toBeGreaterThanOrEqual(0);
      expect(proof).toBeLessThan(change);
    });
  });

  it('rolls only with a preflight', () => {
    forEachPlan((plan) => {
      if (plan.strategy !== 'rolling') return;
      expect(plan.steps.some((step) => step.do === 'preflight')).toBe(true);
    });
  });

  it('never looks away while anything is refused that it has begun to change', () => {
    forEachPlan((plan) => {
      for (const step of plan.steps) {
        if (!('atLimit' in step) || step.atLimit !== 'refuse') continue;
        const serves =
          step.phase === 'prove' ||
          ['surge', 'surge-ready', 'code-read-anew', 'promote', 'scale'].includes(step.id);
        expect(serves, step.id).toBe(true);
      }
    });
  });

  it('looks at the end whether the result holds', () => {
    forEachPlan((plan) => {
      if (plan.action === 'stop' || plan.action === 'reopen-logs') return;
      const settled = plan.steps.findLast(
        (step) => step.do === 'wait' && /^(settled|workers-steady)$/.test(step.until.is),
      );
      expect(settled?.phase).toBe('verify');
      const after = plan.steps.slice(plan.steps.findIndex((step) => step === settled) + 1);
      for (const step of after) expect(step.id).toMatch(/^(healthy|hook-after_reload)$/);
    });
  });

  it('asks for every health address that was named', () => {
    forEachPlan((plan, { options }) => {
      const asked = plan.steps.flatMap((step) =>
        step.do === 'wait' && step.until.is === 'healthy' ? step.until.urls : [],
      );
      const isAsked = plan.action !== 'stop' && plan.action !== 'reopen-logs';
      expect(asked).toEqual(isAsked ? options.healthUrls : []);
    });
  });
});
