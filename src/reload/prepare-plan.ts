import type { Result } from '../base/result.ts';
import type { Os } from '../os/os.ts';
import { isSameProc } from '../os/proc.ts';
import type { StateDirectory } from '../os/state-files.ts';
import type { ReloadFacts, ReloadOptions } from '../policy/facts.ts';
import { traitsOf, type PlannedAction } from '../policy/actions.ts';
import { planAction } from '../policy/plan-action.ts';
import type { Plan } from '../policy/plan.ts';
import type { Refusal } from '../policy/refusal.ts';
import { gatherFacts, type Gathered } from './gather-facts.ts';
import { Journal } from './journal.ts';
import { openLogPaths } from './open-logs.ts';
import { readStart } from './read-start.ts';
import { keyOf, type Target } from './target.ts';

/** What is asked for, without the way of doing it. */
export interface PlanRequest {
  readonly action: PlannedAction;
  readonly target: Target;
  readonly options: ReloadOptions;
  /** The name of the user that we are. */
  readonly user: string;
}

/** A plan or the reason why there is none, with what it was made from. */
export interface Prepared {
  readonly journal: Journal;
  readonly gathered: Gathered;
  readonly plan: Result<Plan, Refusal>;
}

/** Gathers the facts and decides. Sends nothing. Throws a ReloadctlError where the target cannot be asked about. */
export async function preparePlan(
  os: Os,
  state: StateDirectory | undefined,
  { action, target, options, user }: PlanRequest,
  abort: AbortSignal,
): Promise<Prepared> {
  const journal = await Journal.open(state, keyOf(target));
  const gathered = await gatherFacts(os, target, journal, user, abort);
  const starts =
    traitsOf(action).starts === true ? await readStart(os, target, gathered, abort) : undefined;
  const facts =
    action === 'reopen-logs'
      ? await addOpenLogs(os, gathered.facts)
      : { ...gathered.facts, ...(starts === undefined ? {} : { starts }) };
  return { journal, gathered, plan: planAction(action, facts, options) };
}

async function addOpenLogs(os: Os, facts: ReloadFacts): Promise<ReloadFacts> {
  const { server } = facts;
  if (server.type !== 'running') return facts;
  const ids = [server.master, ...server.workers];
  const procs = (await os.processes()).filter((proc) => ids.some((id) => isSameProc(id, proc)));
  return { ...facts, openLogs: await openLogPaths(os, procs) };
}
