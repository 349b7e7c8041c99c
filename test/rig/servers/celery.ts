import { serverForTests, type FoundServer } from './found-server.ts';
import { findPythonServer } from './python-server.ts';

/** celery from the package index; its broker in the tests is a directory. */
export const celeryForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests(
    'celery',
    await findPythonServer({ name: 'celery', requirements: ['celery'], script: 'celery' }),
  );
