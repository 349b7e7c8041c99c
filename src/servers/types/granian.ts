import {
  askPythonVersion,
  interpreted,
  interpreterOf,
  readInterpreted,
  type Interpreted,
} from '../interpreted.ts';
import { binaryName } from '../live-process.ts';
import type { ServerType } from '../server-type.ts';
import loadGranian from './load-granian.py';

const GRANIAN: Interpreted = {
  interpreter: 'python',
  scripts: ['granian'],
  modules: ['granian'],
  // With the extra pname, and --process-name.
  titles: ['granian'],
};

/** granian: HUP replaces its workers one by one, each by time. */
export const granian: ServerType = {
  name: 'granian',
  title: 'Granian',
  kind: 'web',
  recognition: {
    shown:
      'runs python with the script or module granian, catches HUP, INT and TERM, and has workers',
    ...interpreted(GRANIAN),
    catches: ['SIGHUP', 'SIGINT', 'SIGTERM'],
  },
  actions: {
    reload: {
      send: { by: 'signal', signal: 'SIGHUP' },
      clients:
        'each worker has a socket of its own: what waits in the queue of one that goes is reset, unless net.ipv4.tcp_migrate_req is 1',
      loads: 'code',
      proof: 'workers-replaced',
      effectSecs: 15,
      bootSecs: 60,
      // 3.5 s a worker, and what its requests take.
      drainSecs: 300,
      afterDrain: 'left',
      keepsOldWhenBad: false,
    },
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients: 'requests in flight are answered, later ones are refused',
    },
  },
  stopSignals: { SIGTERM: 'graceful', SIGINT: 'graceful', SIGHUP: 'no-stop', SIGQUIT: 'fast' },
  version: askPythonVersion('granian'),
  workers: {
    isWorker: (child, master) => binaryName(child) === binaryName(master),
    // The signals are inherited; a worker makes its own threads and listens when it has loaded the application.
    readyWhenCatching: [],
    readyWhenOpen: /^anon_inode:\[eventpoll\]$/,
    retiredWhen: 'gone',
  },
  configured: {
    programs: /^granian$/,
    modules: GRANIAN.modules,
    addressOptions: ['--port', '--uds'],
  },
  ready: 'A worker has an event loop: it makes it after it has loaded the application.',
  proof: 'The same process has new workers that are ready, and every old one is gone.',
  check: {
    shown:
      'the application, loaded by `granian._internal.load_target` with the arguments of the running one',
    covers: 'code',
    command: (live) => {
      const python = interpreterOf(live);
      const command = readInterpreted(live.argv, GRANIAN);
      if (python === undefined || command === undefined) return undefined;
      return {
        argv: [python, ...command.options, '-c', loadGranian, ...command.args],
        shown: 'granian._internal.load_target',
      };
    },
  },
  traps: [
    'It gives a new worker 3.5 s (--respawn-interval) and then ends the old one, whether the new one serves or not.',
    'A new worker that does not load its application ends the whole instance, unless --respawn-failed-workers is set.',
    'Its workers share the address by SO_REUSEPORT: with net.ipv4.tcp_migrate_req=0, the default, connections that wait at a worker that goes are reset. In our test none of 238 requests at 25 a second was.',
  ],
  sources: [
    'https://github.com/emmett-framework/granian',
    'granian 2.8: server/common.py, server/mp.py',
  ],
  verified: ['Granian 2.8.7 (pip)'],
};
