import { ok, type Result } from '../base/result.ts';
import { gunicornOf, type ReloadFacts, type ReloadOptions } from './facts.ts';
import { clearOrphans, noteStop, planRestart, planStart, planStop } from './plan-restart.ts';
import type { Plan } from './plan.ts';
import type { PlanNote } from './plan-note.ts';
import type { Refusal } from './refusal.ts';
import { knownSettings } from './steps.ts';
import { describePlan, supervisedOf } from './describe-plan.ts';

/** Stop, then start, with what a reader should know of the moment between the two. */
export function planStopAndStart(
  action: 'reload' | 'restart' | 'hard-restart',
  facts: ReloadFacts,
  options: ReloadOptions,
  notes: readonly PlanNote[],
): Result<Plan, Refusal> {
  const supervised = supervisedOf(facts, action);
  if (!supervised.ok) return supervised;
  const gunicorn = gunicornOf(facts);
  const settings = knownSettings(gunicorn);
  const hard = action === 'hard-restart';
  const isUp = facts.server.type !== 'none' || supervised.value.supervision.state === 'BACKOFF';
  return ok({
    ...describePlan(action, facts),
    strategy: 'restart',
    workersAfter: settings?.workers,
    notes: [...(isHeld(facts) ? notes.map(withoutRefusals) : notes), ...noteStop(facts)],
    steps: isUp
      ? planRestart(facts, options, supervised.value, { hard })
      : [
          ...clearOrphans(facts, supervised.value),
          ...planStart(facts, options, supervised.value, settings?.workers),
        ],
  });
}

/** The supervisor keeps the listening sockets open between stop and start. */
const isHeld = (facts: ReloadFacts): boolean =>
  (facts.supervision?.overlap?.sockets.length ?? 0) > 0;

const withoutRefusals = (note: PlanNote): PlanNote =>
  note.code === 'downtime' ? { code: 'stall', why: 'sockets-held' } : note;

/** A start of a program that does not run. */
export function planStartAlone(facts: ReloadFacts, options: ReloadOptions): Result<Plan, Refusal> {
  const supervised = supervisedOf(facts, 'start');
  if (!supervised.ok) return supervised;
  return ok({
    ...describePlan('start', facts),
    steps: [
      ...clearOrphans(facts, supervised.value),
      ...planStart(facts, options, supervised.value, undefined),
    ],
  });
}

/** A stop for good. */
export function planStopAlone(facts: ReloadFacts): Result<Plan, Refusal> {
  const supervised = supervisedOf(facts, 'stop');
  if (!supervised.ok) return supervised;
  return ok({
    ...describePlan('stop', facts),
    notes: noteStop(facts),
    steps: planStop(facts, supervised.value, { thenStart: false }),
  });
}
