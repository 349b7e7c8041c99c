import type { FoundServer } from './found-server.ts';

/** The node that runs the tests. */
export const nodeForTests: FoundServer = {
  ok: true,
  binary: process.execPath,
  root: '',
  environment: {},
};
