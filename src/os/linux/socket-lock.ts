import { realClock } from '../clock.ts';
import { abstractNameOf, askAbstract, bindAbstract } from '../lock/abstract-socket.ts';
import { formatClaim, parseClaim } from '../lock/claim.ts';
import type { LockClaim } from '../lock/claim.ts';
import type { LockAttempt, LockHolder } from '../os.ts';
import { findUserById } from '../users.ts';
import { findSocketOwner } from './socket-owner.ts';

/** A holder can be gone by the time it is asked; then the name is tried again. */
const MAX_ATTEMPTS = 5;

/**
 * Takes lock `name` of this machine (of this network namespace) for whoever we are. The lock is an abstract unix socket: the kernel
 * hands it out once and takes it back when its process dies, however it dies.
 */
export async function tryLockBySocket(name: string, purpose: string): Promise<LockAttempt> {
  const abstractName = abstractNameOf(name);
  const uid = process.getuid?.() ?? -1;
  const claim = formatClaim({
    pid: process.pid,
    uid,
    user: (await findUserById(uid))?.name,
    purpose,
    sinceEpochMs: realClock.wallClock(),
    startTicks: undefined,
  });
  for (let attempt = 1; ; attempt += 1) {
    const server = await bindAbstract(abstractName, claim);
    if (server !== undefined) return { ok: true, lock: { release: () => server.close() } };
    const answer = await askAbstract(abstractName);
    if (answer === undefined && attempt < MAX_ATTEMPTS) continue;
    return { ok: false, holder: await identifyHolder(abstractName, parseClaim(answer ?? '')) };
  }
}

/** Who holds the name by the kernel's account; what the holder claims beside that counts only when its pid is the right one. */
async function identifyHolder(
  abstractName: string,
  claim: LockClaim | undefined,
): Promise<LockHolder> {
  const proc = await findSocketOwner(abstractName, claim?.pid);
  const isHonest = proc !== undefined && proc.pid === claim?.pid;
  return {
    pid: proc?.pid,
    uid: proc?.uid,
    user: proc === undefined ? undefined : (await findUserById(proc.uid))?.name,
    purpose: isHonest ? claim.purpose : undefined,
    sinceEpochMs: isHonest ? claim.sinceEpochMs : undefined,
  };
}
