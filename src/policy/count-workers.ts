import type { GunicornFacts, ReloadFacts } from './facts.ts';
import type { PlanNote } from './plan-note.ts';
import { knownSettings } from './steps.ts';

/** A strategy by which no request waits longer than it has to. */
export type GentleStrategy = 'bridge' | 'rolling' | 'hup' | 'overlap';

/** How many workers the configuration gives, and how many there are to be at the end. */
export function countWorkers(
  facts: ReloadFacts,
  gunicorn: GunicornFacts,
  strategy: GentleStrategy,
): { readonly configured: number; readonly after: number; readonly notes: readonly PlanNote[] } {
  const running = gunicorn.workers.length;
  const configured = knownSettings(gunicorn)?.workers ?? running;
  if (facts.unfinished !== undefined) {
    const { strategy: before, workersAfter } = facts.unfinished;
    const after = strategy === 'rolling' || !gunicorn.configChanged ? workersAfter : configured;
    return {
      configured,
      after,
      notes: [{ code: 'interrupted-before', strategy: before, workers: after }],
    };
  }
  // A rolling reload does not read the configuration again: the count stays what it is. Neither does a leftover bridge raise it.
  if (strategy === 'rolling') return { configured, after: running, notes: [] };
  if (running <= configured || gunicorn.bridge !== undefined) {
    const notes: PlanNote[] =
      running === configured || gunicorn.bridge !== undefined
        ? []
        : [{ code: 'workers-change', from: running, to: configured }];
    return { configured, after: configured, notes };
  }
  const wasConfigured =
    gunicorn.workersConfiguredBefore ?? (gunicorn.configChanged ? undefined : configured);
  if (wasConfigured === configured) {
    return {
      configured,
      after: running,
      notes: [{ code: 'workers-raised', configured, running }],
    };
  }
  return {
    configured,
    after: configured,
    notes: [
      wasConfigured === undefined
        ? { code: 'workers-raised-lost', configured, running }
        : { code: 'workers-change', from: running, to: configured },
    ],
  };
}
