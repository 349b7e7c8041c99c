import type { LockHolder } from '../os.ts';
import { hasEnded, type Proc } from '../proc.ts';
import { RENEW_MS, type LockFile } from './lock-file.ts';

/** What the system says about those who hold locks. */
export interface LockWitness {
  /** In which boot and which namespaces our pids mean something. */
  readonly where: string;
  wallClock(): number;
  /** 'hidden': there is such a process, and /proc does not show it to us. */
  find(pid: number): Promise<Proc | 'hidden' | undefined>;
  isStartOf(proc: Proc, startTicks: number): boolean;
  /** The name of the program that the process runs, by the kernel. */
  programOf(proc: Proc): Promise<string | undefined>;
  userName(uid: number): Promise<string | undefined>;
}

/** A holder whose process we cannot see is there as long as it goes on touching its file. */
const FRESH_MS = 6 * RENEW_MS;

/**
 * Who holds the lock of a file: a process with that pid and start that belongs to the file's owner.
 * What else the claim says counts only then. Undefined when its holder is gone.
 */
export async function holderOf(
  file: LockFile,
  witness: LockWitness,
): Promise<LockHolder | undefined> {
  const { claim, uid, renewedEpochMs } = file;
  if (claim?.where !== witness.where) {
    const isFresh = Math.abs(witness.wallClock() - renewedEpochMs) < FRESH_MS;
    return isFresh ? describe(file, witness, undefined, undefined) : undefined;
  }
  const proc = await witness.find(claim.pid);
  if (proc === 'hidden') return describe(file, witness, claim.pid, undefined);
  if (proc === undefined || hasEnded(proc)) return undefined;
  if (proc.uid !== uid || !witness.isStartOf(proc, claim.startTicks)) return undefined;
  return describe(file, witness, proc.pid, await witness.programOf(proc));
}

async function describe(
  { claim, uid }: LockFile,
  witness: LockWitness,
  pid: number | undefined,
  program: string | undefined,
): Promise<LockHolder> {
  const user = await witness.userName(uid);
  const { purpose, sinceEpochMs } = claim ?? {};
  return { pid, uid, user, program, purpose, sinceEpochMs };
}
