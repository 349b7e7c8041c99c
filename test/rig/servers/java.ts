import { realpathSync } from 'node:fs';
import { findOnPath } from '../on-path.ts';
import { execute } from '../python/execute.ts';
import { serverForTests, type FoundServer } from './found-server.ts';

/** A virtual machine from PATH that can compile: it is too large to be downloaded for one test. */
export async function javaForTests(): Promise<FoundServer | undefined> {
  const [java] = findOnPath('java');
  const modules = java === undefined ? undefined : await execute([java, '--list-modules']);
  if (java === undefined || modules?.stdout.includes('jdk.compiler') !== true) {
    return serverForTests('Java', {
      ok: false,
      reason: 'no java with a compiler on PATH',
      isFault: false,
    });
  }
  return { ok: true, binary: realpathSync(java), root: '', environment: {} };
}
