import { findDebianServer } from './debian-server.ts';
import { serverForTests, type FoundServer } from './found-server.ts';

/** rsyslog from PATH or Debian's packages. */
export const rsyslogForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests(
    'rsyslog',
    await findDebianServer({
      name: 'rsyslog',
      packages: ['rsyslog'],
      binary: 'usr/sbin/rsyslogd',
    }),
  );
