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
import loadUvicorn from './load-uvicorn.py';

const UVICORN: Interpreted = {
  interpreter: 'python',
  scripts: ['uvicorn'],
  modules: ['uvicorn'],
};

/** The version where HUP brings the replacement of a worker into service before the worker goes. */
const OVERLAPPING = [0, 51] as const;

const RELOAD: ReloadWay = {
  send: { by: 'signal', signal: 'SIGHUP' },
  clients:
    'nobody is refused; a connection that an old worker has accepted in the moment in which it is told to go may be reset',
  loads: 'code',
  proof: 'workers-replaced',
  // The parent looks at its signals twice a second, and between two workers that it waits for.
  effectSecs: 15,
  // It gives a new worker 5 s itself, unless --timeout-worker-healthcheck says more.
  bootSecs: 30,
  // One after another, each as long as its requests take: there is no limit unless timeout-graceful-shutdown sets one.
  drainSecs: 120,
  afterDrain: 'left',
  keepsOldWhenBad: true,
};

const hasParent = ({ caught }: LiveServer): boolean => caught?.has('SIGHUP') === true;

function isOlder({ version }: LiveServer): boolean {
  const [major, minor] = version?.split('.').map(Number) ?? [];
  if (major === undefined || minor === undefined) return false;
  return major < OVERLAPPING[0] || (major === OVERLAPPING[0] && minor < OVERLAPPING[1]);
}

/** uvicorn: with several processes a parent that holds the socket and replaces its workers at HUP, else one process that HUP ends. */
export const uvicorn: ServerType = {
  name: 'uvicorn',
  title: 'uvicorn',
  kind: 'web',
  recognition: {
    shown:
      'runs python with the script or module uvicorn, catches INT and TERM; the parent of several processes catches HUP, TTIN and TTOU too',
    ...interpreted(UVICORN),
    catches: ['SIGINT', 'SIGTERM'],
  },
  actions: {
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients: 'requests in flight are answered, later ones are refused',
    },
  },
  stopSignals: { SIGTERM: 'graceful', SIGINT: 'graceful', SIGQUIT: 'fast', SIGHUP: 'fast' },
  variants: [
    {
      name: 'several processes',
      when: hasParent,
      actions: {
        reload: RELOAD,
        moreWorkers: { send: { by: 'signal', signal: 'SIGTTIN' }, clients: 'nothing' },
        fewerWorkers: {
          send: { by: 'signal', signal: 'SIGTTOU' },
          clients: 'the last process finishes its requests first',
        },
      },
      stopSignals: { SIGHUP: 'no-stop', SIGQUIT: 'no-stop' },
      workers: {
        isWorker: ({ argv }) => argv.some((word) => word.includes('spawn_main')),
        // TERM is caught when it begins to load the application, and the socket is waited on when that is done.
        readyWhenCatching: ['SIGTERM'],
        readyWhenPolling: true,
        retiredWhen: 'gone',
      },
    },
    {
      name: 'several processes before 0.51',
      when: (live) => hasParent(live) && isOlder(live),
      actions: {
        reload: {
          ...RELOAD,
          clients:
            'nobody is refused, but requests wait while the last worker has gone and none of the new ones has loaded the application',
          cost: 'stall',
          bootSecs: 60,
          keepsOldWhenBad: false,
        },
      },
      traps: [
        'HUP ends each worker before it starts the next one, and does not look whether that comes up: with code that does not load nobody is left.',
      ],
    },
  ],
  version: askPythonVersion('uvicorn'),
  single: { readyWhenPolling: true },
  takesSocket: 'with `--fd 3` in place of --host and --port',
  configured: {
    programs: /^uvicorn$/,
    modules: UVICORN.modules,
    grace: graceOption('--timeout-graceful-shutdown', ['--timeout-graceful-shutdown']),
    addressOptions: ['--port', '--uds'],
  },
  ready: 'A worker waits for connections on the listening socket.',
  proof:
    'The same parent has new workers that wait for connections on the socket, and every old one is gone.',
  check: {
    shown:
      'the application, loaded by `uvicorn.Config(…).load()` with the arguments of the running one',
    covers: 'code',
    command: (live) => {
      const python = interpreterOf(live);
      const command = readInterpreted(live.argv, UVICORN);
      if (python === undefined || command === undefined) return undefined;
      return {
        argv: [python, ...command.options, '-c', loadUvicorn, ...command.args],
        shown: 'uvicorn.Config(…).load()',
      };
    },
  },
  traps: [
    'A worker that is told to go closes connections whose request it has not read yet: in our tests up to 1 of 80 requests at 25 a second, mostly none; its authors saw 0.02 %.',
    'With one process HUP ends it: there is no reload, only a restart, or an overlap where the supervisor owns the socket (--fd 3).',
    'Before 0.30 there is no HUP for several processes either.',
    'A reload stops at the first new worker that is not ready within --timeout-worker-healthcheck (5 s): with an application that loads longer, nothing is replaced.',
    'A request that never ends keeps its worker, and the reload, for ever unless --timeout-graceful-shutdown is set.',
    'Any worker that has to be replaced while code that does not load is on disk, by a crash or by limit-max-requests, stays away.',
    'What runs at startup (lifespan) is not tried before a reload, only what is imported.',
    'Started by uvicorn.run() in a program of your own it is not recognised: say `type = uvicorn`.',
  ],
  sources: [
    'https://www.uvicorn.org/deployment/#built-in',
    'https://www.uvicorn.org/release-notes/',
    'https://github.com/Kludex/uvicorn/pull/3023',
    'uvicorn: supervisors/multiprocess.py, server.py, config.py',
  ],
  verified: ['uvicorn 0.54.0 (pip)', 'uvicorn 0.50.2 (pip)'],
};
