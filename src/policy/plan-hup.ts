import type { GunicornFacts, ReloadOptions } from './facts.ts';
import type { Step } from './plan.ts';
import {
  changeWorkersByHup,
  knownSettings,
  preflight,
  retireLeftoverBridge,
  scaleWorkers,
  verifyResult,
} from './steps.ts';

/** The steps of a bare HUP after a check: requests wait while the new workers boot. */
export function planHup(
  facts: GunicornFacts,
  options: ReloadOptions,
  workersConfigured: number,
  workersAfter: number,
): { readonly steps: readonly Step[]; readonly undo: readonly Step[] } {
  return {
    steps: [
      ...retireLeftoverBridge(facts, options),
      ...preflight(facts, options, 'check-config', 0),
      ...changeWorkersByHup(facts, options, workersConfigured),
      ...scaleWorkers(facts, 'retire', 'restore-count', workersConfigured, workersAfter),
      ...verifyResult(options, workersAfter, knownSettings(facts)),
    ],
    undo: [],
  };
}
