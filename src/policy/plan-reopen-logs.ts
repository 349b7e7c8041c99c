import { err, ok, type Result } from '../base/result.ts';
import type { ServerActions, Way } from '../servers/server-type.ts';
import type { GunicornFacts, KnownServerFacts, ReloadFacts, ReloadOptions } from './facts.ts';
import { checkSteps } from './plan-native.ts';
import type { Limit, Plan, Step } from './plan.ts';
import type { Condition } from './condition.ts';
import type { PlanNote } from './plan-note.ts';
import type { Refusal } from './refusal.ts';
import { sendStep } from './send-step.ts';
import { stepId, verifyResult } from './steps.ts';

/** What a verb adds to the description of its target. */
export type VerbPlan = Pick<Plan, 'steps' | 'notes'> &
  Partial<Pick<Plan, 'strategy' | 'workersAfter' | 'clients' | 'undo'>>;

/** Opening a few files takes no time; a worker in the middle of a request comes to it after that. */
const REOPEN: Limit = { ms: 15_000, reason: 'server-type' };

/** The server opens its log files anew, after somebody has moved them away; which is seen in all of its processes. */
export function planReopenLogs(
  facts: ReloadFacts,
  server: GunicornFacts | KnownServerFacts,
  options: ReloadOptions,
): Result<VerbPlan, Refusal> {
  const { openLogs } = facts;
  const isGunicorn = server.type === 'gunicorn';
  const way: ServerActions['reopenLogs'] = isGunicorn ? USR1 : server.server.actions.reopenLogs;
  if (way === undefined) {
    const title = isGunicorn ? 'gunicorn' : server.server.type.title;
    return err({ code: 'not-offered', action: 'reopen-logs', title });
  }
  if (openLogs !== 'unseen' && openLogs?.length === 0) {
    return err({ code: 'no-log-files', pid: server.master.pid });
  }
  const effect: Condition =
    openLogs === 'unseen' ? { is: 'told' } : { is: 'logs-reopened', by: way.writers ?? 'all' };
  const base = { phase: 'switch', effect, limit: REOPEN, atLimit: 'degraded' } as const;
  const step: Result<Step, Refusal> = isGunicorn
    ? ok({
        ...base,
        id: stepId('reopen-logs'),
        do: 'signal',
        signal: USR1.send.signal,
        to: 'master',
        via: server.maySignal ? 'direct' : 'supervisor',
      })
    : sendStep(facts, server, 'reopen-logs', way, { ...base, id: 'reopen-logs' });
  if (!step.ok) return step;
  const notes: readonly PlanNote[] =
    openLogs === undefined
      ? []
      : [openLogs === 'unseen' ? { code: 'logs-unseen' } : { code: 'logs-open', paths: openLogs }];
  const isReload = !isGunicorn && reloads(way, server.server.actions);
  const steps = isReload
    ? [...checkSteps(server, options), step.value, ...verifyResult(options, undefined)]
    : [step.value];
  return ok({ notes, clients: way.clients, steps });
}

/** Whether what opens the logs anew is the same signal that reloads: then it also does what a reload with a bad configuration does. */
function reloads({ send }: Way, { reload }: ServerActions): boolean {
  return send.by === 'signal' && reload?.send.by === 'signal' && reload.send.signal === send.signal;
}

/** gunicorn's own way (docs.gunicorn.org, signals). */
const USR1 = { send: { by: 'signal', signal: 'SIGUSR1' }, clients: 'nothing' } as const;
