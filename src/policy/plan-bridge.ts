import type { GunicornFacts, ReloadOptions } from './facts.ts';
import { limitBoot, limitSettle, MASTER_LOOP, proveMs } from './limits.ts';
import type { Step } from './plan.ts';
import {
  bootAside,
  changeWorkersByHup,
  isCarriedByBridge,
  keepControlSocket,
  knownSettings,
  tryAside,
  retireBridge,
  retireLeftoverBridge,
  scaleWorkers,
  seeCodeReadAnew,
  stepId,
  verifyResult,
} from './steps.ts';

/** The steps of a guarded HUP and how to take the first ones back. docs/strategies.md describes them with a diagram. */
export function planBridge(
  facts: GunicornFacts,
  options: ReloadOptions,
  workersConfigured: number,
  workersAfter: number,
): { readonly steps: readonly Step[]; readonly undo: readonly Step[] } {
  const settings = knownSettings(facts);
  const usr2 = stepId('usr2');
  const swapBehindBridge: readonly Step[] = [
    ...changeWorkersByHup(facts, options, workersConfigured),
    ...seeCodeReadAnew(facts),
    ...keepControlSocket(facts, 'retire', 'keep-control-again', { madeSince: stepId('hup') }),
    ...retireBridge(facts, 'retire', 'retire-bridge'),
    ...scaleWorkers(facts, 'retire', 'restore-count', workersConfigured, workersAfter),
    ...verifyResult(options, workersAfter, settings),
  ];
  // The bridge that is there does what one of our own would do; that the code boots now is proved in another way.
  if (isCarriedByBridge(facts)) {
    return { steps: [...bootAside(facts, options, ['SIGHUP']), ...swapBehindBridge], undo: [] };
  }
  return {
    steps: [
      ...retireLeftoverBridge(facts, options),
      ...tryAside(facts, options, ['SIGHUP']),
      {
        id: usr2,
        phase: 'prove',
        do: 'signal',
        signal: 'SIGUSR2',
        to: 'master',
        via: facts.maySignal ? 'direct' : 'supervisor',
        effect: { is: 'bridge-appeared' },
        limit: MASTER_LOOP,
        atLimit: 'refuse',
      },
      // Between the fork, at which the master makes it anew, and the boot of the bridge, which puts its own in the place.
      ...keepControlSocket(facts, 'prove', 'keep-control'),
      {
        id: stepId('bridge-boots'),
        phase: 'prove',
        do: 'wait',
        until: { is: 'bridge-ready', workers: workersConfigured },
        limit: { ...limitBoot(settings, options), since: usr2 },
        atLimit: 'refuse',
      },
      {
        id: stepId('bridge-holds'),
        phase: 'prove',
        do: 'wait',
        until: {
          is: 'bridge-steady',
          workers: workersConfigured,
          ms: proveMs(options),
          recycles: (settings?.maxRequests ?? 0) > 0,
        },
        limit: limitSettle(options),
        atLimit: 'refuse',
      },
      ...swapBehindBridge,
    ],
    undo: retireBridge(facts, 'prove', 'undo-bridge'),
  };
}
