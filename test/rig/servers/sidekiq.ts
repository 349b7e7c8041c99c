import { serverForTests, type FoundServer } from './found-server.ts';
import { findRubyServer } from './ruby-server.ts';

/** sidekiq from Debian's packages; it needs a redis. */
export const sidekiqForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests('sidekiq', await findRubyServer({ name: 'sidekiq', packages: ['ruby-sidekiq'] }));
