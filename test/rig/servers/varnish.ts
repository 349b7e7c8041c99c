import { join } from 'node:path';
import { findOnPath } from '../on-path.ts';
import { findDebianServer } from './debian-server.ts';
import { serverForTests, type FoundServer, type ServerSearch } from './found-server.ts';

async function findVarnish(): Promise<ServerSearch> {
  if (findOnPath('gcc').length === 0) {
    return {
      ok: false,
      reason: 'no gcc on PATH, with which it compiles its configuration',
      isFault: false,
    };
  }
  const found = await findDebianServer({
    name: 'varnish',
    packages: ['varnish'],
    binary: 'usr/sbin/varnishd',
  });
  if (!found.ok || found.root === '') return found;
  // Its own libraries stand in a directory of their own, which the binary knows by its absolute path.
  const libraries = (found.environment.LD_LIBRARY_PATH ?? '').split(':');
  const own = libraries.map((directory) => join(directory, 'varnish'));
  const all = [...libraries, ...own].join(':');
  return { ...found, environment: { LD_LIBRARY_PATH: all } };
}

/** Varnish from PATH or Debian's packages. */
export const varnishForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests('Varnish', await findVarnish());
