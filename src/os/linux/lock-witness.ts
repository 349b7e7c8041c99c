import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { printable } from '../../base/printable.ts';
import { realClock } from '../clock.ts';
import { readingError } from '../errno.ts';
import type { LockAttempt } from '../os.ts';
import type { LockWitness } from '../lock/lock-holder.ts';
import { tryLockOfUser } from '../lock/try-lock.ts';
import { findUserById } from '../users.ts';
import { readExecutable } from './process-details.ts';
import { findProcess, lookUp } from './process-table.ts';
import type { Pid, Proc } from '../proc.ts';

/** Takes a lock for the user that we are; see {@link tryLockOfUser}. */
export function tryLockOnLinux(name: string, purpose: string): Promise<LockAttempt> {
  const self = findProcess(process.pid);
  if (self === undefined) throw new Error('Internal error: /proc does not show this process');
  return tryLockOfUser(name, purpose, {
    owner: { uid: self.uid, env: process.env },
    pid: self.pid,
    startTicks: self.startTicks,
    witness: linuxWitness(),
  });
}

let witness: LockWitness | undefined;
const names = new Map<number, string | undefined>();

function linuxWitness(): LockWitness {
  witness ??= {
    where: readWhere(),
    wallClock: () => realClock.wallClock(),
    find: (pid) => {
      const proc = findProcess(pid);
      // hidepid (proc(5)) hides the processes of others, but kill(2) still tells that they exist.
      const isHidden =
        proc === undefined && lookUp({ pid: pid as Pid, startTicks: 0 }) === 'denied';
      return Promise.resolve(isHidden ? 'hidden' : proc);
    },
    isStartOf: (proc, startTicks) => proc.startTicks === startTicks,
    programOf: (proc) => nameProgram(proc),
    userName: async (uid) => {
      if (!names.has(uid)) names.set(uid, (await findUserById(uid))?.name);
      return names.get(uid);
    },
  };
  return witness;
}

/** Root's locks and our own count where their processes run what we run, or hide it. */
async function nameProgram(proc: Proc): Promise<string> {
  const executable = await readExecutable(proc);
  const name = executable.ok ? basename(executable.value) : undefined;
  const isOfOurKind = name === undefined || name === basename(process.execPath);
  if (isOfOurKind && (proc.uid === 0 || proc.uid === process.geteuid?.())) return 'reloadctl';
  return printable(name ?? proc.comm, 64);
}

/** Pids belong to a pid namespace, start times to a time namespace, both until the next boot. */
function readWhere(): string {
  return [
    readOr('', () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    readOr('', () => readlinkSync('/proc/self/ns/pid')),
    readOr('', () => readlinkSync('/proc/self/ns/time')),
  ].join(' ');
}

function readOr(otherwise: string, work: () => string): string {
  try {
    return work();
  } catch (error) {
    readingError(error); // Throws what is no system error. Old kernels have no time namespaces.
    return otherwise;
  }
}
