import { readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parseCredentials, type CredentialsReading } from '../credentials.ts';
import { readingError } from '../errno.ts';
import type { ProcId } from '../proc.ts';
import { findUserById } from '../users.ts';
import { wasExecutedWithOtherRights } from './auxiliary-vector.ts';
import { readGuarded } from './read-guarded.ts';

/**
 * With whose rights process `id` runs. Nothing is taken from another user namespace, where the same
 * numbers mean other users (user_namespaces(7)).
 */
export async function readCredentials(id: ProcId): Promise<CredentialsReading> {
  const status = await readGuarded(id, () => readFile(`/proc/${id.pid}/status`, 'utf8'));
  if (!status.ok) return status;
  const parsed = parseCredentials(status.value);
  if (parsed === undefined) return { ok: false, error: 'unsupported' };
  if (parsed === 'mixed') return { ok: false, error: 'mixed' };
  // Where it may not be read, its environment may not either.
  const vector = await readGuarded(id, () => readFile(`/proc/${id.pid}/auxv`));
  if (vector.ok && wasExecutedWithOtherRights(vector.value)) return { ok: false, error: 'mixed' };
  const namespace = await readGuarded(id, () => sameUserNamespace(id.pid));
  // Others than root may not see where root's processes are. Whoever is root by our numbers is.
  const isRootUnseen = !namespace.ok && namespace.error === 'denied' && parsed.uid === 0;
  if (!namespace.ok && !isRootUnseen) return namespace;
  if (namespace.ok && !namespace.value) return { ok: false, error: 'user-namespace' };
  // What root has chosen may be done with our rights, which root has anyway.
  if (parsed.uid === process.geteuid?.() || parsed.uid === 0) return { ok: true, value: 'ours' };
  const name = (await findUserById(parsed.uid))?.name ?? `uid ${parsed.uid}`;
  return { ok: true, value: { ...parsed, name } };
}

function sameUserNamespace(pid: number): boolean {
  return readNamespace(pid) === readNamespace('self');
}

/** Undefined on a kernel without user namespaces, where all are in the same. */
function readNamespace(pid: number | 'self'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/user`);
  } catch (error) {
    if (readingError(error) !== 'gone') throw error;
    return undefined;
  }
}
