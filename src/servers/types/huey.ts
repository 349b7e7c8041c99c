import {
  askPythonVersion,
  interpreted,
  interpreterOf,
  readInterpreted,
  type Interpreted,
} from '../interpreted.ts';
import type { LiveServer } from '../live-process.ts';
import type { CheckCommand, ServerType } from '../server-type.ts';
import loadHuey from './load-huey.py';

const HUEY: Interpreted = {
  interpreter: 'python',
  scripts: ['huey_consumer', 'huey_consumer.py'],
  modules: ['huey.bin.huey_consumer'],
};

/** The option that swaps the two signals, in huey 3. */
const isSwapped = ({ argv }: LiveServer): boolean =>
  /(?: -g ?| --graceful-signal[ =])TERM\b/.test(argv.join(' '));

/** It does not put periodic tasks into the queue (huey/bin/huey_consumer.py). */
const hasNoSchedule = ({ argv }: LiveServer): boolean =>
  / (?:-n|--no-periodic)\b/.test(argv.join(' '));

function check(live: LiveServer): CheckCommand | undefined {
  const python = interpreterOf(live);
  const command = readInterpreted(live.argv, HUEY);
  if (python === undefined || command === undefined) return undefined;
  const argv = [python, ...command.options, '-c', loadHuey, ...command.args];
  return { argv, shown: 'load the huey instance' };
}

const CLIENTS = {
  graceful: 'nothing: tasks in hand are finished, the others stay in the queue',
  fast: 'tasks in hand are interrupted, and do not run again',
} as const;

/** huey: INT finishes, TERM interrupts, which is what a supervisor sends unless it is told otherwise. */
export const huey: ServerType = {
  name: 'huey',
  title: 'huey consumer',
  kind: 'job-runner',
  recognition: {
    shown:
      'runs python with the script huey_consumer or the module huey.bin.huey_consumer, catches HUP, INT and TERM',
    ...interpreted(HUEY),
    catches: ['SIGHUP', 'SIGINT', 'SIGTERM'],
  },
  actions: {
    gracefulStop: { send: { by: 'signal', signal: 'SIGINT' }, clients: CLIENTS.graceful },
    fastStop: { send: { by: 'signal', signal: 'SIGTERM' }, clients: CLIENTS.fast },
  },
  // HUP finishes the tasks and then executes the consumer anew, in the same process.
  stopSignals: { SIGINT: 'graceful', SIGTERM: 'fast', SIGQUIT: 'fast', SIGHUP: 'no-stop' },
  variants: [
    {
      name: 'graceful-signal TERM',
      when: isSwapped,
      actions: {
        gracefulStop: { send: { by: 'signal', signal: 'SIGTERM' }, clients: CLIENTS.graceful },
        fastStop: { send: { by: 'signal', signal: 'SIGINT' }, clients: CLIENTS.fast },
      },
      stopSignals: { SIGINT: 'fast', SIGTERM: 'graceful' },
    },
  ],
  runsAlone: (live) =>
    hasNoSchedule(live)
      ? undefined
      : 'it schedules periodic tasks, and two of them would run each twice (say --no-periodic where there are none)',
  version: askPythonVersion('huey'),
  configured: {
    programs: /^huey_consumer(\.py)?$/,
    modules: HUEY.modules,
    manageCommand: 'run_huey',
  },
  ready: 'It catches its signals, which it does before its workers begin.',
  proof: 'There is no reload: the old one has ended by itself, and a new one runs.',
  check: {
    shown: 'the huey instance, loaded with the arguments of the running consumer',
    covers: 'code',
    command: check,
  },
  traps: [
    'The default stopsignal=TERM interrupts tasks, which are then lost: set stopsignal=INT, and a stopwaitsecs as long as the longest task.',
    'A second INT interrupts them as well.',
    'HUP is a restart by itself, whose new code nobody has tried: where it does not import, nothing runs.',
    'Two consumers run each periodic task twice: a second one is only started beside it (--surge) with --no-periodic.',
    'How many tasks are in hand cannot be seen from outside.',
    'Started by `manage.py run_huey` it is not recognised: say `type = huey`.',
  ],
  sources: [
    'https://huey.readthedocs.io/en/latest/consumer.html#consumer-shutdown',
    'https://huey.readthedocs.io/en/latest/deployment.html',
    'huey: consumer.py, bin/huey_consumer.py',
  ],
  verified: ['huey 3.5.4 (pip)'],
};
