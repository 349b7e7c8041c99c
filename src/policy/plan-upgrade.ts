import { err, ok, type Result } from '../base/result.ts';
import type { Way } from '../servers/server-type.ts';
import type {
  GunicornFacts,
  KnownServerFacts,
  ReloadFacts,
  ReloadOptions,
  RunningFacts,
} from './facts.ts';
import { limitBoot, limitMasterExit, limitSettle, MASTER_LOOP, proveMs } from './limits.ts';
import { checkSteps, limitKnownBoot, planNative } from './plan-native.ts';
import type { VerbPlan } from './plan-reopen-logs.ts';
import type { Limit, Step } from './plan.ts';
import type { Refusal } from './refusal.ts';
import { sendStep } from './send-step.ts';
import {
  keepControlSocket,
  knownSettings,
  restoreControlSocket,
  retireBridge,
  retireLeftoverBridge,
  stepId,
  verifyResult,
} from './steps.ts';

/**
 * A new binary in service. Where it gets the old one's pid, that is a reload. Where it gets one of its own, the second master has to serve
 * before the first one is asked to finish; whoever supervises the first one would take that for an exit, and start another one beside it.
 */
export function planUpgrade(
  facts: ReloadFacts,
  server: RunningFacts,
  options: ReloadOptions,
): Result<VerbPlan, Refusal> {
  const isWatched = facts.supervision !== undefined || facts.watchedBy !== undefined;
  if (server.reloads === 'by-strategy') {
    if (isWatched) return err({ code: 'upgrade-escapes', title: server.server.type.title });
    const { pid } = server.master;
    return server.maySignal
      ? ok(upgradeGunicorn(server, options))
      : err({ code: 'not-permitted', pid, user: facts.user, strategy: 'auto' });
  }
  const { type, actions } = server.server;
  const { upgrade, gracefulStop } = actions;
  if (upgrade === undefined) {
    return err({ code: 'not-offered', action: 'upgrade', title: type.title });
  }
  if (upgrade.pid === 'same') return upgradeInPlace(facts, server, options, upgrade);
  if (isWatched) return err({ code: 'upgrade-escapes', title: type.title });
  return gracefulStop === undefined
    ? err({ code: 'not-offered', action: 'upgrade', title: type.title })
    : upgradeKnown(facts, server, options, { upgrade, gracefulStop });
}

/** The master executes the new binary in its own process, and its workers are seen to be replaced. */
function upgradeInPlace(
  facts: ReloadFacts,
  server: KnownServerFacts,
  options: ReloadOptions,
  { send, clients }: Way,
): Result<VerbPlan, Refusal> {
  const { reload } = server.server.actions;
  if (reload === undefined) {
    return err({ code: 'not-offered', action: 'upgrade', title: server.server.type.title });
  }
  const actions = { ...server.server.actions, reload: { ...reload, send, clients } };
  const upgrading = { ...server, server: { ...server.server, actions } };
  const planned = planNative(facts, upgrading, {
    ...options,
    strategy: 'auto',
    reloadSignal: undefined,
  });
  return planned.ok ? ok({ ...planned.value, strategy: 'native' }) : planned;
}

const CLIENTS = 'nothing: both versions answer until the old one has finished';

function upgradeGunicorn(server: GunicornFacts, options: ReloadOptions): VerbPlan {
  const settings = knownSettings(server);
  const workers = settings?.workers ?? server.workers.length;
  const usr2 = stepId('upgrade');
  return {
    strategy: 'native',
    workersAfter: workers,
    clients: CLIENTS,
    notes: [],
    steps: [
      ...retireLeftoverBridge(server, options),
      {
        id: usr2,
        phase: 'prove',
        do: 'signal',
        signal: 'SIGUSR2',
        to: 'master',
        via: 'direct',
        effect: { is: 'bridge-appeared' },
        limit: MASTER_LOOP,
        atLimit: 'refuse',
      },
      ...seeSecondMaster(options, {
        workers,
        boot: { ...limitBoot(settings, options), since: usr2 },
        recycles: (settings?.maxRequests ?? 0) > 0,
      }),
      // The first master unlinks the control socket on its way out, which is the second one's by now.
      ...keepControlSocket(server, 'switch', 'keep-control'),
      {
        id: stepId('old-master'),
        phase: 'switch',
        do: 'signal',
        signal: 'SIGTERM',
        to: 'master',
        via: 'direct',
        effect: { is: 'master-ended' },
        limit: limitMasterExit(settings),
        atLimit: 'kill',
      },
      TAKE_OVER,
      ...restoreControlSocket(server, 'retire', 'restore-control'),
      ...verifyResult(options, workers, settings),
    ],
    undo: retireBridge(server, 'prove', 'undo-upgrade'),
  };
}

function upgradeKnown(
  facts: ReloadFacts,
  server: KnownServerFacts,
  options: ReloadOptions,
  {
    upgrade,
    gracefulStop,
  }: { readonly upgrade: Way; readonly gracefulStop: Way & { readonly graceSecs?: number } },
): Result<VerbPlan, Refusal> {
  const { type, actions } = server.server;
  const grace: Limit = {
    ms: (gracefulStop.graceSecs ?? actions.reload?.drainSecs ?? 30) * 1000,
    reason: 'server-type',
  };
  const usr2 = sendStep(facts, server, 'upgrade', upgrade, {
    id: 'upgrade',
    phase: 'prove',
    effect: { is: 'bridge-appeared' },
    limit: MASTER_LOOP,
    atLimit: 'refuse',
  });
  if (!usr2.ok) return usr2;
  const stop = sendStep(facts, server, 'upgrade', gracefulStop, {
    id: 'old-master',
    phase: 'switch',
    effect: { is: 'master-ended' },
    limit: grace,
    // Who lets old workers finish for as long as they like does so here.
    atLimit: actions.reload?.afterDrain === 'killed' ? 'kill' : 'note',
  });
  if (!stop.ok) return stop;
  const undo = gracefulStop.send;
  return ok({
    strategy: 'native',
    clients: CLIENTS,
    notes: [{ code: 'server-recognised', title: type.title, variants: server.server.variants }],
    steps: [
      ...checkSteps(server, options),
      usr2.value,
      ...seeSecondMaster(options, {
        workers: 1,
        boot: { ...limitKnownBoot(server, options), since: usr2.value.id },
        recycles: false,
      }),
      stop.value,
      TAKE_OVER,
      ...verifyResult(options, undefined),
    ],
    undo:
      undo.by === 'signal'
        ? [
            {
              id: stepId('undo-upgrade'),
              phase: 'prove',
              do: 'signal',
              signal: undo.signal,
              to: 'bridge',
              via: 'direct',
              effect: { is: 'bridge-gone' },
              limit: grace,
              atLimit: 'kill',
            },
          ]
        : [],
  });
}

function seeSecondMaster(
  options: ReloadOptions,
  {
    workers,
    boot,
    recycles,
  }: { readonly workers: number; readonly boot: Limit; readonly recycles: boolean },
): readonly Step[] {
  return [
    {
      id: stepId('bridge-boots'),
      phase: 'prove',
      do: 'wait',
      until: { is: 'bridge-ready', workers },
      limit: boot,
      atLimit: 'refuse',
    },
    {
      id: stepId('bridge-holds'),
      phase: 'prove',
      do: 'wait',
      until: { is: 'bridge-steady', workers, ms: proveMs(options), recycles },
      limit: limitSettle(options),
      atLimit: 'refuse',
    },
  ];
}

const TAKE_OVER: Step = {
  id: stepId('take-over'),
  phase: 'switch',
  do: 'wait',
  until: { is: 'took-over' },
  limit: MASTER_LOOP,
  atLimit: 'degraded',
};
