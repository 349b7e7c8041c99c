import { findDebianServer } from './debian-server.ts';
import { serverForTests, type FoundServer } from './found-server.ts';

/** Caddy 2 from PATH or Debian's packages. */
export const caddyForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests(
    'Caddy',
    await findDebianServer({ name: 'caddy', packages: ['caddy'], binary: 'usr/bin/caddy' }),
  );
