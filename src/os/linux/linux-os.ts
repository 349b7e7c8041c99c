import { readFile } from 'node:fs/promises';
import { realClock } from '../clock.ts';
import { filesOfUser } from '../as-user/user-files.ts';
import type { Rights } from '../credentials.ts';
import { ourFiles, type Files } from '../files.ts';
import { findPathWriters } from '../path-writers.ts';
import type { CommandRequest, CommandResult, Os } from '../os.ts';
import type { Pid, ProcId } from '../proc.ts';
import { findUserById, findUserByName, rightsOf } from '../users.ts';
import { kernelConstants } from './auxiliary-vector.ts';
import { bootEpochMs } from './boot-time.ts';
import { readListeners } from './listeners.ts';
import { readMemoryAvailable, readBytesRead, readMemoryOf } from './memory.ts';
import * as details from './process-details.ts';
import { findProcess, listProcesses } from './process-table.ts';
import { readCredentials } from './read-credentials.ts';
import { canSignal, sendSignal } from './send-signal.ts';

/**
 * Linux through /proc. Commands, HTTP and locks are loaded when first used, so that a command that
 * only reads /proc starts without them.
 */
export function createLinuxOs(): Os {
  return {
    kind: 'linux',
    me: {
      pid: process.pid as Pid,
      uid: process.geteuid?.() ?? 0,
      gid: process.getegid?.() ?? 0,
    },
    ...realClock,
    files,
    processes: () => inPromise(listProcesses),
    process: (pid) => inPromise(() => findProcess(pid)),
    startedAt,
    signals: details.readSignals,
    argv: details.readArgv,
    environment: details.readEnvironment,
    cwd: details.readCwd,
    credentials: readCredentials,
    executable: details.readExecutable,
    openFiles: details.readOpenFiles,
    openFileStat: details.readOpenFileStat,
    polledFiles: details.readPolledFiles,
    memoryOf: readMemoryOf,
    bytesRead: readBytesRead,
    memoryAvailable: readMemoryAvailable,
    listeners: readListeners,
    kill: (id, signal, options) => inPromise(() => sendSignal(id, signal, options?.group === true)),
    maySignal: (id) => inPromise(() => canSignal(id)),
    run,
    httpGet: async (url, timeoutMs, rights, abort, how) => {
      const { probeHttp } = await import('../http-get.ts');
      return probeHttp(url, timeoutMs, files(rights), abort, how);
    },
    httpPost: async (url, json, timeoutMs, abort) => {
      const { probeHttp } = await import('../http-get.ts');
      return probeHttp(url, timeoutMs, ourFiles, abort, { json });
    },
    tell: async (channel, path, message, timeoutMs, rights) => {
      const { tellChannel } = await import('../control-channel.ts');
      return tellChannel(channel, path, message, timeoutMs, files(rights));
    },
    tryLock: async (name, purpose) => {
      const { tryLockOnLinux } = await import('./lock-witness.ts');
      return tryLockOnLinux(name, purpose);
    },
    userByName: findUserByName,
    userById: findUserById,
    rightsOf,
    pathWriters: (path) => findPathWriters(path),
    answerers: async (address, claimed) => {
      const { findAnswerers } = await import('./find-answerers.ts');
      return findAnswerers(address, claimed);
    },
  };
}

function files(rights: Rights): Files {
  return rights === 'ours' ? ourFiles : filesOfUser(rights, { uid: process.geteuid?.() ?? 0 });
}

/**
 * Synchronous work behind an asynchronous interface, for speed or safety. A throw becomes a
 * rejection.
 */
function inPromise<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

async function startedAt(id: ProcId): Promise<number> {
  const [stat, uptime] = await Promise.all([
    readFile('/proc/stat', 'utf8'),
    readFile('/proc/uptime', 'utf8'),
  ]);
  const boot = bootEpochMs({ stat, uptime, wallClockMs: realClock.wallClock() });
  return boot + (id.startTicks / kernelConstants().ticksPerSecond) * 1000;
}

async function run(request: CommandRequest): Promise<CommandResult> {
  const [{ runCommand }, { procSession }] = await Promise.all([
    import('../command/run-command.ts'),
    import('./proc-session.ts'),
  ]);
  return runCommand(request, {
    uid: process.geteuid?.() ?? 0,
    session: procSession,
    identify,
  });
}

function identify(pid: number): ProcId {
  const proc = findProcess(pid);
  // A child has its entry in /proc until it is waited for, and that is later than this.
  if (proc === undefined) throw new Error(`Internal error: no /proc/${pid} of a new child`);
  return { pid: proc.pid, startTicks: proc.startTicks };
}
