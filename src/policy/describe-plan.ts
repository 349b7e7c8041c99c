import { err, ok, type Result } from '../base/result.ts';
import type { PlannedAction } from './actions.ts';
import { gunicornOf, knownOf, type ReloadFacts, type SupervisionFacts } from './facts.ts';
import type { Plan, PlannedProc } from './plan.ts';
import type { Refusal } from './refusal.ts';

/** A program that a supervisor starts and stops. */
export interface Supervised {
  readonly supervision: SupervisionFacts;
  /** 'group:name' for the supervisor. */
  readonly name: string;
}

/** The program as its supervisor knows it; a refusal where there is none. */
export function supervisedOf(
  { supervision, target }: ReloadFacts,
  action: PlannedAction,
): Result<Supervised, Refusal> {
  const name = target.supervisorName;
  return supervision === undefined || name === undefined
    ? err({ code: 'no-supervisor', action })
    : ok({ supervision, name });
}

/** A plan for this target, without a step. */
export function describePlan(action: PlannedAction, facts: ReloadFacts): Plan {
  const procs: PlannedProc[] = [];
  const supervised = facts.supervision?.proc;
  const gunicorn = gunicornOf(facts);
  const server = gunicorn ?? knownOf(facts);
  if (supervised !== undefined && supervised.pid !== server?.master.pid) {
    procs.push({ ...supervised, role: 'supervised' });
  }
  if (server !== undefined) {
    const { pid, startTicks } = server.master;
    procs.push({ pid, startTicks, role: 'master' });
    if (gunicorn?.bridge !== undefined) procs.push({ ...gunicorn.bridge, role: 'bridge' });
    procs.push(
      ...server.workers.map((worker): PlannedProc => ({
        pid: worker.pid,
        startTicks: worker.startTicks,
        role: 'old-workers',
      })),
    );
  } else if (facts.server.type === 'other' && supervised === undefined) {
    procs.push({ ...facts.server.proc, role: 'supervised' });
  }
  return {
    action,
    target: facts.target,
    serverType: server?.server.type.name ?? 'unknown',
    version: server?.live.version,
    procs,
    strategy: undefined,
    workersAfter: undefined,
    notes: [],
    steps: [],
    undo: [],
    onFailure: [],
  };
}
