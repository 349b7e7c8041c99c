import { err, ok, type Result } from '../base/result.ts';
import type { Answerers, Os } from '../os/os.ts';
import { hasEnded, isSameProc, type Proc, type ProcId } from '../os/proc.ts';
import type { Supervisor } from '../rpc/supervisor.ts';

/** Why nothing that a supervisor says of processes is believed. */
export type SupervisorDoubt =
  /** It does not run on this machine, or that cannot be seen: its pids mean nothing here. */
  | { readonly why: 'elsewhere' }
  /** Its own pid is that of no process here, or of one that does not listen at its address. */
  | { readonly why: 'not-the-listener'; readonly pid: number }
  /** It does not tell its own pid. */
  | { readonly why: 'silent' }
  /** Somebody of lesser rights may be answering in the place of process `pid`. */
  | { readonly why: 'not-its-user'; readonly pid: number; readonly uid: number };

/** Why a pid that a supervisor names is not taken for its program. */
export type ProcessDoubt =
  | SupervisorDoubt
  /** Init, ourselves, somebody above us, or a thread of the kernel. */
  | { readonly why: 'never'; readonly pid: number }
  /** The process has not been started by it. */
  | { readonly why: 'not-its-child'; readonly pid: number };

/** A supervisor whose processes can be looked at. */
export interface KnownSupervisor {
  readonly proc: Proc;
  /** The users who may be answering as it, its own among them. */
  readonly uids: ReadonlySet<number>;
  /** Whether that is nobody but root and the user of the process: then it is what it says. */
  readonly isProven: boolean;
}

/** How far up a process is followed to its supervisor; deeper trees are not built by programs. */
const MAX_DEPTH = 64;

type Kernel = Pick<Os, 'process' | 'me' | 'answerers'>;

/**
 * The supervisor's own process, by its own word and as far as the kernel does not speak against it: a process of this machine that listens at the
 * address.
 */
export async function findSupervisor(
  os: Kernel,
  supervisor: Supervisor,
): Promise<Result<KnownSupervisor, SupervisorDoubt>> {
  const said = await supervisor.getPid();
  if (!said.ok) return err({ why: 'silent' });
  const pid = said.value;
  const proc = await os.process(pid);
  const answerers = await whoAnswers(os, supervisor, pid);
  if (answerers.where === 'elsewhere') return err({ why: 'elsewhere' });
  if (proc === undefined || hasEnded(proc) || proc.isKernel === true || answerers.holds === false) {
    return err({ why: 'not-the-listener', pid });
  }
  if (answerers.uids === 'anybody') return err({ why: 'not-its-user', pid, uid: proc.uid });
  const uids = new Set([...answerers.uids, proc.uid]);
  return ok({ proc, uids, isProven: isRootOr(proc.uid, uids) });
}

/** The process of a supervisor whose environment and user may be taken for those of its programs; undefined where it is not proven. */
export function provenProc(
  known: Result<KnownSupervisor, SupervisorDoubt> | undefined,
): Proc | undefined {
  return known?.ok === true && known.value.isProven ? known.value.proc : undefined;
}

function isRootOr(uid: number, uids: ReadonlySet<number>): boolean {
  return [...uids].every((each) => each === 0 || each === uid);
}

function whoAnswers(os: Kernel, { address }: Supervisor, pid: number): Promise<Answerers> {
  return address === 'ourselves'
    ? Promise.resolve({
        where: 'here',
        uids: new Set([os.me.uid]),
        holds: (os.me.pid as number) === pid,
      })
    : os.answerers(address, pid);
}

/**
 * The process that a supervisor says it runs, checked against the kernel: it descends from the supervisor (or was adopted by it, on its
 * record), and whoever may be answering is root or the user of the process, so that nobody can have us act on what is not his.
 * Undefined where it has ended.
 */
export async function findClaimed(
  os: Kernel,
  supervisor: Result<KnownSupervisor, SupervisorDoubt>,
  { pid, isAdopted }: { readonly pid: number; readonly isAdopted: boolean },
): Promise<Result<Proc | undefined, ProcessDoubt>> {
  if (pid <= 1 || (await isAboveUs(os, pid))) return err({ why: 'never', pid });
  if (!supervisor.ok) return supervisor;
  const { proc: parent, uids } = supervisor.value;
  const proc = await os.process(pid);
  if (proc === undefined || hasEnded(proc)) return ok(undefined);
  if (proc.isKernel === true) return err({ why: 'never', pid });
  if (!isAdopted && !(await descendsFrom(os, proc, parent))) {
    return err({ why: 'not-its-child', pid });
  }
  return isRootOr(proc.uid, uids) ? ok(proc) : err({ why: 'not-its-user', pid, uid: proc.uid });
}

async function descendsFrom(os: Kernel, proc: Proc, ancestor: ProcId): Promise<boolean> {
  let current: Proc | undefined = proc;
  for (let depth = 0; depth < MAX_DEPTH && current !== undefined; depth += 1) {
    if (current.ppid === (ancestor.pid as number)) {
      const parent = await os.process(current.ppid);
      return parent !== undefined && isSameProc(parent, ancestor);
    }
    if (current.ppid <= 1) return false;
    current = await os.process(current.ppid);
  }
  return false;
}

/** Whether it is ourselves or somebody who has started us. */
async function isAboveUs(os: Kernel, pid: number): Promise<boolean> {
  let current: number = os.me.pid;
  for (let depth = 0; depth < MAX_DEPTH && current > 1; depth += 1) {
    if (current === pid) return true;
    current = (await os.process(current))?.ppid ?? 0;
  }
  return false;
}
