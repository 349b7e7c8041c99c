import { findDebianServer } from './debian-server.ts';
import { serverForTests, type FoundServer } from './found-server.ts';

/** redis from PATH or Debian's packages. */
export const redisForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests(
    'redis',
    await findDebianServer({
      name: 'redis',
      packages: ['redis-server'],
      binary: 'usr/bin/redis-server',
    }),
  );
