import { serverForTests, type FoundServer } from './found-server.ts';
import { findPythonServer } from './python-server.ts';

/** hypercorn from the package index. */
export const hypercornForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests(
    'hypercorn',
    await findPythonServer({ name: 'hypercorn', requirements: ['hypercorn'], script: 'hypercorn' }),
  );
