import { serverForTests, type FoundServer } from './found-server.ts';
import { findPythonServer } from './python-server.ts';

/** huey from the package index; its queue in the tests is a file. */
export const hueyForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests(
    'huey',
    await findPythonServer({ name: 'huey', requirements: ['huey'], script: 'huey_consumer' }),
  );
