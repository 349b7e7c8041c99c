import { dirname, join } from 'node:path';
import type { Rights } from '../os/credentials.ts';
import type { Files } from '../os/files.ts';
import type { Os } from '../os/os.ts';
import { isWrittenOnlyBy } from '../os/path-writers.ts';
import { hasEnded, type Proc, type ProcId } from '../os/proc.ts';
import { parseGunicornArgv } from './gunicorn/command-line.ts';
import { findGunicornMaster } from './gunicorn/find-master.ts';
import { GunicornObserver } from './gunicorn/observe.ts';
import { TypeObserver } from './observe-server.ts';
import { findServer } from './recognise.ts';
import { SERVER_TYPES } from './registry.ts';

/** A running server in a few words. */
export interface ServerSummary {
  readonly type: string | undefined;
  readonly version: string | undefined;
  readonly workers: { readonly ready: number | undefined; readonly total: number } | undefined;
  /** Every process that belongs to it. */
  readonly procs: readonly ProcId[];
}

/** What runs at or below `root`. */
export async function describeServer(os: Os, root: Proc): Promise<ServerSummary> {
  const all = await os.processes();
  const procs = listBelow(all, root);
  const search = await findGunicornMaster(os, root, all);
  if (search.found !== 'master') return { ...(await describeKnown(os, root, all)), procs };
  const view = await new GunicornObserver(os).look(search.proc, all);
  const workers = view?.workers ?? [];
  return {
    type: 'gunicorn',
    version: await findVersion(os, search.proc),
    workers: {
      ready:
        view?.seesReadiness === true
          ? workers.filter(({ ready }) => ready === true).length
          : undefined,
      total: workers.length,
    },
    procs,
  };
}

/** What is seen of a server of another type than gunicorn. */
async function describeKnown(
  os: Os,
  root: Proc,
  all: readonly Proc[],
): Promise<Omit<ServerSummary, 'procs'>> {
  const nothing = { type: undefined, version: undefined, workers: undefined };
  const search = await findServer(os, root, SERVER_TYPES, all);
  if (search.found === 'none') return nothing;
  if (search.found === 'booting') return { ...nothing, type: search.type.name };
  const view = await new TypeObserver(os, search.server).look(search.live.proc, all);
  const workers = view?.workers ?? [];
  const ready = workers.filter((worker) => worker.ready === true).length;
  return {
    type: search.server.type.name,
    version: undefined,
    workers:
      view === undefined || view.isSingle === true
        ? undefined
        : { ready: view.seesReadiness ? ready : undefined, total: workers.length },
  };
}

function listBelow(all: readonly Proc[], root: Proc): readonly Proc[] {
  const found: Proc[] = [root];
  for (const proc of found) {
    found.push(...all.filter((child) => child.ppid === proc.pid && !hasEnded(child)));
  }
  return found;
}

/**
 * The installed version, by the name of the metadata directory beside the package (PEP 376): asking python takes longer than a
 * status should. Undefined where it cannot be seen that way.
 */
async function findVersion(os: Os, master: Proc): Promise<string | undefined> {
  const argv = await os.argv(master);
  const script = argv.ok ? parseGunicornArgv(argv.value)?.launcher[1] : undefined;
  if (script?.startsWith('/') !== true) return undefined;
  const prefix = join(dirname(script), '..');
  const files = os.files(await rightsIn(os, prefix, master));
  for (const place of await listPackagePlaces(files, prefix)) {
    const names = await files.listDirectory(place);
    for (const name of names.ok ? names.value : []) {
      const version = /^gunicorn-(\d[\w.]*?)(\.dist-info|\.egg-info)$/.exec(name)?.[1];
      if (version !== undefined) return version;
    }
  }
  return undefined;
}

/** The process has named the place itself: it is looked at with the rights of its user, where it is not one that root alone writes. */
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
