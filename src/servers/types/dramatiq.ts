import { graceOption } from '../configured.ts';
import {
  askPythonVersion,
  interpreted,
  interpreterOf,
  readInterpreted,
  type Interpreted,
} from '../interpreted.ts';
import type { LiveServer } from '../live-process.ts';
import type { CheckCommand, ServerType } from '../server-type.ts';
import loadDramatiq from './load-dramatiq.py';

const DRAMATIQ: Interpreted = {
  interpreter: 'python',
  scripts: ['dramatiq', 'dramatiq-gevent'],
  modules: ['dramatiq'],
};

function check(live: LiveServer): CheckCommand | undefined {
  const python = interpreterOf(live);
  const command = readInterpreted(live.argv, DRAMATIQ);
  if (python === undefined || command === undefined) return undefined;
  const argv = [python, ...command.options, '-c', loadDramatiq, ...command.args];
  return { argv, shown: 'load the broker and the modules' };
}

/** dramatiq: no reload worth the name; TERM to the main process lets every worker finish its messages. */
export const dramatiq: ServerType = {
  name: 'dramatiq',
  title: 'dramatiq',
  kind: 'job-runner',
  recognition: {
    shown: 'runs python with the script or module dramatiq, catches HUP, INT and TERM',
    ...interpreted(DRAMATIQ),
    catches: ['SIGHUP', 'SIGINT', 'SIGTERM'],
  },
  actions: {
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients:
        'nothing: messages in hand are finished, those that were fetched and not begun go back to the broker',
      // worker-shutdown-timeout; what takes longer goes back to the broker and runs again.
      graceSecs: 600,
    },
  },
  // INT becomes TERM for the workers. HUP stops all of them and executes dramatiq anew, in the same process.
  stopSignals: { SIGTERM: 'graceful', SIGINT: 'graceful', SIGQUIT: 'fast', SIGHUP: 'no-stop' },
  version: askPythonVersion('dramatiq'),
  workers: {
    isWorker: ({ argv }) => !/resource_tracker|forkserver/.test(argv.join(' ')),
    readyWhenCatching: ['SIGTERM'],
    retiredWhen: 'gone',
  },
  configured: {
    programs: /^dramatiq$/,
    modules: DRAMATIQ.modules,
    grace: graceOption('--worker-shutdown-timeout', ['--worker-shutdown-timeout'], 600_000, 1000),
  },
  ready: 'Its worker processes catch TERM, and it does so itself when they have booted.',
  proof: 'There is no reload: the old one has ended by itself, and a new one runs.',
  check: {
    shown: 'the broker and the modules, loaded with the arguments of the running one',
    covers: 'code',
    command: check,
  },
  traps: [
    'A second TERM ends a worker at once: TERM to the process group (stopasgroup) reaches every worker twice, by itself and by the main process.',
    'Messages that are cut off run again from their beginning.',
    'One worker that dies ends all others.',
    'HUP stops every worker before it starts the first new one, and does not look whether the new code imports.',
    'Each worker has threads: what can be seen is how many worker processes are still there, not how many messages they have.',
  ],
  sources: ['https://dramatiq.io/advanced.html#signals', 'dramatiq: cli.py, worker.py'],
  verified: ['dramatiq 2.2.1 (pip)'],
};
