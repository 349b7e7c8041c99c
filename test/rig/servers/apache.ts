import { findDebianServer } from './debian-server.ts';
import { serverForTests, type FoundServer } from './found-server.ts';

/** Apache httpd from PATH or Debian's packages. */
export const apacheForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests(
    'Apache httpd',
    await findDebianServer({ name: 'apache', packages: ['apache2'], binary: 'usr/sbin/apache2' }),
  );
