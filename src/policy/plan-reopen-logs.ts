import { err, ok, type Result } from '../base/result.ts';
import type { GunicornFacts, KnownServerFacts, ReloadFacts } from './facts.ts';
import type { Limit, Plan, PlanNote, Refusal } from './plan.ts';
import { sendStep } from './send-step.ts';
import { stepId } from './steps.ts';

/** What a verb adds to the description of its target. */
export type VerbPlan = Pick<Plan, 'steps' | 'notes'> &
  Partial<Pick<Plan, 'strategy' | 'workersAfter' | 'clients' | 'undo'>>;

/** Opening a few files takes no time; a worker in the middle of a request comes to it after that. */
const REOPEN: Limit = { ms: 15_000, reason: 'server-type' };

/** The server opens its log files anew, after somebody has moved them away; which is seen in all of its processes. */
export function planReopenLogs(
  facts: ReloadFacts,
  server: GunicornFacts | KnownServerFacts,
): Result<VerbPlan, Refusal> {
  const { openLogs } = facts;
  const sent = {
    id: 'reopen-logs',
    phase: 'switch',
    effect: { is: openLogs === 'unseen' ? 'told' : 'logs-reopened' },
    limit: REOPEN,
    atLimit: 'degraded',
  } as const;
  const notes: readonly PlanNote[] =
    openLogs === undefined
      ? []
      : [openLogs === 'unseen' ? { code: 'logs-unseen' } : { code: 'logs-open', paths: openLogs }];
  const hasNone = openLogs !== 'unseen' && openLogs?.length === 0;
  if (server.type === 'gunicorn') {
    if (hasNone) return err({ code: 'no-log-files', pid: server.master.pid });
    const via = server.maySignal ? 'direct' : 'supervisor';
    const send = { do: 'signal', signal: 'SIGUSR1', to: 'master', via } as const;
    return ok({
      notes,
      clients: 'nothing',
      steps: [{ ...sent, id: stepId(sent.id), ...send }],
    });
  }
  const { type, actions } = server.server;
  const way = actions.reopenLogs;
  if (way === undefined) {
    return err({ code: 'not-offered', action: 'reopen-logs', title: type.title });
  }
  if (hasNone) return err({ code: 'no-log-files', pid: server.master.pid });
  const step = sendStep(facts, server, 'reopen-logs', way, sent);
  return step.ok ? ok({ notes, clients: way.clients, steps: [step.value] }) : step;
}
