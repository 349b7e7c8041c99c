import { serverForTests, type FoundServer } from './found-server.ts';
import { findPythonServer } from './python-server.ts';

/** uvicorn from the package index. */
export const uvicornForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests(
    'uvicorn',
    await findPythonServer({ name: 'uvicorn', requirements: ['uvicorn'], script: 'uvicorn' }),
  );

/** The last one whose HUP ends each worker before it starts the next. */
export const olderUvicornForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests(
    'uvicorn 0.50',
    await findPythonServer({
      name: 'uvicorn-0.50',
      requirements: ['uvicorn==0.50.2'],
      script: 'uvicorn',
    }),
  );
