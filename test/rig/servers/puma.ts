import { serverForTests, type FoundServer } from './found-server.ts';
import { findRubyServer } from './ruby-server.ts';

/** puma from Debian's packages. */
export const pumaForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests('puma', await findRubyServer({ name: 'puma', packages: ['puma', 'ruby-rack'] }));
