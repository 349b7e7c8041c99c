import type { GunicornFacts, ReloadOptions } from './facts.ts';
import {
  HEALTH,
  HOOK,
  MASTER_LOOP,
  limitBoot,
  limitGrace,
  limitMasterExit,
  limitSettle,
  proveMs,
  settleMs,
} from './limits.ts';
import { healthTerms } from './health.ts';
import type { SignalName } from '../os/signals.ts';
import type { HookMoment } from '../config/settings/setting-values.ts';
import type { Phase, Step, StepId } from './plan.ts';
import type { GunicornSettings } from '../servers/gunicorn/settings.ts';

/** Names a step. */
export const stepId = (name: string): StepId => name as StepId;

/** The settings where they are known. */
export function knownSettings(facts: GunicornFacts | undefined): GunicornSettings | undefined {
  return facts?.settings?.ok === true ? facts.settings.value : undefined;
}

/** The name under which a control socket's file is kept while another process may unlink the first. */
const keptName = (path: string): string => `${path}.reloadctl`;

/**
 * gunicorn 25.1 and later: a second master unlinks the control socket when it starts and when it ends; the first master binds it again
 * when it forks (26 and later, gunicorn/ctl/server.py) or never. A second name for the file keeps the first one's reachable.
 */
export function keepControlSocket(
  facts: GunicornFacts,
  phase: Phase,
  id: string,
  which: Pick<Extract<Step, { do: 'keep-file' }>, 'madeSince' | 'unlessKept'> = {},
): readonly Step[] {
  const path = knownSettings(facts)?.controlSocket;
  return path === undefined
    ? []
    : [{ id: stepId(id), phase, do: 'keep-file', path, as: keptName(path), ...which }];
}

/** Undoes {@link keepControlSocket}. */
export function restoreControlSocket(
  facts: GunicornFacts,
  phase: Phase,
  id: string,
): readonly Step[] {
  const path = knownSettings(facts)?.controlSocket;
  return path === undefined
    ? []
    : [{ id: stepId(id), phase, do: 'restore-file', path, from: keptName(path) }];
}

/** Ends the bridge and takes away what it leaves behind. */
export function retireBridge(facts: GunicornFacts, phase: Phase, id: string): readonly Step[] {
  const settings = knownSettings(facts);
  const pidfile = settings?.pidfile;
  return [
    {
      id: stepId(id),
      phase,
      do: 'signal',
      signal: 'SIGTERM',
      to: 'bridge',
      via: 'direct',
      effect: { is: 'bridge-gone' },
      limit: limitMasterExit(settings),
      atLimit: 'kill',
    },
    ...restoreControlSocket(facts, phase, `${id}-restore-control`),
    ...(pidfile === undefined
      ? []
      : [
          {
            id: stepId(`${id}-pidfile`),
            phase,
            do: 'remove-pidfile',
            path: `${pidfile}.2`,
          } satisfies Step,
        ]),
  ];
}

/** A bridge that an interrupted run left is all that serves: no worker of the master is ready. */
export function isCarriedByBridge({ bridge, bridgeServes, workers }: GunicornFacts): boolean {
  return bridge !== undefined && bridgeServes && !workers.some(({ ready }) => ready !== false);
}

/** A bridge that an interrupted run left goes when the master's own workers serve. */
export function retireLeftoverBridge(
  facts: GunicornFacts,
  options: ReloadOptions,
): readonly Step[] {
  if (facts.bridge === undefined) return [];
  const settings = knownSettings(facts);
  const workers = Math.max(1, Math.min(facts.workers.length, settings?.workers ?? 1));
  return [
    {
      id: stepId('leftover-master-complete'),
      phase: 'prove',
      do: 'wait',
      until: { is: 'workers-ready', count: workers },
      limit: limitBoot(settings, options),
      // One that hangs is replaced by what follows.
      atLimit: 'note',
    },
    {
      id: stepId('leftover-master-serves'),
      phase: 'prove',
      do: 'wait',
      until: { is: 'workers-ready', count: 1 },
      limit: MASTER_LOOP,
      atLimit: 'degraded',
    },
    ...keepControlSocket(facts, 'prove', 'leftover-keep-control', { unlessKept: true }),
    ...retireBridge(facts, 'prove', 'leftover-bridge'),
  ];
}

/** HUP, then the new workers, then the end of the old ones. */
export function changeWorkersByHup(
  facts: GunicornFacts,
  options: ReloadOptions,
  workers: number,
): readonly Step[] {
  const settings = knownSettings(facts);
  const hup = stepId('hup');
  return [
    {
      id: hup,
      phase: 'switch',
      do: 'signal',
      signal: 'SIGHUP',
      to: 'master',
      via: facts.maySignal ? 'direct' : 'supervisor',
      effect: { is: 'new-worker-appeared' },
      limit: MASTER_LOOP,
      atLimit: 'degraded',
    },
    {
      id: stepId('new-workers'),
      phase: 'switch',
      do: 'wait',
      until: { is: 'new-workers-ready', count: workers },
      limit: { ...limitBoot(settings, options), since: hup },
      atLimit: 'degraded',
    },
    waitForOldWorkers(facts, 'switch', hup),
  ];
}

/**
 * Where gunicorn.py was changed after the master loaded it, nobody knows whether preload_app was on then: the master would go on with the
 * code that it has. So the new workers are seen to read the code.
 */
export function seeCodeReadAnew(facts: GunicornFacts): readonly Step[] {
  if (!facts.configChanged || facts.preloadedBefore !== undefined || !facts.seesReadiness) {
    return [];
  }
  return [
    {
      id: stepId('code-read-anew'),
      phase: 'switch',
      do: 'wait',
      until: { is: 'code-read-anew' },
      limit: MASTER_LOOP,
      atLimit: 'refuse',
    },
  ];
}

/** The end of the old workers: graceful_timeout after the step that asked them all, else from here on, they are KILLed one by one. */
export function waitForOldWorkers(facts: GunicornFacts, phase: Phase, since?: StepId): Step {
  return {
    id: stepId('old-workers'),
    phase,
    do: 'wait',
    until: { is: 'old-workers-left', atMost: 0 },
    limit: limitGrace(knownSettings(facts), since),
    atLimit: 'kill',
  };
}

/** Puts the number of workers right after a row of TTINs or TTOUs, should one of them have been lost. */
export function correctCount(facts: GunicornFacts, phase: Phase, workers: number): Step {
  return {
    id: stepId('correct-count'),
    phase,
    do: 'scale',
    from: workers,
    to: workers,
    via: facts.maySignal ? 'direct' : 'supervisor',
    limit: MASTER_LOOP,
    atLimit: 'note',
  };
}

/** Brings the number of workers from `from` to `to`; nothing where they are equal. */
export function scaleWorkers(
  facts: GunicornFacts,
  phase: Phase,
  id: string,
  from: number,
  to: number,
  atLimit: 'refuse' | 'note' = 'note',
): readonly Step[] {
  return from === to
    ? []
    : [
        {
          id: stepId(id),
          phase,
          do: 'scale',
          from,
          to,
          via: facts.maySignal ? 'direct' : 'supervisor',
          limit: MASTER_LOOP,
          atLimit,
        },
      ];
}

/** The last look: everything as it should be for the settling time, and the health check. */
export function verifyResult(
  options: ReloadOptions,
  workers: number | undefined,
  settings?: Pick<GunicornSettings, 'maxRequests'>,
): readonly Step[] {
  const settled: Step = {
    id: stepId('settled'),
    phase: 'verify',
    do: 'wait',
    until: {
      is: 'settled',
      workers,
      ms: settleMs(options),
      recycles: (settings?.maxRequests ?? 0) > 0,
    },
    limit: limitSettle(options),
    atLimit: 'degraded',
  };
  return [settled, ...seeHealthy(options)];
}

/** The health check, where one was named. */
export function seeHealthy(options: ReloadOptions): readonly Step[] {
  const { healthUrls: urls } = options;
  if (urls.length === 0) return [];
  return [
    {
      id: stepId('healthy'),
      phase: 'verify',
      do: 'wait',
      until: { is: 'healthy', urls, ...healthTerms(options) },
      limit: HEALTH,
      atLimit: 'degraded',
    },
  ];
}

/** The command that the configuration gives for a moment; nothing where it gives none. */
export function hookStep(
  options: ReloadOptions,
  moment: HookMoment,
  phase: Phase,
  atLimit: 'refuse' | 'note',
): readonly Step[] {
  const argv = options.hooks[moment];
  return argv === undefined
    ? []
    : [{ id: stepId(`hook-${moment}`), phase, do: 'hook', moment, argv, limit: HOOK, atLimit }];
}

/** Boots the new code aside. With 'canary' one worker has to stay up for `steadyMs`. */
export function preflight(
  facts: GunicornFacts,
  options: ReloadOptions,
  how: 'check-config' | 'canary',
  steadyMs: number,
  { rehearse, hooks, health }: Trial = NO_TRIAL,
): readonly Step[] {
  if (facts.preflight === undefined) return [];
  const boot = limitBoot(knownSettings(facts), options);
  const { command, cwd, user, environment } = facts.preflight;
  return [
    {
      id: stepId('preflight'),
      phase: 'prove',
      do: 'preflight',
      how,
      argv: [...command.launcher, ...command.args],
      cwd,
      user,
      environment,
      steadyMs,
      ...(rehearse.length === 0 ? {} : { rehearse, hooks }),
      ...(health.length === 0 ? {} : { health: { urls: health, ...healthTerms(options) } }),
      // Each signal has another worker boot.
      limit: {
        ...boot,
        ms: boot.ms * (1 + rehearse.length) + (health.length === 0 ? 0 : HEALTH.ms),
      },
    },
  ];
}

/** What a canary is tried with beyond its boot: signals, because of hooks that a boot does not run, and the health check. */
interface Trial {
  readonly rehearse: readonly SignalName[];
  readonly hooks: readonly string[];
  readonly health: readonly string[];
}

const NO_TRIAL: Trial = { rehearse: [], hooks: [], health: [] };

/** Which hooks each signal makes a master run, beyond those of a boot (gunicorn/arbiter.py). */
const HOOKS_BY_SIGNAL: Readonly<Partial<Record<SignalName, readonly string[]>>> = {
  SIGHUP: ['on_reload', 'child_exit', 'nworkers_changed'],
  SIGTTIN: ['nworkers_changed'],
  SIGTTOU: ['nworkers_changed', 'child_exit'],
};

/** What of a plan's signals has to be tried on a canary first, and the addresses that are its own. */
function trialOf(
  facts: GunicornFacts,
  { healthUrls }: ReloadOptions,
  signals: readonly SignalName[],
): Trial {
  const defined = knownSettings(facts)?.hooks ?? [];
  const runBy = (signal: SignalName): readonly string[] =>
    (HOOKS_BY_SIGNAL[signal] ?? []).filter((hook) => defined.includes(hook));
  const rehearse = signals.filter((signal) => runBy(signal).length > 0);
  return {
    rehearse,
    hooks: [...new Set(rehearse.flatMap(runBy))],
    health: healthUrls.filter((url) => isOwnAddress(url, facts.boundNow)),
  };
}

const LOCAL = new Set(['127.0.0.1', 'localhost', '[::1]', '0.0.0.0', '[::]']);

/** Whether a health URL asks the server itself; what stands before it (a proxy, TLS) may answer otherwise than a private socket would. */
function isOwnAddress(url: string, boundNow: readonly string[]): boolean {
  const path = /^unix:(\/[^\0]*?)(?::\/.*)?$/u.exec(url)?.[1];
  if (path !== undefined) return boundNow.includes(`unix:${path}`);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:') return false;
  const port = parsed.port === '' ? '80' : parsed.port;
  return boundNow.some((address) => {
    const [, host, bound] = /^(.*):(\d+)$/u.exec(address) ?? [];
    if (host === undefined || bound !== port) return false;
    return host === parsed.hostname || (LOCAL.has(host) && LOCAL.has(parsed.hostname));
  });
}

/** Boots the new code aside where hooks of the plan's signals, or its health, have to be tried first. */
export function tryAside(
  facts: GunicornFacts,
  options: ReloadOptions,
  signals: readonly SignalName[],
): readonly Step[] {
  const trial = trialOf(facts, options, signals);
  const isNeeded = trial.rehearse.length > 0 || trial.health.length > 0;
  return isNeeded && canRunCanary(facts) ? preflight(facts, options, 'canary', 0, trial) : [];
}

/** Boots the new code aside as thoroughly as possible: a whole instance, which has to stay up for a while. */
export function bootAside(
  facts: GunicornFacts,
  options: ReloadOptions,
  signals: readonly SignalName[],
): readonly Step[] {
  return canRunCanary(facts)
    ? preflight(facts, options, 'canary', proveMs(options), trialOf(facts, options, signals))
    : preflight(facts, options, 'check-config', proveMs(options));
}

/**
 * A canary would escape with `daemon`, bind the real port with `reuse_port` (gunicorn then ignores the socket that it is handed), and
 * cannot be watched where readiness is not to be seen.
 */
function canRunCanary(facts: GunicornFacts): boolean {
  const settings = knownSettings(facts);
  return settings !== undefined && !settings.daemon && !settings.reusePort && facts.seesReadiness;
}
