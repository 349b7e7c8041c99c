import type { GunicornFacts, ReloadOptions } from './facts.ts';
import { limitBoot, limitGrace } from './limits.ts';
import type { Step } from './plan.ts';
import {
  correctCount,
  bootAside,
  knownSettings,
  retireLeftoverBridge,
  scaleWorkers,
  stepId,
  verifyResult,
  waitForOldWorkers,
} from './steps.ts';

/**
 * The steps of a rolling reload: `surge` more workers, which boot new code from disk; then old ones go in batches of that size, each
 * replaced by the master; the last ones go by TTOU, so that the count ends at `workersAfter`. A new worker that cannot boot would take the
 * master down (gunicorn/arbiter.py, reap_workers), so a whole instance is tried aside first.
 */
export function planRolling(
  facts: GunicornFacts,
  options: ReloadOptions,
  surge: number,
  workersAfter: number,
): { readonly steps: readonly Step[]; readonly undo: readonly Step[] } {
  const running = facts.workers.length;
  // No more can be replaced than there are: where an earlier run left fewer, the others are added.
  const added = Math.max(Math.min(surge, workersAfter), workersAfter - running);
  const replaced = workersAfter - added;
  const boot = limitBoot(knownSettings(facts), options);
  const steps: Step[] = [
    ...retireLeftoverBridge(facts, options),
    ...bootAside(facts, options, ['SIGTTIN', 'SIGTTOU']),
    // Every old worker still serves.
    ...scaleWorkers(facts, 'switch', 'surge', running, running + added, 'refuse'),
    {
      id: stepId('surge-ready'),
      phase: 'switch',
      do: 'wait',
      until: { is: 'new-workers-ready', count: added },
      limit: boot,
      atLimit: 'refuse',
    },
  ];
  for (let done = 0; done < replaced;) {
    const count = Math.min(added, replaced - done);
    done += count;
    const retire = stepId(`retire-${done}`);
    steps.push(
      {
        id: retire,
        phase: 'switch',
        do: 'retire-workers',
        signal: 'SIGTERM',
        count,
        effect: { is: 'old-workers-left', atMost: running - done },
        limit: limitGrace(knownSettings(facts)),
        atLimit: 'kill',
      },
      {
        id: stepId(`replaced-${done}`),
        phase: 'switch',
        do: 'wait',
        until: { is: 'new-workers-ready', count: added + done },
        limit: boot,
        atLimit: 'degraded',
      },
    );
  }
  steps.push(
    ...scaleWorkers(facts, 'switch', 'shrink', running + added, workersAfter),
    // One TTOU after the other: the last worker was asked only now.
    waitForOldWorkers(facts, 'switch'),
    correctCount(facts, 'retire', workersAfter),
    ...verifyResult(options, workersAfter, knownSettings(facts)),
  );
  return { steps, undo: [] };
}
