import { serverForTests, type FoundServer } from './found-server.ts';
import { findPythonServer } from './python-server.ts';

/** daphne from the package index. */
export const daphneForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests(
    'daphne',
    await findPythonServer({ name: 'daphne', requirements: ['daphne'], script: 'daphne' }),
  );
