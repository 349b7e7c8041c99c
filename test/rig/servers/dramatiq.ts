import { serverForTests, type FoundServer } from './found-server.ts';
import { findPythonServer } from './python-server.ts';

/** dramatiq from the package index; it needs a redis. */
export const dramatiqForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests(
    'dramatiq',
    await findPythonServer({
      name: 'dramatiq',
      requirements: ['dramatiq[redis]'],
      script: 'dramatiq',
    }),
  );
