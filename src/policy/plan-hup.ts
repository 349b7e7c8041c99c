import type { GunicornFacts, ReloadOptions } from './facts.ts';
import type { Step } from './plan.ts';
import {
  changeWorkersByHup,
  knownSettings,
  preflight,
  tryAside,
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
  const trial = tryAside(facts, options, ['SIGHUP']);
  return {
    steps: [
      ...retireLeftoverBridge(facts, options),
      ...(trial.length > 0 ? trial : preflight(facts, options, 'check-config', 0)),
      ...changeWorkersByHup(facts, options, workersConfigured),
      ...scaleWorkers(facts, 'retire', 'restore-count', workersConfigured, workersAfter),
      ...verifyResult(options, workersAfter, knownSettings(facts)),
    ],
    undo: [],
  };
}
