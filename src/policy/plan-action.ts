import { err, ok, type Result } from '../base/result.ts';
import type { PlannedAction } from './actions.ts';
import { chooseJobSurge, chooseOverlap, type OverlapChoice } from './choose-overlap.ts';
import { chooseStrategy, type Choice } from './choose-strategy.ts';
import {
  gunicornOf,
  knownOf,
  type GunicornFacts,
  type KnownServerFacts,
  type ReloadFacts,
  type ReloadOptions,
  type RunningFacts,
} from './facts.ts';
import { findDrops } from './find-drops.ts';
import { limitBoot } from './limits.ts';
import { planBridge } from './plan-bridge.ts';
import { planHup } from './plan-hup.ts';
import { planOverlap } from './plan-overlap.ts';
import { clearOrphans, noteStop, planRestart, planStart, planStop } from './plan-restart.ts';
import { planNative } from './plan-native.ts';
import { planReopenLogs } from './plan-reopen-logs.ts';
import { planRolling } from './plan-rolling.ts';
import { planScale } from './plan-scale.ts';
import { planSignal } from './plan-signal.ts';
import { planUpgrade } from './plan-upgrade.ts';
import type { Plan, PlannedProc } from './plan.ts';
import type { PlanNote } from './plan-note.ts';
import { canRestartInstead, type Refusal } from './refusal.ts';
import { hookStep, knownSettings } from './steps.ts';

/** Decides what will be done: pure, the same for `plan`, `--dry-run` and the action itself. */
export function planAction(
  action: PlannedAction,
  facts: ReloadFacts,
  options: ReloadOptions,
  stopasgroup: boolean,
): Result<Plan, Refusal> {
  const plan = planWithoutHooks(action, facts, options, stopasgroup);
  return plan.ok ? ok(addHooks(plan.value, options)) : plan;
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
  stopasgroup: boolean,
): Result<Plan, Refusal> {
  switch (action) {
    case 'reload':
      return planReload(action, facts, options, stopasgroup);
    case 'restart':
      return planGentleRestart(facts, options, stopasgroup);
    case 'hard-restart':
      return planStopAndStart(action, facts, options, stopasgroup, [
        { code: 'downtime', why: 'asked' },
      ]);
    case 'start':
      return planStartAlone(facts, options, stopasgroup);
    case 'stop':
      return planStopAlone(facts, stopasgroup);
    case 'reopen-logs':
    case 'scale':
    case 'upgrade':
      return planVerb(action, facts, options);
  }
}

/** What is asked of a server that runs, without a new version. */
function planVerb(
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
    strategy: undefined,
    workersAfter: undefined,
    undo: [],
    onFailure: [],
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

function planReload(
  action: 'reload' | 'restart',
  facts: ReloadFacts,
  options: ReloadOptions,
  stopasgroup: boolean,
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
      return planOther(action, facts, server, options, stopasgroup);
    case 'running':
      return server.reloads === 'by-itself'
        ? planKnown(action, facts, server, options, stopasgroup)
        : planGunicorn(action, facts, server, options, stopasgroup);
  }
}

/** Neither what the master has loaded nor who may signal it matters where a second instance takes its place. */
function planOverlapped(
  action: 'reload' | 'restart' | 'upgrade',
  facts: ReloadFacts,
  options: ReloadOptions,
  choice: OverlapChoice,
): Result<Plan, Refusal> {
  const { supervision } = facts;
  const name = facts.target.supervisorName;
  if (supervision === undefined || name === undefined) {
    return err({ code: 'no-supervisor', action });
  }
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
    ...planOverlap(facts, options, { supervision, name, choice, workers: counts }),
    onFailure: [],
  });
}

const isJobRunner = (facts: ReloadFacts): boolean =>
  knownOf(facts)?.server.type.kind === 'job-runner';

/** Why no new instance of this gunicorn could come up. */
function findBootTrap(gunicorn: GunicornFacts): Refusal | undefined {
  if (gunicorn.settings?.ok === false && gunicorn.settings.error.why === 'broken') {
    return { code: 'settings-broken', output: gunicorn.settings.error.output };
  }
  const [taken] = gunicorn.bindTaken;
  return taken === undefined ? undefined : { code: 'bind-taken', address: taken };
}

function planGunicorn(
  action: 'reload' | 'restart',
  facts: ReloadFacts,
  gunicorn: GunicornFacts,
  options: ReloadOptions,
  stopasgroup: boolean,
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
    return planStopAndStart(action, facts, options, stopasgroup, choice.value.notes);
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
    steps: built.steps,
    undo: built.undo,
    onFailure: [],
  };
}

type GentleStrategy = 'bridge' | 'rolling' | 'hup' | 'overlap';

/** How many workers the configuration gives, and how many there are to be at the end. */
function countWorkers(
  facts: ReloadFacts,
  gunicorn: GunicornFacts,
  strategy: GentleStrategy,
): { readonly configured: number; readonly after: number; readonly notes: readonly PlanNote[] } {
  const running = gunicorn.workers.length;
  const configured = knownSettings(gunicorn)?.workers ?? running;
  if (facts.unfinished !== undefined) {
    const { strategy: before, workersAfter } = facts.unfinished;
    const after = strategy === 'rolling' || !gunicorn.configChanged ? workersAfter : configured;
    return {
      configured,
      after,
      notes: [{ code: 'interrupted-before', strategy: before, workers: after }],
    };
  }
  // A rolling reload does not read the configuration again: the count stays what it is. Neither does a leftover bridge raise it.
  if (strategy === 'rolling') return { configured, after: running, notes: [] };
  if (running <= configured || gunicorn.bridge !== undefined) {
    const notes: PlanNote[] =
      running === configured || gunicorn.bridge !== undefined
        ? []
        : [{ code: 'workers-change', from: running, to: configured }];
    return { configured, after: configured, notes };
  }
  const wasConfigured =
    gunicorn.workersConfiguredBefore ?? (gunicorn.configChanged ? undefined : configured);
  if (wasConfigured === configured) {
    return {
      configured,
      after: running,
      notes: [{ code: 'workers-raised', configured, running }],
    };
  }
  return {
    configured,
    after: configured,
    notes: [
      wasConfigured === undefined
        ? { code: 'workers-raised-lost', configured, running }
        : { code: 'workers-change', from: running, to: configured },
    ],
  };
}

function noteGunicorn(
  facts: ReloadFacts,
  gunicorn: GunicornFacts,
  strategy: GentleStrategy,
  options: ReloadOptions,
): readonly PlanNote[] {
  const settings = knownSettings(gunicorn);
  const notes: PlanNote[] = [];
  if (gunicorn.bridge !== undefined) {
    notes.push({ code: 'leftover-bridge', pid: gunicorn.bridge.pid });
  }
  if (settings === undefined) {
    notes.push({ code: 'settings-unknown', why: gunicorn.settingsUnknown ?? 'not asked' });
  }
  if (!gunicorn.seesReadiness) {
    notes.push({
      code: 'readiness-by-time',
      seconds: facts.supervision?.startsecs ?? limitBoot(settings, options).ms / 1000,
    });
  }
  if (gunicorn.configChanged && settings?.configFile !== undefined) {
    notes.push({
      code: 'config-changed',
      path: settings.configFile,
      applied: strategy !== 'rolling',
    });
  }
  const drops = settings === undefined ? undefined : findDrops(settings);
  if (settings !== undefined && drops !== undefined) {
    notes.push({ code: 'workers-drop-connections', version: settings.version, why: drops });
  }
  if (settings !== undefined && strategy === 'bridge') {
    const twice = settings.hooks.filter((hook) =>
      ['on_starting', 'when_ready', 'on_exit'].includes(hook),
    );
    if (twice.length > 0) notes.push({ code: 'server-hooks-run-twice', hooks: twice });
  }
  return notes;
}

function planKnown(
  action: 'reload' | 'restart',
  facts: ReloadFacts,
  server: KnownServerFacts,
  options: ReloadOptions,
  stopasgroup: boolean,
): Result<Plan, Refusal> {
  if (options.strategy === 'restart') {
    return planStopAndStart(action, facts, options, stopasgroup, [
      { code: 'downtime', why: 'asked' },
    ]);
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
      ? planStopAndStart(action, facts, options, stopasgroup, [
          { code: 'downtime', why: 'allowed' },
        ])
      : native;
  }
  return ok({
    ...describePlan(action, facts),
    strategy: 'native',
    workersAfter: undefined,
    ...native.value,
    undo: [],
    onFailure: [],
  });
}

/** Why nothing can be asked of a server that is not known, or not the expected one. */
function refuseOther({
  proc: { pid },
  expected,
}: Extract<ReloadFacts['server'], { type: 'other' }>): Refusal {
  if (expected === undefined) return { code: 'type-unknown', pid };
  return expected.reloads === 'by-strategy'
    ? { code: 'no-master', pid }
    : { code: 'type-mismatch', pid, type: expected.type };
}

function planOther(
  action: 'reload' | 'restart',
  facts: ReloadFacts,
  server: Extract<ReloadFacts['server'], { type: 'other' }>,
  options: ReloadOptions,
  stopasgroup: boolean,
): Result<Plan, Refusal> {
  if (
    options.strategy === 'restart' ||
    (options.allowDowntime && options.reloadSignal === undefined)
  ) {
    return planStopAndStart(action, facts, options, stopasgroup, [
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

/** The supervisor keeps the listening sockets open between stop and start. */
const isHeld = (facts: ReloadFacts): boolean =>
  (facts.supervision?.overlap?.sockets.length ?? 0) > 0;

const withoutRefusals = (note: PlanNote): PlanNote =>
  note.code === 'downtime' ? { code: 'stall', why: 'sockets-held' } : note;

/** Nobody allowed a restart anything: it was asked for. */
function withoutPermission(note: PlanNote): PlanNote {
  return note.code === 'downtime' && note.why === 'allowed'
    ? { code: 'downtime', why: 'no-reload' }
    : note;
}

/** `restart` without --hard: a reload where that loads new code, else stop and start, which it says before doing it. */
function planGentleRestart(
  facts: ReloadFacts,
  options: ReloadOptions,
  stopasgroup: boolean,
): Result<Plan, Refusal> {
  if (facts.server.type === 'none') return planStartAlone(facts, options, stopasgroup);
  const reload = planReload('restart', facts, { ...options, allowDowntime: true }, stopasgroup);
  if (reload.ok) return ok({ ...reload.value, notes: reload.value.notes.map(withoutPermission) });
  if (facts.supervision === undefined || !canRestartInstead(reload.error)) return reload;
  return planStopAndStart('restart', facts, options, stopasgroup, [
    { code: 'downtime', why: 'no-reload' },
  ]);
}

function planStopAndStart(
  action: 'reload' | 'restart' | 'hard-restart',
  facts: ReloadFacts,
  options: ReloadOptions,
  stopasgroup: boolean,
  notes: readonly PlanNote[],
): Result<Plan, Refusal> {
  const name = facts.target.supervisorName;
  if (facts.supervision === undefined || name === undefined) {
    return err({ code: 'no-supervisor', action });
  }
  const gunicorn = gunicornOf(facts);
  const settings = gunicorn === undefined ? undefined : knownSettings(gunicorn);
  const hard = action === 'hard-restart';
  const isUp = facts.server.type !== 'none' || facts.supervision.state === 'BACKOFF';
  return ok({
    ...describePlan(action, facts),
    strategy: 'restart',
    workersAfter: settings?.workers,
    notes: [...(isHeld(facts) ? notes.map(withoutRefusals) : notes), ...noteStop(facts)],
    steps: isUp
      ? planRestart(facts, options, facts.supervision, name, { hard, stopasgroup })
      : [
          ...clearOrphans(facts, facts.supervision, stopasgroup),
          ...planStart(facts, options, facts.supervision, name, settings?.workers),
        ],
    undo: [],
    onFailure: [],
  });
}

function planStartAlone(
  facts: ReloadFacts,
  options: ReloadOptions,
  stopasgroup: boolean,
): Result<Plan, Refusal> {
  const name = facts.target.supervisorName;
  if (facts.supervision === undefined || name === undefined) {
    return err({ code: 'no-supervisor', action: 'start' });
  }
  return ok({
    ...describePlan('start', facts),
    strategy: undefined,
    workersAfter: undefined,
    notes: [],
    steps: [
      ...clearOrphans(facts, facts.supervision, stopasgroup),
      ...planStart(facts, options, facts.supervision, name, undefined),
    ],
    undo: [],
    onFailure: [],
  });
}

function planStopAlone(facts: ReloadFacts, stopasgroup: boolean): Result<Plan, Refusal> {
  const name = facts.target.supervisorName;
  if (facts.supervision === undefined || name === undefined) {
    return err({ code: 'no-supervisor', action: 'stop' });
  }
  return ok({
    ...describePlan('stop', facts),
    strategy: undefined,
    workersAfter: undefined,
    notes: noteStop(facts),
    steps: planStop(facts, facts.supervision, name, { stopasgroup, thenStart: false }),
    undo: [],
    onFailure: [],
  });
}

function describePlan(
  action: PlannedAction,
  facts: ReloadFacts,
): Pick<Plan, 'action' | 'target' | 'serverType' | 'version' | 'procs'> {
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
  };
}
