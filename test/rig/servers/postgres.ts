import { findDebianServer } from './debian-server.ts';
import { serverForTests, type FoundServer } from './found-server.ts';

/** PostgreSQL from PATH or Debian's packages. */
export const postgresForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests(
    'PostgreSQL',
    await findDebianServer({
      name: 'postgres',
      packages: ['postgresql-15'],
      binary: 'usr/lib/postgresql/15/bin/postgres',
    }),
  );
