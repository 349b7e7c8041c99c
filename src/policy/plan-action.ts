import { ok, type Result } from '../base/result.ts';
import type { PlannedAction } from './actions.ts';
import type { ReloadFacts, ReloadOptions } from './facts.ts';
import type { Plan } from './plan.ts';
import type { PlanNote } from './plan-note.ts';
import { canRestartInstead, type Refusal } from './refusal.ts';
import { askHealthNow } from './health-now.ts';
import { hookStep } from './steps.ts';
import { planVerb } from './plan-verb.ts';
import { planReload } from './plan-reload.ts';
import { planStopAndStart, planStartAlone, planStopAlone } from './plan-service.ts';

/** Decides what will be done: pure, the same for `plan`, `--dry-run` and the action itself. */
export function planAction(
  action: PlannedAction,
  facts: ReloadFacts,
  options: ReloadOptions,
): Result<Plan, Refusal> {
  const plan = planWithoutHooks(action, facts, options);
  return plan.ok ? ok(addHealth(addHooks(plan.value, options), facts, options)) : plan;
}

/** Before anything else, hooks included: a check that is wrong would end a good reload with exit 10 or 12. */
function addHealth(plan: Plan, { server }: ReloadFacts, options: ReloadOptions): Plan {
  const isNew = plan.action === 'reload' || plan.action === 'restart' || plan.action === 'upgrade';
  const serves = server.type === 'running' || server.type === 'other';
  if (plan.strategy === undefined || !isNew || !serves || options.isWayBack === true) return plan;
  return { ...plan, steps: [...askHealthNow(options), ...plan.steps] };
}

/** The commands of the `hooks` setting belong to reloads and restarts. */
function addHooks(plan: Plan, options: ReloadOptions): Plan {
  if (plan.strategy === undefined) return plan;
  return {
    ...plan,
    steps: [
      ...hookStep(options, 'before_reload', 'prove', 'refuse'),
      ...plan.steps,
      ...hookStep(options, 'after_reload', 'verify', 'note'),
    ],
    onFailure: hookStep(options, 'on_failure', 'verify', 'note'),
  };
}

function planWithoutHooks(
  action: PlannedAction,
  facts: ReloadFacts,
  options: ReloadOptions,
): Result<Plan, Refusal> {
  switch (action) {
    case 'reload':
      return planReload(action, facts, options);
    case 'restart':
      return planGentleRestart(facts, options);
    case 'hard-restart':
      return planStopAndStart(action, facts, options, [{ code: 'downtime', why: 'asked' }]);
    case 'start':
      return planStartAlone(facts, options);
    case 'stop':
      return planStopAlone(facts);
    case 'reopen-logs':
    case 'scale':
    case 'upgrade':
      return planVerb(action, facts, options);
  }
}

/** `restart` without --hard: a reload where that loads new code, else stop and start, which it says before doing it. */
function planGentleRestart(facts: ReloadFacts, options: ReloadOptions): Result<Plan, Refusal> {
  if (facts.server.type === 'none') return planStartAlone(facts, options);
  const reload = planReload('restart', facts, { ...options, allowDowntime: true });
  if (reload.ok) return ok({ ...reload.value, notes: reload.value.notes.map(withoutPermission) });
  if (facts.supervision === undefined || !canRestartInstead(reload.error)) return reload;
  return planStopAndStart('restart', facts, options, [{ code: 'downtime', why: 'no-reload' }]);
}

/** Nobody allowed a restart anything: it was asked for. */
function withoutPermission(note: PlanNote): PlanNote {
  return note.code === 'downtime' && note.why === 'allowed'
    ? { code: 'downtime', why: 'no-reload' }
    : note;
}
