import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findDebianServer, type DebianServer } from './debian-server.ts';
import type { ServerSearch } from './found-server.ts';

/** Where Debian's packages put the libraries of Ruby 3.1; below the directory into which they were unpacked. */
const LIBRARIES = ['usr/lib/ruby/vendor_ruby', 'usr/lib/ruby/3.1.0'];

const GEMS = ['usr/share/rubygems-integration/all', 'usr/share/rubygems-integration/3.1.0'];

/** A Ruby server of Debian's packages. `RUBY` in its environment is the interpreter; its script is not executable where it is unpacked. */
export async function findRubyServer(
  server: Pick<DebianServer, 'name' | 'packages'>,
): Promise<ServerSearch> {
  const found = await findDebianServer({ ...server, binary: `usr/bin/${server.name}` });
  if (!found.ok) return found;
  if (found.root === '') return { ...found, environment: { RUBY: 'ruby' } };
  const { root } = found;
  const machine = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const native = [
    `usr/lib/${machine}/ruby/vendor_ruby/3.1.0`,
    `usr/lib/${machine}/ruby/3.1.0`,
    `usr/lib/${machine}/rubygems-integration/3.1.0`,
  ];
  const below = (places: readonly string[]): string =>
    places
      .map((place) => join(root, place))
      .filter((place) => existsSync(place))
      .join(delimiter);
  return {
    ...found,
    environment: {
      ...found.environment,
      RUBY: join(root, 'usr/bin/ruby3.1'),
      RUBYLIB: below([...LIBRARIES, ...native]),
      GEM_PATH: below([...GEMS, ...native]),
    },
  };
}
