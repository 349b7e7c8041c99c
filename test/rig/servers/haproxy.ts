import { findDebianServer } from './debian-server.ts';
import { serverForTests, type FoundServer } from './found-server.ts';

/** HAProxy from PATH or Debian's packages. */
export const haproxyForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests(
    'HAProxy',
    await findDebianServer({
      name: 'haproxy',
      packages: ['haproxy'],
      binary: 'usr/sbin/haproxy',
    }),
  );
