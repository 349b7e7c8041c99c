import { serverForTests, type FoundServer } from './found-server.ts';
import { findPythonServer } from './python-server.ts';

/** granian from the package index. */
export const granianForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests(
    'granian',
    await findPythonServer({ name: 'granian', requirements: ['granian'], script: 'granian' }),
  );
