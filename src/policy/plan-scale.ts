import { err, ok, type Result } from '../base/result.ts';
import type { Way } from '../servers/server-type.ts';
import type {
  GunicornFacts,
  KnownServerFacts,
  ReloadFacts,
  ReloadOptions,
  RunningFacts,
} from './facts.ts';
import { limitBoot, limitSettle, MASTER_LOOP, settleMs } from './limits.ts';
import { checkSteps, limitKnownBoot } from './plan-native.ts';
import type { VerbPlan } from './plan-reopen-logs.ts';
import type { Limit, Scaling, Step } from './plan.ts';
import type { PlanNote } from './plan-note.ts';
import type { Refusal } from './refusal.ts';
import { tellingOf } from './send-step.ts';
import { knownSettings, preflight, seeHealthy, stepId } from './steps.ts';

const SECOND = 1000;

/** More or fewer workers, one at a time; more only when the code that they would load does load. */
export function planScale(
  facts: ReloadFacts,
  server: RunningFacts,
  options: ReloadOptions,
): Result<VerbPlan, Refusal> {
  const from = server.workers.length;
  const { kind, workers } = options.scale ?? { kind: 'by', workers: 0 };
  const to = kind === 'by' ? from + workers : workers;
  return server.reloads === 'by-strategy'
    ? scaleGunicorn(facts, server, options, { from, to })
    : scaleKnown(facts, server, options, { from, to });
}

interface Change {
  readonly from: number;
  readonly to: number;
}

const CLIENTS = 'nothing: a worker that goes finishes what it has';

function scaleGunicorn(
  facts: ReloadFacts,
  server: GunicornFacts,
  options: ReloadOptions,
  { from, to }: Change,
): Result<VerbPlan, Refusal> {
  if (to < 1) return err({ code: 'no-worker-left', running: from, to });
  const reaches = facts.supervision?.proc?.pid === server.master.pid;
  if (!server.maySignal && !reaches) return err(denied(facts, server));
  const settings = knownSettings(server);
  const busy = Math.max(settings?.timeout ?? 0, settings?.gracefulTimeout ?? 0);
  return ok({
    workersAfter: to,
    clients: CLIENTS,
    notes: noteScale(from, to, settings?.workers),
    steps: [
      // A worker that does not come up ends the master and everything with it. Those of a preloaded application are copies of the master.
      ...(to > from && settings?.preloadApp !== true
        ? preflight(server, options, 'check-config', 0)
        : []),
      ...changeCount(from, to, {
        via: server.maySignal ? 'direct' : 'supervisor',
        each: MASTER_LOOP,
      }),
      ...seeCount(
        options,
        { from, to },
        {
          boot: limitBoot(settings, options),
          leave: { ms: busy * SECOND, reason: 'worker-timeout' },
          recycles: (settings?.maxRequests ?? 0) > 0,
        },
      ),
    ],
  });
}

function scaleKnown(
  facts: ReloadFacts,
  server: KnownServerFacts,
  options: ReloadOptions,
  { from, to }: Change,
): Result<VerbPlan, Refusal> {
  const { type, actions, workers } = server.server;
  const notOffered: Refusal = { code: 'not-offered', action: 'scale', title: type.title };
  const more = scalingOf(server, actions.moreWorkers);
  const fewer = scalingOf(server, actions.fewerWorkers);
  if (more === undefined || fewer === undefined || workers === undefined) return err(notOffered);
  if (to < 1) return err({ code: 'no-worker-left', running: from, to });
  const reaches = facts.supervision?.proc?.pid === server.master.pid;
  const isSignal = more.by === 'signal';
  if (isSignal && !server.maySignal && !reaches) return err(denied(facts, server));
  const seconds = actions.reload?.effectSecs ?? 30;
  const each: Limit = { ms: seconds * SECOND, reason: 'server-type' };
  return ok({
    workersAfter: to,
    clients: (to < from ? actions.fewerWorkers : actions.moreWorkers)?.clients ?? CLIENTS,
    notes: noteScale(from, to, undefined),
    steps: [
      ...(to > from && type.check?.covers === 'code' ? checkSteps(server, options) : []),
      ...changeCount(from, to, {
        via: server.maySignal || !isSignal ? 'direct' : 'supervisor',
        by: { more, fewer },
        each,
      }),
      ...seeCount(
        options,
        { from, to },
        {
          boot: limitKnownBoot(server, options),
          leave: { ms: (actions.reload?.drainSecs ?? 60) * SECOND, reason: 'server-type' },
          recycles: false,
        },
      ),
    ],
  });
}

const denied = (facts: ReloadFacts, server: RunningFacts): Refusal => ({
  code: 'not-permitted',
  pid: server.master.pid,
  user: facts.user,
  strategy: 'auto',
});

function scalingOf(server: KnownServerFacts, way: Way | undefined): Scaling | undefined {
  if (way === undefined) return undefined;
  return way.send.by === 'signal' ? way.send : tellingOf(server.live, way.send);
}

function noteScale(from: number, to: number, configured: number | undefined): readonly PlanNote[] {
  return from === to || to === configured ? [] : [{ code: 'scale-not-kept', configured }];
}

/** The messages, and a look whether each of them arrived. */
function changeCount(
  from: number,
  to: number,
  how: Pick<Extract<Step, { do: 'scale' }>, 'via' | 'by'> & { readonly each: Limit },
): readonly Step[] {
  if (from === to) return [];
  const { each, ...rest } = how;
  const base = { phase: 'switch', do: 'scale', ...rest, limit: each } as const;
  return [
    { ...base, id: stepId('scale'), from, to, atLimit: 'refuse' },
    { ...base, id: stepId('correct-count'), from: to, to, atLimit: 'degraded' },
  ];
}

/** Exactly so many workers, ready and the same for a while. */
function seeCount(
  options: ReloadOptions,
  { from, to }: Change,
  limits: { readonly boot: Limit; readonly leave: Limit; readonly recycles: boolean },
): readonly Step[] {
  const settle = limitSettle(options);
  const longest = to < from ? limits.leave : limits.boot;
  return [
    {
      id: stepId('settled'),
      phase: 'verify',
      do: 'wait',
      until: {
        is: 'workers-steady',
        count: to,
        ms: settleMs(options),
        recycles: limits.recycles,
      },
      limit: { ms: longest.ms + settle.ms, reason: longest.reason },
      atLimit: 'degraded',
    },
    ...seeHealthy(options),
  ];
}
