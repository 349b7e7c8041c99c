import { err, ok, type Result } from '../base/result.ts';
import type { ServerActions, Way } from '../servers/server-type.ts';
import type { ReloadFacts, ReloadOptions, RunningFacts } from './facts.ts';
import { checkSteps } from './plan-native.ts';
import type { Limit, Plan } from './plan.ts';
import type { Condition } from './condition.ts';
import type { PlanNote } from './plan-note.ts';
import type { Refusal } from './refusal.ts';
import { sendStep } from './send-step.ts';
import { verifyResult } from './steps.ts';

/** What a verb adds to the description of its target. */
export type VerbPlan = Pick<Plan, 'steps' | 'notes'> &
  Partial<Pick<Plan, 'strategy' | 'workersAfter' | 'clients' | 'undo'>>;

/** Opening a few files takes no time; a worker in the middle of a request comes to it after that. */
const REOPEN: Limit = { ms: 15_000, reason: 'server-type' };

/** The server opens its log files anew, after somebody has moved them away; which is seen in all of its processes. */
export function planReopenLogs(
  facts: ReloadFacts,
  server: RunningFacts,
  options: ReloadOptions,
): Result<VerbPlan, Refusal> {
  const { openLogs } = facts;
  const { type, actions } = server.server;
  const way = actions.reopenLogs;
  if (way === undefined) {
    return err({ code: 'not-offered', action: 'reopen-logs', title: type.title });
  }
  if (openLogs !== 'unseen' && openLogs?.length === 0) {
    return err({ code: 'no-log-files', pid: server.master.pid });
  }
  const effect: Condition =
    openLogs === 'unseen' ? { is: 'told' } : { is: 'logs-reopened', by: way.writers ?? 'all' };
  const step = sendStep(facts, server, 'reopen-logs', way, {
    id: 'reopen-logs',
    phase: 'switch',
    effect,
    limit: REOPEN,
    atLimit: 'degraded',
  });
  if (!step.ok) return step;
  const notes: readonly PlanNote[] =
    openLogs === undefined
      ? []
      : [openLogs === 'unseen' ? { code: 'logs-unseen' } : { code: 'logs-open', paths: openLogs }];
  const isReload = server.reloads === 'by-itself' && reloads(way, actions);
  const steps = isReload
    ? [...checkSteps(server, options), step.value, ...verifyResult(options, undefined)]
    : [step.value];
  return ok({ notes, clients: way.clients, steps });
}

/** Whether what opens the logs anew is the same signal that reloads: then it also does what a reload with a bad configuration does. */
function reloads({ send }: Way, { reload }: ServerActions): boolean {
  return send.by === 'signal' && reload?.send.by === 'signal' && reload.send.signal === send.signal;
}
