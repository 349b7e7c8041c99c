import {
  askPythonVersion,
  interpreted,
  interpreterOf,
  readInterpreted,
  type Interpreted,
} from '../interpreted.ts';
import type { ServerType } from '../server-type.ts';
import loadDaphne from './load-daphne.py';

const DAPHNE: Interpreted = {
  interpreter: 'python',
  scripts: ['daphne'],
  modules: ['daphne'],
};

/** daphne: one process, no reload, and no stop that waits for requests. */
export const daphne: ServerType = {
  name: 'daphne',
  title: 'Daphne',
  kind: 'web',
  recognition: {
    shown: 'runs python with the script or module daphne, catches TERM',
    ...interpreted(DAPHNE),
    catches: ['SIGTERM'],
  },
  actions: {
    fastStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients: 'requests in flight are cut off',
    },
  },
  stopSignals: { SIGTERM: 'fast', SIGINT: 'fast', SIGHUP: 'fast', SIGQUIT: 'fast' },
  version: askPythonVersion('daphne'),
  single: { readyWhenPolling: true },
  takesSocket: 'with `--fd 3` in place of -b and -p',
  configured: {
    programs: /^daphne$/,
    modules: DAPHNE.modules,
    addressOptions: ['-p', '--port', '-u'],
  },
  ready: 'It waits for connections on its listening socket.',
  proof: 'There is no reload: a restart is done when the new process waits for connections.',
  check: {
    shown: 'the application, loaded by `daphne.cli.CommandLineInterface().load_asgi_app`',
    covers: 'code',
    command: (live) => {
      const python = interpreterOf(live);
      const command = readInterpreted(live.argv, DAPHNE);
      if (python === undefined || command === undefined) return undefined;
      return {
        argv: [python, ...command.options, '-c', loadDaphne, ...command.args],
        shown: 'daphne.cli.CommandLineInterface().load_asgi_app',
      };
    },
  },
  traps: [
    'HUP ends it at once.',
    'There is no graceful stop: TERM and INT cancel what is in flight ("Killed 1 pending application instances").',
    'A restart refuses connections until the new process listens: in our test 18 of 127 requests at 25 a second.',
    'Several of them need a supervisor: one program with numprocs, on one socket.',
  ],
  sources: ['https://github.com/django/daphne', 'daphne 4.2: cli.py, server.py'],
  verified: ['Daphne 4.2.3 (pip)'],
};
