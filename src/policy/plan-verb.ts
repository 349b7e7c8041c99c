import { err, ok, type Result } from '../base/result.ts';
import { chooseOverlap } from './choose-overlap.ts';
import type { ReloadFacts, ReloadOptions, RunningFacts } from './facts.ts';
import { planReopenLogs } from './plan-reopen-logs.ts';
import { planScale } from './plan-scale.ts';
import { planUpgrade } from './plan-upgrade.ts';
import type { Plan } from './plan.ts';
import type { Refusal } from './refusal.ts';
import { planOverlapped } from './plan-reload.ts';
import { describePlan } from './describe-plan.ts';
import { refuseOther, findBootTrap } from './refuse-server.ts';

/** What is asked of a server that runs, without a new version. */
export function planVerb(
  action: 'reopen-logs' | 'scale' | 'upgrade',
  facts: ReloadFacts,
  options: ReloadOptions,
): Result<Plan, Refusal> {
  const server = findServer(action, facts);
  if (!server.ok) return server;
  if (action === 'upgrade') {
    const overlap = chooseOverlap(facts, options);
    if (!overlap.ok) return overlap;
    if (overlap.value !== undefined) return planOverlapped(action, facts, options, overlap.value);
  }
  const impossible =
    action === 'upgrade' && server.value.reloads === 'by-strategy'
      ? findBootTrap(server.value)
      : undefined;
  if (impossible !== undefined) return err(impossible);
  const planned =
    action === 'reopen-logs'
      ? planReopenLogs(facts, server.value, options)
      : action === 'scale'
        ? planScale(facts, server.value, options)
        : planUpgrade(facts, server.value, options);
  if (!planned.ok) return planned;
  return ok({
    ...describePlan(action, facts),
    ...planned.value,
  });
}

/** The server that can be asked for something, or why it cannot. */
function findServer(
  action: 'reopen-logs' | 'scale' | 'upgrade',
  facts: ReloadFacts,
): Result<RunningFacts, Refusal> {
  const { server, supervision } = facts;
  if (supervision?.state === 'STOPPING') return err({ code: 'not-running', state: 'STOPPING' });
  switch (server.type) {
    case 'none':
      return err({ code: 'not-running', state: supervision?.state ?? 'gone' });
    case 'booting':
      return err({ code: 'master-not-ready', pid: server.proc.pid, signal: SIGNAL_OF[action] });
    case 'other':
      return err(refuseOther(server));
    case 'running':
      if (server.reloads === 'by-itself') return ok(server);
      if (!server.signalsReady || (server.workers.length === 0 && server.bridge === undefined)) {
        return err({ code: 'master-not-ready', pid: server.master.pid, signal: SIGNAL_OF[action] });
      }
      if (server.successorOf !== undefined && action !== 'reopen-logs') {
        const { master, successorOf } = server;
        return err({ code: 'master-is-successor', pid: master.pid, parent: successorOf });
      }
      return ok(server);
  }
}

/** What most servers are sent for it: what one that is starting would die of. */
const SIGNAL_OF = { 'reopen-logs': 'SIGUSR1', scale: 'SIGTTIN', upgrade: 'SIGUSR2' } as const;
