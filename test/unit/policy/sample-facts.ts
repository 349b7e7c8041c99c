import type { Pid, ProcId } from '../../../src/os/proc.ts';
import type {
  GunicornFacts,
  OverlapFacts,
  ReloadFacts,
  ReloadOptions,
  ServerFacts,
  SupervisionFacts,
} from '../../../src/policy/facts.ts';
import type { GunicornSettings } from '../../../src/servers/gunicorn/settings.ts';
import { gunicorn } from '../../../src/servers/gunicorn/gunicorn.ts';
import { resolveType } from '../../../src/servers/resolve-type.ts';
import { ok } from '../../../src/base/result.ts';
import { sampleLive } from '../servers/sample-live.ts';

const MIB = 1024 * 1024;

/** An identity; the start ticks follow from the pid. */
export const proc = (pid: number): ProcId => ({ pid: pid as Pid, startTicks: pid * 10 });

/** The master of {@link sampleGunicorn}. */
export const MASTER = proc(1000);

/** Options where nobody asked for anything. */
export function sampleOptions(changes: Partial<ReloadOptions> = {}): ReloadOptions {
  return {
    strategy: 'auto',
    surge: undefined,
    healthUrls: [],
    settleMs: undefined,
    timeoutMs: undefined,
    allowDowntime: false,
    reloadSignal: undefined,
    hooks: {},
    ...changes,
  };
}

/** Settings as an ordinary gunicorn of four workers has them. */
export function sampleSettings(changes: Partial<GunicornSettings> = {}): GunicornSettings {
  return {
    version: '20.1.0',
    workers: 4,
    threads: 1,
    workerClass: 'sync',
    timeout: 30,
    gracefulTimeout: 20,
    preloadApp: false,
    bind: ['127.0.0.1:8000'],
    pidfile: '/run/app.pid',
    chdir: '/srv/app',
    daemon: false,
    reusePort: false,
    reload: false,
    maxRequests: 0,
    maxRequestsJitter: 0,
    configFile: '/srv/app/gunicorn.py',
    controlSocket: undefined,
    errorLog: undefined,
    hooks: [],
    ...changes,
  };
}

/** `count` workers that serve. */
export const sampleWorkers = (count: number): GunicornFacts['workers'] =>
  Array.from({ length: count }, (_, index) => ({ ...proc(1001 + index), ready: true }));

/** A gunicorn of four workers with memory for a second set: 50 MiB each, the master 30. */
export function sampleGunicorn(changes: Partial<GunicornFacts> = {}): GunicornFacts {
  const workers = changes.workers ?? sampleWorkers(4);
  const settings = 'settings' in changes ? changes.settings : ok(sampleSettings());
  const live = sampleLive({ version: settings?.ok === true ? settings.value.version : undefined });
  return {
    type: 'running',
    reloads: 'by-strategy',
    server: resolveType(gunicorn, live),
    live,
    master: MASTER,
    signalsReady: true,
    successorOf: undefined,
    bridge: undefined,
    bridgeServes: changes.bridge !== undefined,
    seesReadiness: true,
    maySignal: true,
    settings,
    settingsUnknown: undefined,
    preflight: {
      command: {
        python: '/venv/bin/python',
        launcher: ['/venv/bin/python', '/venv/bin/gunicorn'],
        args: ['wsgi:app'],
      },
      cwd: '/srv/app',
      user: undefined,
      environment: 'live-process',
    },
    configChanged: false,
    preloadedBefore: undefined,
    workersConfiguredBefore: undefined,
    release: {
      directory: '/srv/app',
      directoryNow: '/srv/app',
      masterCwd: '/srv/app',
      pwdNow: undefined,
      chdirNow: '/srv/app',
    },
    memory: { available: 1024 * MIB, workers: workers.length * 50 * MIB, master: 30 * MIB },
    bindTaken: [],
    boundNow: ['127.0.0.1:8000'],
    ...changes,
    workers,
  };
}

/** What a supervisor says that owns the sockets. */
export function sampleOverlap(changes: Partial<OverlapFacts> = {}): OverlapFacts {
  return {
    sockets: ['127.0.0.1:8000'],
    reason: '',
    successor: undefined,
    gracefulTimeout: 20,
    ...changes,
  };
}

/** A running program under supervisord. */
export function sampleSupervision(changes: Partial<SupervisionFacts> = {}): SupervisionFacts {
  return {
    overlap: undefined,
    state: 'RUNNING',
    proc: MASTER,
    startsecs: 1,
    startretries: 3,
    stopwaitsecs: 30,
    autorestart: 'unexpected',
    stopasgroup: false,
    ...changes,
  };
}

/** A supervised program whose server is `server`. */
export function sampleFacts(
  server: ServerFacts = sampleGunicorn(),
  changes: Partial<ReloadFacts> = {},
): ReloadFacts {
  return {
    target: { label: 'app', supervisorName: 'app:app' },
    server,
    supervision: sampleSupervision(),
    unfinished: undefined,
    user: 'root',
    ...changes,
  };
}

/** The same without a supervisor. */
export const bareFacts = (server: ServerFacts = sampleGunicorn()): ReloadFacts =>
  sampleFacts(server, {
    target: { label: 'pid:1000', supervisorName: undefined },
    supervision: undefined,
  });
