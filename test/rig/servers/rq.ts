import { serverForTests, type FoundServer } from './found-server.ts';
import { findPythonServer } from './python-server.ts';

/** rq from the package index; it needs a redis. */
export const rqForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests('rq', await findPythonServer({ name: 'rq', requirements: ['rq'], script: 'rq' }));
