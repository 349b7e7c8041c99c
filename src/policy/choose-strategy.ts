import { err, ok, type Result } from '../base/result.ts';
import type { Surge } from '../config/settings/setting-values.ts';
import { isSameProc } from '../os/proc.ts';
import type { GunicornFacts, ReloadFacts, ReloadOptions } from './facts.ts';
import type { PlanNote } from './plan-note.ts';
import type { Refusal } from './refusal.ts';
import { isCarriedByBridge, knownSettings } from './steps.ts';

/** A strategy for gunicorn, ready to be planned. */
export type Choice =
  | { readonly strategy: 'bridge'; readonly notes: readonly PlanNote[] }
  | { readonly strategy: 'rolling'; readonly surge: number; readonly notes: readonly PlanNote[] }
  | { readonly strategy: 'hup'; readonly notes: readonly PlanNote[] }
  | { readonly strategy: 'restart'; readonly notes: readonly PlanNote[] };

/** Memory is an estimate: a tenth more than the workers use now has to be free. */
const MEMORY_MARGIN = 1.1;

/** Why HUP, TTIN and USR2 would all load other code than the new one; undefined where they would not. */
export function findCodeTrap(facts: GunicornFacts): Refusal | undefined {
  const settings = knownSettings(facts);
  // What the master has loaded itself stays loaded, also when preload_app is off by now.
  if (settings?.preloadApp === true || facts.preloadedBefore === true) {
    return { code: 'preloaded' };
  }
  const { directory, directoryNow, masterCwd, pwdNow, chdirNow, gone } = facts.release;
  if (gone !== undefined) return { code: 'directory-gone', ...gone };
  const { interpreter } = facts.release;
  if (interpreter !== undefined) return { code: 'other-interpreter', ...interpreter };
  const held = settings?.heldChanged ?? [];
  if (held.length > 0) return { code: 'held-modules', files: held };
  if (masterCwd === undefined) return undefined;
  const trap: Refusal = {
    code: 'stale-release',
    directory: directory ?? masterCwd,
    pointsTo: directoryNow ?? '',
    masterCwd,
  };
  // A HUP asks for the working directory first and ends the master when there is none (gunicorn/util.py, getcwd).
  if (masterCwd.endsWith(' (deleted)')) return trap;
  if (directoryNow === undefined || masterCwd === directoryNow) return undefined;
  if (settings?.isChdirSet === true) {
    // It is followed at each load: from the root, or from where the master was started.
    const isFromStart = settings.chdir.startsWith(`${directoryNow}/`);
    const startMoves = directory !== directoryNow && pwdNow !== directoryNow;
    return masterCwd !== chdirNow && isFromStart && startMoves ? trap : undefined;
  }
  // gunicorn returns to its chdir setting and to PWD at each load, so either may name the link itself.
  if (chdirNow === directoryNow || pwdNow === directoryNow) return undefined;
  return trap;
}

/** Bytes that a second set of workers with its master needs; undefined where it cannot be known. */
export function estimateSecondSet(facts: GunicornFacts): number | undefined {
  const { workers, master } = facts.memory;
  if (workers === undefined || facts.workers.length === 0) return undefined;
  const configured = knownSettings(facts)?.workers ?? facts.workers.length;
  return Math.ceil(((workers / facts.workers.length) * configured + (master ?? 0)) * MEMORY_MARGIN);
}

/** How many more workers fit into the memory that is free. */
function countFittingWorkers(facts: GunicornFacts): number {
  const { workers, available } = facts.memory;
  if (workers === undefined || available === undefined || facts.workers.length === 0) return 0;
  return Math.floor(available / ((workers / facts.workers.length) * MEMORY_MARGIN));
}

/** A surge as a number of workers, at least one and at most all. */
export function resolveSurge(surge: Surge | undefined, workers: number): number {
  if (surge === undefined) return workers;
  const wanted =
    surge.kind === 'count' ? surge.workers : Math.ceil((workers * surge.percent) / 100);
  return Math.max(1, Math.min(workers, wanted));
}

const HUP_ASKED: Choice = {
  strategy: 'hup',
  notes: [
    { code: 'strategy-asked', strategy: 'hup' },
    { code: 'stall', why: 'hup' },
  ],
};

/** Picks the strategy for a running gunicorn: the first row of the table in docs/strategies.md that fits. */
export function chooseStrategy(
  facts: ReloadFacts,
  gunicorn: GunicornFacts,
  options: ReloadOptions,
): Result<Choice, Refusal> {
  const trap = findCodeTrap(gunicorn);
  const canRestart = facts.supervision !== undefined;
  const asked = options.strategy;
  if (asked === 'restart') {
    if (!canRestart) return err({ code: 'no-supervisor', action: 'restart' });
    return ok({ strategy: 'restart', notes: [{ code: 'downtime', why: 'asked' }] });
  }
  if (trap !== undefined) {
    if (options.allowDowntime && canRestart) {
      return ok({ strategy: 'restart', notes: [{ code: 'downtime', why: 'allowed' }] });
    }
    return err(trap);
  }
  // An app that the master has loaded would be "reloaded" without a change: that is asked for by name, or not done. Nor are workers of
  // a code that cannot be tried aside: one that does not boot would end the master.
  const isBlind = knownSettings(gunicorn) === undefined;
  if ((asked === 'auto' && isBlind) || (asked === 'rolling' && gunicorn.preflight === undefined)) {
    return err({
      code: 'settings-unknown',
      pid: gunicorn.master.pid,
      why: gunicorn.settingsUnknown ?? 'not asked',
    });
  }
  const chosen = chooseGentle(facts, gunicorn, options);
  if (!chosen.ok) return chosen;
  const { strategy } = chosen.value;
  const bindMoves = gunicorn.bindMoves ?? [];
  const { relativeConfig } = gunicorn;
  const isCarried = isCarriedByBridge(gunicorn);
  const hasPreExec = gunicorn.preExecUnproved === true && !isCarried;
  if (strategy === 'bridge' && asked === 'auto' && (relativeConfig !== undefined || hasPreExec)) {
    if (!gunicorn.configChanged && gunicorn.preflight !== undefined) {
      return ok({
        strategy: 'rolling',
        surge: gunicorn.workers.length,
        notes: relativeConfig === undefined ? [] : [{ code: 'relative-config', ...relativeConfig }],
      });
    }
  }
  const unsafe: Refusal | undefined =
    strategy === 'bridge' && relativeConfig !== undefined
      ? { code: 'relative-config', ...relativeConfig }
      : strategy === 'bridge' && hasPreExec
        ? { code: 'pre-exec-unproved' }
        : strategy !== 'rolling' && bindMoves.length > 0
          ? { code: 'bind-moves', addresses: bindMoves }
          : undefined;
  if (unsafe === undefined) return chosen;
  return options.allowDowntime && canRestart
    ? ok({ strategy: 'restart', notes: [{ code: 'downtime', why: 'allowed' }] })
    : err(unsafe);
}

function chooseGentle(
  facts: ReloadFacts,
  gunicorn: GunicornFacts,
  options: ReloadOptions,
): Result<Choice, Refusal> {
  const asked = options.strategy;
  if (!gunicorn.maySignal) return chooseWithoutSignals(facts, gunicorn, options);
  if (isCarriedByBridge(gunicorn)) return ok({ strategy: 'bridge', notes: [] });
  if (asked === 'hup') return ok(HUP_ASKED);
  const workers = gunicorn.workers.length;
  if (asked === 'rolling' || (asked === 'auto' && options.surge !== undefined)) {
    return ok({
      strategy: 'rolling',
      surge: resolveSurge(options.surge, workers),
      notes: [{ code: 'strategy-asked', strategy: 'rolling' }],
    });
  }
  if (asked === 'bridge') {
    return ok({ strategy: 'bridge', notes: [{ code: 'strategy-asked', strategy: 'bridge' }] });
  }
  return chooseByMemory(gunicorn, options);
}

function chooseByMemory(gunicorn: GunicornFacts, options: ReloadOptions): Result<Choice, Refusal> {
  const needed = estimateSecondSet(gunicorn);
  const { available } = gunicorn.memory;
  if (needed === undefined || available === undefined) {
    return ok({
      strategy: 'bridge',
      notes: [{ code: 'bridge-is-default' }, { code: 'memory-unknown' }],
    });
  }
  if (available >= needed)
    return ok({ strategy: 'bridge', notes: [{ code: 'bridge-is-default' }] });
  const fitting = Math.min(countFittingWorkers(gunicorn), gunicorn.workers.length);
  if (fitting >= 1 && !gunicorn.configChanged) {
    return ok({
      strategy: 'rolling',
      surge: fitting,
      notes: [
        {
          code: 'memory-for-some',
          availableBytes: available,
          neededBytes: needed,
          surge: fitting,
        },
      ],
    });
  }
  if (options.allowDowntime) {
    return ok({ strategy: 'hup', notes: [{ code: 'stall', why: 'hup' }] });
  }
  return err({ code: 'no-memory', availableBytes: available, neededBytes: needed });
}

/**
 * The supervisor passes signals on to the supervised process only: enough for HUP, TTIN and TTOU, not for a bridge, which could not be
 * ended again, nor for old workers one by one: a rolling reload has to bring all new ones in at once.
 */
function chooseWithoutSignals(
  facts: ReloadFacts,
  gunicorn: GunicornFacts,
  options: ReloadOptions,
): Result<Choice, Refusal> {
  const supervised = facts.supervision?.proc;
  const reaches = supervised !== undefined && isSameProc(supervised, gunicorn.master);
  const canRoll =
    (options.strategy === 'auto' || options.strategy === 'rolling') &&
    gunicorn.preflight !== undefined;
  if (!reaches || gunicorn.bridge !== undefined || (!canRoll && options.strategy !== 'hup')) {
    return err({
      code: 'not-permitted',
      pid: gunicorn.master.pid,
      user: facts.user,
      strategy: options.strategy,
    });
  }
  if (options.strategy === 'hup') return ok(HUP_ASKED);
  return ok({
    strategy: 'rolling',
    surge: Math.max(gunicorn.workers.length, facts.unfinished?.workersAfter ?? 0),
    notes: [{ code: 'supervisor-signals-only', user: facts.user }],
  });
}
