import { graceOption } from '../configured.ts';
import {
  askPythonVersion,
  interpreted,
  interpreterOf,
  readInterpreted,
  type Interpreted,
} from '../interpreted.ts';
import type { LiveServer } from '../live-process.ts';
import type { ReloadWay, ServerType } from '../server-type.ts';
import loadHypercorn from './load-hypercorn.py';

const HYPERCORN: Interpreted = {
  interpreter: 'python',
  scripts: ['hypercorn'],
  modules: ['hypercorn'],
};

const RELOAD: ReloadWay = {
  send: { by: 'signal', signal: 'SIGHUP' },
  clients:
    'nobody is refused, but all workers end before the first new one starts: requests wait until that has loaded the application',
  loads: 'code',
  proof: 'workers-replaced',
  // Workers look ten times a second whether they are to end, and finish requests for graceful_timeout, 3 s when it is not set.
  effectSecs: 65,
  bootSecs: 60,
  drainSecs: 65,
  afterDrain: 'left',
  keepsOldWhenBad: false,
  cost: 'stall',
};

const isWorker = ({ argv }: Pick<LiveServer, 'argv'>): boolean =>
  argv.some((word) => word.includes('spawn_main'));

const hasParent = ({ caught }: LiveServer): boolean => caught?.has('SIGHUP') === true;

/** hypercorn: a parent whose HUP ends all workers and then starts new ones. */
export const hypercorn: ServerType = {
  name: 'hypercorn',
  title: 'hypercorn',
  kind: 'web',
  recognition: {
    shown:
      'runs python with the script or module hypercorn, catches INT and TERM; the parent of workers catches HUP too',
    ...interpreted(HYPERCORN),
    catches: ['SIGINT', 'SIGTERM'],
  },
  actions: {
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients: 'requests in flight have 3 s (graceful_timeout), later ones are refused',
    },
  },
  stopSignals: { SIGTERM: 'graceful', SIGINT: 'graceful', SIGQUIT: 'fast', SIGHUP: 'fast' },
  variants: [
    {
      name: 'with workers',
      when: hasParent,
      actions: { reload: RELOAD },
      stopSignals: { SIGHUP: 'no-stop' },
      workers: {
        isWorker,
        readyWhenCatching: [],
        readyWhenPolling: true,
        retiredWhen: 'gone',
      },
    },
    {
      name: 'with several workers',
      when: (live) => hasParent(live) && live.children.filter(isWorker).length > 1,
      actions: {
        // The handler of HUP waits for every worker before that of TERM, which would KILL them, gets its turn.
        gracefulStop: {
          first: 'SIGHUP',
          send: { by: 'signal', signal: 'SIGTERM' },
          clients: 'requests in flight have 3 s (graceful_timeout), later ones are refused',
        },
      },
      stopSignals: { SIGTERM: 'fast', SIGINT: 'fast' },
      traps: [
        'TERM and INT end all other workers at once when the first one has ended: requests in flight are cut off.',
      ],
    },
  ],
  version: askPythonVersion('hypercorn'),
  single: { readyWhenPolling: true },
  takesSocket: 'with `--bind fd://3`',
  configured: {
    programs: /^hypercorn$/,
    modules: HYPERCORN.modules,
    grace: graceOption('--graceful-timeout', ['--graceful-timeout'], 3),
    addressOptions: ['-b', '--bind'],
  },
  ready: 'A worker waits for connections on the listening socket.',
  proof:
    'The same parent has new workers that wait for connections on the socket, and every old one is gone.',
  check: {
    shown:
      'the application, loaded by `hypercorn.utils.load_application` with the arguments and the configuration of the running one',
    covers: 'code',
    command: (live) => {
      const python = interpreterOf(live);
      const command = readInterpreted(live.argv, HYPERCORN);
      if (python === undefined || command === undefined) return undefined;
      return {
        argv: [python, ...command.options, '-c', loadHypercorn, ...command.args],
        shown: 'hypercorn.utils.load_application',
      };
    },
  },
  traps: [
    'A worker that is told to go closes connections whose request it has not read yet: now and then one is reset.',
    'HUP with code that does not load ends everything: the old workers have gone by then, and the parent follows the first new one that fails.',
    'HUP does not read the configuration again.',
    'With --workers 0 there is no parent, and HUP ends it.',
    'What a request needs beyond graceful_timeout (3 s) is cut off at every reload and stop.',
    'What runs at startup (lifespan) is not tried before a reload, only what is imported.',
  ],
  sources: [
    'https://hypercorn.readthedocs.io/en/latest/how_to_guides/configuring.html',
    'hypercorn 0.18: run.py, asyncio/run.py, utils.py',
  ],
  verified: ['hypercorn 0.18.0 (pip)'],
};
