import { err, ok, type Result } from '../base/result.ts';
import type { ReloadWay } from '../servers/server-type.ts';
import type { KnownServerFacts, ReloadFacts, ReloadOptions } from './facts.ts';
import type { Limit, Step } from './plan.ts';
import type { PlanNote } from './plan-note.ts';
import type { Refusal } from './refusal.ts';
import { sendStep } from './send-step.ts';
import { stepId, verifyResult } from './steps.ts';

/** The steps of a reload that the server does itself. */
export interface NativePlan {
  readonly steps: readonly Step[];
  readonly notes: readonly PlanNote[];
  readonly clients: string;
}

const SECOND = 1000;

const typeLimit = (seconds: number): Limit => ({ ms: seconds * SECOND, reason: 'server-type' });

/**
 * Reloads a server of a known type by its own means: the new version is checked aside, the master is told, its workers are seen to be
 * replaced. A server that shows no effect has ignored it, as nginx does with a bad configuration.
 */
export function planNative(
  facts: ReloadFacts,
  server: KnownServerFacts,
  options: ReloadOptions,
): Result<NativePlan, Refusal> {
  const { type, actions } = server.server;
  if (options.strategy !== 'auto' && options.strategy !== 'hup') {
    const why = `${type.title} has its own reload`;
    return err({ code: 'strategy-impossible', strategy: options.strategy, why });
  }
  const { reload } = actions;
  if (reload === undefined) {
    return err({ code: 'not-offered', action: 'reload', title: type.title });
  }
  if (reload.cost === 'gap' && !options.allowDowntime) {
    return err({ code: 'needs-downtime', strategy: 'restart' });
  }
  const way: ReloadWay =
    options.reloadSignal === undefined
      ? reload
      : { ...reload, send: { by: 'signal', signal: options.reloadSignal } };
  const { send } = way;
  if (send.by === 'signal' && server.live.caught?.has(send.signal) === false) {
    return err({ code: 'master-not-ready', pid: server.master.pid, signal: send.signal });
  }
  const steps = changeSteps(facts, server, options, way);
  if (!steps.ok) return steps;
  return ok({
    steps: [...checkSteps(server, options), ...steps.value, ...verifyResult(options, undefined)],
    notes: noteNative(server, way),
    clients: way.clients,
  });
}

/** For a boot of a server of a known type. */
export function limitKnownBoot(server: KnownServerFacts, options: ReloadOptions): Limit {
  return bootLimit(options, server.server.actions.reload?.bootSecs ?? 60);
}

/** The server's own check of what will be loaded; nothing where it has none. */
export function checkSteps(server: KnownServerFacts, options: ReloadOptions): readonly Step[] {
  if (server.check === undefined) return [];
  const { argv, shown, cwd, user, environment } = server.check;
  return [
    {
      id: stepId('preflight'),
      phase: 'prove',
      do: 'preflight',
      how: 'command',
      argv,
      shown,
      cwd,
      user,
      environment,
      steadyMs: 0,
      limit: limitKnownBoot(server, options),
    },
  ];
}

const bootLimit = ({ timeoutMs }: ReloadOptions, seconds: number): Limit =>
  timeoutMs === undefined ? typeLimit(seconds) : { ms: timeoutMs, reason: 'asked' };

function changeSteps(
  facts: ReloadFacts,
  server: KnownServerFacts,
  options: ReloadOptions,
  way: ReloadWay,
): Result<readonly Step[], Refusal> {
  const isSeen = way.proof === 'workers-replaced' && server.server.workers !== undefined;
  const sent = sendStep(facts, server, 'reload', way, {
    id: 'reload',
    phase: 'switch',
    effect: { is: isSeen ? 'reload-begun' : 'told' },
    limit: typeLimit(way.effectSecs),
    atLimit: way.keepsOldWhenBad ? 'refuse' : 'degraded',
  });
  if (!sent.ok) return sent;
  if (!isSeen) return ok([sent.value]);
  const boot = { ...bootLimit(options, way.bootSecs), since: sent.value.id };
  return ok([
    sent.value,
    {
      id: stepId('new-workers'),
      phase: 'switch',
      do: 'wait',
      until: { is: 'new-workers-ready', count: 1 },
      // Where the old ones go first, the clock of the boot starts when they are gone.
      limit: { ...boot, ms: boot.ms + way.effectSecs * SECOND },
      atLimit: way.keepsOldWhenBad ? 'refuse' : 'degraded',
    },
    {
      id: stepId('old-workers'),
      phase: 'switch',
      do: 'wait',
      until: { is: 'old-workers-left', atMost: 0 },
      limit: typeLimit(way.drainSecs),
      atLimit: way.afterDrain === 'killed' ? 'kill' : 'note',
    },
    // A master that starts them one by one may not have come to the last one.
    ...(way.loads === 'code' && server.server.workers.varies !== true
      ? [
          {
            id: stepId('as-many'),
            phase: 'switch',
            do: 'wait',
            until: { is: 'workers-at-least', count: server.workers.length },
            limit: typeLimit(15),
            atLimit: 'note',
          } satisfies Step,
        ]
      : []),
    {
      id: stepId('complete'),
      phase: 'switch',
      do: 'wait',
      until: { is: 'workers-complete' },
      limit: bootLimit(options, way.bootSecs),
      atLimit: 'degraded',
    },
    ...(server.server.workers.retiredWhen === 'deaf'
      ? [
          {
            id: stepId('retired'),
            phase: 'retire',
            do: 'wait',
            until: { is: 'retired-gone' },
            limit: typeLimit(way.drainSecs),
            atLimit: 'note',
          } satisfies Step,
        ]
      : []),
  ]);
}

function noteNative(server: KnownServerFacts, way: ReloadWay): readonly PlanNote[] {
  const { type, variants } = server.server;
  const { title } = type;
  return [
    { code: 'server-recognised', title, variants },
    ...(way.loads === 'configuration' ? [{ code: 'configuration-only', title } as const] : []),
    ...(server.check === undefined ? [{ code: 'unchecked', title } as const] : []),
    ...(way.cost === 'stall' ? [{ code: 'stall', why: 'server-type' } as const] : []),
  ];
}
