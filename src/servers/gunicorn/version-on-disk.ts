import { dirname, join } from 'node:path';
import type { Rights } from '../../os/credentials.ts';
import type { Files } from '../../os/files.ts';
import type { Os } from '../../os/os.ts';
import { isWrittenOnlyBy } from '../../os/path-writers.ts';
import type { ProcId } from '../../os/proc.ts';
import type { LiveServer } from '../live-process.ts';
import { parseGunicornArgv } from './command-line.ts';

/**
 * The installed version, by the name of the metadata directory beside the package (PEP 376): asking
 * python takes longer than a status should. Undefined where it cannot be seen that way.
 */
export async function versionOnDisk(
  os: Os,
  { proc, argv }: Pick<LiveServer, 'proc' | 'argv'>,
): Promise<string | undefined> {
  const script = parseGunicornArgv(argv)?.launcher[1];
  if (script?.startsWith('/') !== true) return undefined;
  const prefix = join(dirname(script), '..');
  const files = os.files(await rightsIn(os, prefix, proc));
  for (const place of await listPackagePlaces(files, prefix)) {
    const names = await files.listDirectory(place);
    for (const name of names.ok ? names.value : []) {
      const version = /^gunicorn-(\d[\w.]*?)(\.dist-info|\.egg-info)$/.exec(name)?.[1];
      if (version !== undefined) return version;
    }
  }
  return undefined;
}

/** The process has named the place itself: unless root alone writes it, its user's rights count. */
async function rightsIn(os: Os, path: string, proc: ProcId): Promise<Rights> {
  if (isWrittenOnlyBy(await os.pathWriters(path), [])) return 'ours';
  const credentials = await os.credentials(proc);
  return credentials.ok ? credentials.value : 'nobody';
}

/** Where python looks for packages below a prefix: those of the environment, then Debian's. */
async function listPackagePlaces(
  files: Pick<Files, 'listDirectory'>,
  prefix: string,
): Promise<readonly string[]> {
  const libraries = await files.listDirectory(join(prefix, 'lib'));
  const pythons = libraries.ok ? libraries.value.filter((name) => name.startsWith('python')) : [];
  return pythons.flatMap((name) => [
    join(prefix, 'lib', name, 'site-packages'),
    join(prefix, 'lib', name, 'dist-packages'),
  ]);
}
