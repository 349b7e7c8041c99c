import { err, ok, type Result } from '../base/result.ts';
import { chooseJobSurge, chooseOverlap, type OverlapChoice } from './choose-overlap.ts';
import { chooseStrategy, type Choice } from './choose-strategy.ts';
import {
  gunicornOf,
  knownOf,
  type GunicornFacts,
  type KnownServerFacts,
  type ReloadFacts,
  type ReloadOptions,
} from './facts.ts';
import { planBridge } from './plan-bridge.ts';
import { planHup } from './plan-hup.ts';
import { planOverlap } from './plan-overlap.ts';
import { noteStop } from './plan-restart.ts';
import { planNative } from './plan-native.ts';
import { planRolling } from './plan-rolling.ts';
import { planSignal } from './plan-signal.ts';
import type { Plan } from './plan.ts';
import type { PlanNote } from './plan-note.ts';
import type { Refusal } from './refusal.ts';
import { knownSettings } from './steps.ts';
import { countWorkers } from './count-workers.ts';
import { noteGunicorn } from './note-gunicorn.ts';
import { describePlan, supervisedOf } from './describe-plan.ts';
import { planStopAndStart } from './plan-service.ts';
import { refuseOther, findBootTrap } from './refuse-server.ts';

/** A reload by whatever brings in new code, or why there is nothing that does. */
export function planReload(
  action: 'reload' | 'restart',
  facts: ReloadFacts,
  options: ReloadOptions,
): Result<Plan, Refusal> {
  const { server } = facts;
  // Somebody else stops it: it takes no signal any more, and will be gone in a moment.
  if (facts.supervision?.state === 'STOPPING')
    return err({ code: 'not-running', state: 'STOPPING' });
  const surge = chooseJobSurge(facts, options);
  if (!surge.ok) return surge;
  const overlap = surge.value === undefined ? chooseOverlap(facts, options) : surge;
  if (!overlap.ok) return overlap;
  if (overlap.value !== undefined && server.type !== 'none') {
    return planOverlapped(action, facts, options, overlap.value);
  }
  switch (server.type) {
    case 'none':
      return err({ code: 'not-running', state: facts.supervision?.state ?? 'gone' });
    case 'booting':
      return err({ code: 'master-not-ready', pid: server.proc.pid, signal: 'SIGHUP' });
    case 'other':
      return planOther(action, facts, server, options);
    case 'running':
      return server.reloads === 'by-itself'
        ? planKnown(action, facts, server, options)
        : planGunicorn(action, facts, server, options);
  }
}

/** Neither what the master has loaded nor who may signal it matters where a second instance takes its place. */
export function planOverlapped(
  action: 'reload' | 'restart' | 'upgrade',
  facts: ReloadFacts,
  options: ReloadOptions,
  choice: OverlapChoice,
): Result<Plan, Refusal> {
  const supervised = supervisedOf(facts, action);
  if (!supervised.ok) return supervised;
  const gunicorn = gunicornOf(facts);
  const impossible = gunicorn === undefined ? undefined : findBootTrap(gunicorn);
  if (impossible !== undefined) return err(impossible);
  const counts =
    gunicorn === undefined || knownSettings(gunicorn) === undefined
      ? undefined
      : countWorkers({ ...facts, unfinished: undefined }, gunicorn, 'overlap');
  const { successor } = choice.overlap;
  return ok({
    ...describePlan(action, facts),
    strategy: 'overlap',
    workersAfter: counts?.after,
    notes: [
      ...choice.notes,
      ...(successor === undefined
        ? []
        : [{ code: 'leftover-successor', pid: successor } satisfies PlanNote]),
      ...(counts?.notes ?? []),
      ...(gunicorn === undefined ? [] : noteGunicorn(facts, gunicorn, 'overlap', options)),
      ...(isJobRunner(facts) ? noteStop(facts) : []),
    ],
    ...planOverlap(facts, options, { ...supervised.value, choice, workers: counts }),
  });
}

const isJobRunner = (facts: ReloadFacts): boolean =>
  knownOf(facts)?.server.type.kind === 'job-runner';

function planGunicorn(
  action: 'reload' | 'restart',
  facts: ReloadFacts,
  gunicorn: GunicornFacts,
  options: ReloadOptions,
): Result<Plan, Refusal> {
  // A master without workers has not come to its main loop: it waits for its port, and signals wait with it.
  const isStarting = gunicorn.workers.length === 0 && gunicorn.bridge === undefined;
  if (!gunicorn.signalsReady || isStarting) {
    return err({ code: 'master-not-ready', pid: gunicorn.master.pid, signal: 'SIGHUP' });
  }
  if (gunicorn.successorOf !== undefined) {
    return err({
      code: 'master-is-successor',
      pid: gunicorn.master.pid,
      parent: gunicorn.successorOf,
    });
  }
  const impossible = findBootTrap(gunicorn);
  if (impossible !== undefined) return err(impossible);
  const choice = chooseStrategy(facts, gunicorn, options);
  if (!choice.ok) return choice;
  if (choice.value.strategy === 'restart') {
    return planStopAndStart(action, facts, options, choice.value.notes);
  }
  return ok(buildGunicornPlan(action, facts, gunicorn, options, choice.value));
}

function buildGunicornPlan(
  action: 'reload' | 'restart',
  facts: ReloadFacts,
  gunicorn: GunicornFacts,
  options: ReloadOptions,
  choice: Exclude<Choice, { strategy: 'restart' }>,
): Plan {
  const counts = countWorkers(facts, gunicorn, choice.strategy);
  const built =
    choice.strategy === 'bridge'
      ? planBridge(gunicorn, options, counts.configured, counts.after)
      : choice.strategy === 'rolling'
        ? planRolling(gunicorn, options, choice.surge, counts.after)
        : planHup(gunicorn, options, counts.configured, counts.after);
  return {
    ...describePlan(action, facts),
    strategy: choice.strategy,
    workersAfter: counts.after,
    notes: [
      ...choice.notes,
      ...counts.notes,
      ...noteGunicorn(facts, gunicorn, choice.strategy, options),
    ],
    ...built,
  };
}

function planKnown(
  action: 'reload' | 'restart',
  facts: ReloadFacts,
  server: KnownServerFacts,
  options: ReloadOptions,
): Result<Plan, Refusal> {
  if (options.strategy === 'restart') {
    return planStopAndStart(action, facts, options, [{ code: 'downtime', why: 'asked' }]);
  }
  const { reloadSignal } = options;
  if (reloadSignal !== undefined && server.server.actions.reload === undefined) {
    const { type, variants } = server.server;
    const { master: proc, live, maySignal } = server;
    const to = { role: 'master', proc, caught: live.caught, maySignal } as const;
    const planned = planSignal(reloadSignal, to, options);
    if (!planned.ok) return planned;
    const notes: PlanNote[] = [{ code: 'server-recognised', title: type.title, variants }];
    return ok({ ...describePlan(action, facts), ...planned.value, notes });
  }
  const native = planNative(facts, server, options);
  if (!native.ok) {
    const isMissing = native.error.code === 'not-offered';
    return isMissing && options.allowDowntime
      ? planStopAndStart(action, facts, options, [{ code: 'downtime', why: 'allowed' }])
      : native;
  }
  return ok({
    ...describePlan(action, facts),
    strategy: 'native',
    ...native.value,
  });
}

function planOther(
  action: 'reload' | 'restart',
  facts: ReloadFacts,
  server: Extract<ReloadFacts['server'], { type: 'other' }>,
  options: ReloadOptions,
): Result<Plan, Refusal> {
  if (
    options.strategy === 'restart' ||
    (options.allowDowntime && options.reloadSignal === undefined)
  ) {
    return planStopAndStart(action, facts, options, [
      { code: 'downtime', why: options.strategy === 'restart' ? 'asked' : 'allowed' },
    ]);
  }
  const signal = options.reloadSignal;
  if (signal === undefined || server.expected?.reloads === 'by-strategy') {
    return err(refuseOther(server));
  }
  const planned = planSignal(signal, { role: 'supervised', ...server }, options);
  if (!planned.ok) return planned;
  const notes: PlanNote[] = [{ code: 'type-unknown' }];
  return ok({ ...describePlan(action, facts), ...planned.value, notes });
}
