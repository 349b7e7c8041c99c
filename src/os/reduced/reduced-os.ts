import { hostname } from 'node:os';
import { printable } from '../../base/printable.ts';
import { realClock } from '../clock.ts';
import { runCommand } from '../command/run-command.ts';
import { filesOfUser } from '../as-user/user-files.ts';
import type { Rights } from '../credentials.ts';
import { ourFiles, type Files } from '../files.ts';
import { findPathWriters } from '../path-writers.ts';
import { tellChannel } from '../control-channel.ts';
import { probeHttp } from '../http-get.ts';
import { deliver, refuseUnsafeTarget } from '../kill.ts';
import { SYSTEM_ROOTS, type LockRoots } from '../lock/lock-places.ts';
import { tryLockOfUser } from '../lock/try-lock.ts';
import type { CommandRequest, CommandResult, LockAttempt, Os } from '../os.ts';
import type { Pid, ProcId, Reading, SignalOutcome } from '../proc.ts';
import type { SignalName } from '../signals.ts';
import { findUserById, findUserByName, rightsOf } from '../users.ts';
import { groupSession } from './group-session.ts';
import { PsTable } from './ps-table.ts';

/**
 * Systems without /proc: processes come from `ps`, identity is the start time in seconds, and what
 * only the kernel's files could tell is 'unsupported'.
 */
export function createReducedOs(table = new PsTable(), lockRoots = SYSTEM_ROOTS): Os {
  const uid = process.geteuid?.() ?? -1;
  return {
    kind: 'reduced',
    me: { pid: process.pid as Pid, uid, gid: process.getegid?.() ?? -1 },
    ...realClock,
    files,
    processes: () => table.list(),
    process: (pid) => table.find(pid),
    startedAt: (id) => Promise.resolve(id.startTicks * 1000),
    signals: unsupported,
    argv: unsupported,
    environment: unsupported,
    cwd: unsupported,
    credentials: unsupported,
    executable: unsupported,
    openFiles: unsupported,
    openFileStat: unsupported,
    polledFiles: unsupported,
    bytesRead: () => Promise.resolve({ ok: false, error: 'unsupported' }),
    memoryOf: async (id) => {
      const proc = await table.findSame(id);
      return proc === undefined ? { ok: false, error: 'gone' } : { ok: true, value: proc.rssBytes };
    },
    memoryAvailable: () => Promise.resolve(undefined),
    listeners: () => Promise.resolve([]),
    kill: (id, signal, options) => sendSignal(table, id, signal, options?.group === true),
    maySignal: async (id) =>
      (await table.findSame(id)) !== undefined && deliver(id.pid, 0) === 'sent',
    run: (request) => run(table, uid, request),
    httpGet: (url, timeoutMs, rights, abort, how) =>
      probeHttp(url, timeoutMs, files(rights), abort, how),
    httpPost: (url, json, timeoutMs, abort) => probeHttp(url, timeoutMs, ourFiles, abort, { json }),
    tell: (channel, path, message, timeoutMs, rights) =>
      tellChannel(channel, path, message, timeoutMs, files(rights)),
    tryLock: (name, purpose) => tryLock(table, lockRoots, uid, name, purpose),
    userByName: findUserByName,
    userById: findUserById,
    rightsOf,
    pathWriters: (path) => findPathWriters(path),
    // Nothing tells who listens.
    answerers: () => Promise.resolve({ where: 'elsewhere' }),
  };
}

function files(rights: Rights): Files {
  return rights === 'ours' ? ourFiles : filesOfUser(rights, { uid: process.geteuid?.() ?? -1 });
}

function unsupported(): Promise<Reading<never>> {
  return Promise.resolve({ ok: false, error: 'unsupported' });
}

async function sendSignal(
  table: PsTable,
  id: ProcId,
  signal: SignalName | number,
  group: boolean,
): Promise<SignalOutcome> {
  refuseUnsafeTarget(id);
  if ((await table.findSame(id)) === undefined) return 'gone';
  const pid: number = id.pid;
  // A group that has the number of a living process is led by it, or was.
  const wholeGroup = group && deliver(-pid, 0) === 'sent';
  return deliver(wholeGroup ? -pid : pid, signal);
}

function run(table: PsTable, uid: number, request: CommandRequest): Promise<CommandResult> {
  return runCommand(request, {
    uid,
    session: groupSession,
    // A child that ended before `ps` saw it has no identity left that could be mistaken.
    identify: async (pid) => (await table.find(pid)) ?? { pid: pid as Pid, startTicks: 0 },
  });
}

async function tryLock(
  table: PsTable,
  roots: LockRoots,
  uid: number,
  name: string,
  purpose: string,
): Promise<LockAttempt> {
  const self = await table.find(process.pid);
  return tryLockOfUser(name, purpose, {
    owner: { uid, env: process.env },
    pid: process.pid,
    startTicks: self?.startTicks ?? 0,
    roots,
    witness: {
      where: hostname(),
      wallClock: () => realClock.wallClock(),
      find: (pid) => table.find(pid),
      // Another process computed this time; the two may differ as two runs of `ps` do.
      isStartOf: (proc, startTicks) => Math.abs(proc.startTicks - startTicks) <= 2,
      programOf: (proc) => Promise.resolve(printable(proc.comm, 64)),
      userName: async (id) => (await findUserById(id))?.name,
    },
  });
}
