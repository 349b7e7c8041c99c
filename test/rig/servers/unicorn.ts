import { serverForTests, type FoundServer } from './found-server.ts';
import { findRubyServer } from './ruby-server.ts';

/** unicorn from Debian's packages. */
export const unicornForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests('unicorn', await findRubyServer({ name: 'unicorn', packages: ['unicorn'] }));
