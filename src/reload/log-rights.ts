import type { Result } from '../base/result.ts';
import type { Rights } from '../os/credentials.ts';
import type { Os } from '../os/os.ts';
import { isWrittenOnlyBy } from '../os/path-writers.ts';
import type { KnownSupervisor, SupervisorDoubt } from './claimed-process.ts';

/**
 * With whose rights a log is read that a supervisor names: ours where nobody else can say what it is called and what lies there, else those of
 * the program, so that a link in its place shows nobody what he may not read.
 */
export async function rightsOfLog(
  os: Pick<Os, 'me' | 'pathWriters'>,
  supervisor: Result<KnownSupervisor, SupervisorDoubt>,
  path: string,
  program: Rights,
): Promise<Rights> {
  const trusted = [0, os.me.uid];
  const isTrusted =
    supervisor.ok && [...supervisor.value.uids].every((uid) => trusted.includes(uid));
  if (!isTrusted) return program;
  return isWrittenOnlyBy(await os.pathWriters(path), trusted) ? 'ours' : program;
}
