import { findDebianServer } from './debian-server.ts';
import { serverForTests, type FoundServer } from './found-server.ts';

/** nginx from PATH or Debian's packages. */
export const nginxForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests(
    'nginx',
    await findDebianServer({ name: 'nginx', packages: ['nginx'], binary: 'usr/sbin/nginx' }),
  );
