import { findDebianServer } from './debian-server.ts';
import { serverForTests, type FoundServer } from './found-server.ts';

/** php-fpm from PATH or Debian's packages. */
export const phpFpmForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests(
    'php-fpm',
    await findDebianServer({
      name: 'php-fpm',
      packages: ['php8.2-fpm'],
      binary: 'usr/sbin/php-fpm8.2',
    }),
  );
