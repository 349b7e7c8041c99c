import type { GunicornSettings } from '../servers/gunicorn/settings.ts';
import type { ReloadOptions, StartFacts } from './facts.ts';
import type { Limit, StepId } from './plan.ts';

const SECOND = 1000;

/** gunicorn's own defaults (gunicorn/config.py), for a master whose settings cannot be asked. */
export const GUNICORN_DEFAULTS = { timeout: 30, gracefulTimeout: 30 } as const;

/** For a gunicorn that does not watch its workers (timeout = 0). */
const BOOT_WITHOUT_WATCH_MS = 120 * SECOND;

/** How long a new version stays under watch before it counts, where nobody said otherwise. */
const DEFAULT_PROVE_MS = 1500;
const DEFAULT_SETTLE_MS = 1000;

/** One pass of a master's main loop is a second; a machine under heavy load, on which python alone takes seconds to start, gets thirty. */
export const MASTER_LOOP: Limit = { ms: 30 * SECOND, reason: 'master-loop' };

/** For one boot of the new version. Two seconds more than `timeout`, so that gunicorn's own message comes first. */
export function limitBoot(
  settings: Pick<GunicornSettings, 'timeout'> | undefined,
  options: ReloadOptions,
): Limit {
  if (options.timeoutMs !== undefined) return { ms: options.timeoutMs, reason: 'asked' };
  const timeout = settings?.timeout ?? GUNICORN_DEFAULTS.timeout;
  return timeout === 0
    ? { ms: BOOT_WITHOUT_WATCH_MS, reason: 'worker-timeout' }
    : { ms: (timeout + 2) * SECOND, reason: 'worker-timeout' };
}

/** For a server of which nothing is known; it is RUNNING long before as a rule. */
const UNKNOWN_BOOT_MS = 60 * SECOND;

/** For a program that does not run yet. */
export function limitStart(starts: StartFacts | undefined, options: ReloadOptions): Limit {
  if (starts?.by !== 'guess') return limitBoot(starts, options);
  return options.timeoutMs === undefined
    ? { ms: UNKNOWN_BOOT_MS, reason: 'not-known' }
    : { ms: options.timeoutMs, reason: 'asked' };
}

/** For requests in flight: graceful_timeout, counted from the step that asked the workers to go. */
export function limitGrace(settings: GunicornSettings | undefined, since?: StepId): Limit {
  const seconds = settings?.gracefulTimeout ?? GUNICORN_DEFAULTS.gracefulTimeout;
  return {
    ms: seconds * SECOND,
    reason: 'graceful-timeout',
    ...(since === undefined ? {} : { since }),
  };
}

/** For a whole master that was TERMed: it waits graceful_timeout itself, then KILLs its workers. Two seconds for its own end. */
export function limitMasterExit(settings: GunicornSettings | undefined): Limit {
  const seconds = settings?.gracefulTimeout ?? GUNICORN_DEFAULTS.gracefulTimeout;
  return { ms: (seconds + 2) * SECOND, reason: 'graceful-timeout' };
}

/** How long the new version must stay up beside the old one. */
export function proveMs(options: ReloadOptions): number {
  return options.settleMs ?? DEFAULT_PROVE_MS;
}

/** How long the result must hold at the end. */
export function settleMs(options: ReloadOptions): number {
  return options.settleMs ?? DEFAULT_SETTLE_MS;
}

/** A settling time gets as long again for a worker that is replaced in it, and the pass of a main loop. */
export function limitSettle(options: ReloadOptions): Limit {
  return { ms: settleMs(options) * 2 + 10 * SECOND, reason: 'settle' };
}

/** A hook that takes longer is taken for one that hangs. */
export const HOOK: Limit = { ms: 60 * SECOND, reason: 'hook' };

/** A health check may fail while the new workers warm up; after this time it has failed. */
export const HEALTH: Limit = { ms: 15 * SECOND, reason: 'health' };

/** For the version that runs: it has had its time to warm up. */
export const HEALTH_NOW: Limit = { ms: 5 * SECOND, reason: 'health' };

/**
 * For the end of a whole instance, whom the supervisor that overlaps KILLs when both stopwaitsecs and graceful_timeout are over: as long, and
 * time for the KILL to be seen.
 */
export function limitInstanceExit(
  stopwaitsecs: number,
  gracefulTimeout: number | undefined,
): Limit {
  const graceful = gracefulTimeout ?? 0;
  return {
    ms: (Math.max(stopwaitsecs, graceful) + 15) * SECOND,
    reason: graceful > stopwaitsecs ? 'graceful-timeout' : 'stopwaitsecs',
  };
}

/** The supervisor reads the settings of a program before it starts a second instance, which takes as long as python needs to start. */
export const SUCCESSOR_CALL: Limit = { ms: 30 * SECOND, reason: 'supervisor-call' };
