import { serverForTests, type FoundServer } from './found-server.ts';
import { findPythonServer } from './python-server.ts';

/** uWSGI 2.0, compiled by pip. There is no 2.1 in the package index. */
export const uwsgiForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests(
    'uWSGI',
    await findPythonServer({ name: 'uwsgi', requirements: ['uwsgi<2.1'], script: 'uwsgi' }),
  );
