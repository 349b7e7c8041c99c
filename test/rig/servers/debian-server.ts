import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withExclusiveFile } from '../exclusive.ts';
import { findOnPath } from '../on-path.ts';
import { cacheDirectory } from '../place.ts';
import { execute, lastLine } from '../python/execute.ts';
import type { ServerSearch } from './found-server.ts';

/** A server of Debian's packages. */
export interface DebianServer {
  /** Its name in the cache. */
  readonly name: string;
  /** The packages to take, without what they need: that is found out. */
  readonly packages: readonly string[];
  /** The binary in the package: 'usr/sbin/nginx'. */
  readonly binary: string;
}

const LOCK_CEILING_MS = 600_000;

/**
 * A server from PATH, else from Debian's packages, which are unpacked into the cache and not installed: so no service starts, nothing
 * on the machine changes, and it needs no root. What the packages need besides is unpacked with them.
 */
export async function findDebianServer(server: DebianServer): Promise<ServerSearch> {
  const name = server.binary.split('/').at(-1) ?? '';
  const places = [...findOnPath(name), join('/', server.binary)];
  const installed = places.find((place) => existsSync(place));
  if (installed !== undefined) return { ok: true, binary: installed, root: '', environment: {} };
  const cache = cacheDirectory('servers');
  const root = join(cache, server.name);
  if (existsSync(join(root, 'complete'))) return describe(root, server);
  return withExclusiveFile(`${root}.lock`, LOCK_CEILING_MS, async () => {
    if (existsSync(join(root, 'complete'))) return describe(root, server);
    const failure = await unpack(`${root}.unfinished`, server.packages);
    if (failure !== undefined) return failure;
    await rm(root, { recursive: true, force: true });
    await rename(`${root}.unfinished`, root);
    return describe(root, server);
  });
}

function describe(root: string, { binary }: DebianServer): ServerSearch {
  const libraries = ['usr/lib', 'lib', 'usr/local/lib'].flatMap((place) => [
    join(root, place),
    join(root, place, `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`),
  ]);
  return {
    ok: true,
    binary: join(root, binary),
    root,
    environment: { LD_LIBRARY_PATH: libraries.join(':') },
  };
}

/** Downloads and unpacks; undefined: done. */
async function unpack(
  directory: string,
  packages: readonly string[],
): Promise<Extract<ServerSearch, { ok: false }> | undefined> {
  const [aptGet] = findOnPath('apt-get');
  const [dpkg] = findOnPath('dpkg-deb');
  if (aptGet === undefined || dpkg === undefined) {
    return { ok: false, reason: 'this is no Debian: no apt-get on PATH', isFault: false };
  }
  let plan = await execute([
    aptGet,
    'install',
    '--simulate',
    '--no-install-recommends',
    ...packages,
  ]);
  if (plan.code !== 0 && process.getuid?.() === 0) {
    await execute([aptGet, 'update', '--quiet']);
    plan = await execute([aptGet, 'install', '--simulate', '--no-install-recommends', ...packages]);
  }
  if (plan.code !== 0) {
    return {
      ok: false,
      reason: `apt-get has no ${packages.join(', ')}: ${lastLine(plan.stderr)}`,
      isFault: false,
    };
  }
  const wanted = [...plan.stdout.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const downloaded = await execute([
    'sh',
    '-c',
    'cd "$1" && shift && exec "$@"',
    'sh',
    directory,
    aptGet,
    'download',
    '--quiet',
    ...wanted,
  ]);
  if (downloaded.code !== 0) {
    return { ok: false, reason: `apt-get download: ${lastLine(downloaded.stderr)}`, isFault: true };
  }
  for (const file of await readdir(directory)) {
    if (!file.endsWith('.deb')) continue;
    const unpacked = await execute([dpkg, '--extract', join(directory, file), directory]);
    if (unpacked.code !== 0) {
      return { ok: false, reason: `${file}: ${lastLine(unpacked.stderr)}`, isFault: true };
    }
    await rm(join(directory, file));
  }
  await writeFile(join(directory, 'complete'), `${wanted.join('\n')}\n`);
  return undefined;
}
