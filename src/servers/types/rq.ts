import {
  askPythonVersion,
  interpreted,
  interpreterOf,
  readInterpreted,
  type Interpreted,
} from '../interpreted.ts';
import type { CheckCommand, ServerType } from '../server-type.ts';
import type { LiveServer } from '../live-process.ts';
import loadRq from './load-rq.py';

const RQ: Interpreted = {
  interpreter: 'python',
  scripts: ['rq', 'rqworker'],
  modules: ['rq.cli'],
  // With setproctitle (rq/worker/base.py, procline).
  titles: ['rq:worker:', 'rq:worker-pool:'],
};

const words = ({ argv }: LiveServer): string => argv.join(' ');

const isPool = (live: LiveServer): boolean =>
  words(live).startsWith('rq:worker-pool') ||
  readInterpreted(live.argv, RQ)?.args.includes('worker-pool') === true;

function check(live: LiveServer): CheckCommand | undefined {
  const python = interpreterOf(live);
  const command = readInterpreted(live.argv, RQ);
  if (python === undefined || command?.args[0]?.startsWith('worker') !== true) return undefined;
  return {
    argv: [python, ...command.options, '-c', loadRq, ...command.args],
    shown: 'load the settings of rq',
  };
}

const isWorking = (word: string): boolean => word === 'worker' || word === 'worker-pool';

/** Commands of rq that are no worker. */
const OTHER_COMMANDS: ReadonlySet<string> = new Set([
  ...['info', 'enqueue', 'empty', 'requeue', 'suspend', 'resume', 'cron', 'scheduler'],
]);

/** rq: no reload; the first TERM lets the job in hand finish, a second one kills it. */
export const rq: ServerType = {
  name: 'rq',
  title: 'rq worker',
  kind: 'job-runner',
  recognition: {
    shown:
      'runs python with the script rq or the module rq.cli and the command worker, catches INT and TERM',
    ...interpreted(RQ),
    catches: ['SIGINT', 'SIGTERM'],
    also: (live) =>
      words(live).startsWith('rq:') || / worker(-pool)?\b|\/rqworker\b/.test(words(live)),
  },
  actions: {
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients: 'nothing: the job in hand is finished, the others stay in the queue',
    },
  },
  // A second one, a second or more later, kills the process that is at the job.
  stopSignals: {
    SIGTERM: 'graceful',
    SIGINT: 'graceful',
    SIGQUIT: 'fast',
    SIGHUP: 'fast',
    SIGUSR1: 'fast',
    SIGUSR2: 'fast',
  },
  version: askPythonVersion('rq'),
  // Each job has a process of its own, for as long as it takes. None to be seen may also be a worker that does without.
  countJobs: ({ children }) => (children.length === 0 ? undefined : children.length),
  variants: [
    {
      name: 'worker pool',
      when: isPool,
      workers: {
        isWorker: ({ argv }) => argv.length > 0,
        readyWhenCatching: ['SIGTERM'],
        retiredWhen: 'gone',
      },
      traps: ['The jobs of a pool are waited for; what is counted are its workers.'],
    },
  ],
  configured: {
    programs: /^(rq|rqworker)$/,
    modules: ['rq', 'rq.cli'],
    manageCommand: 'rqworker',
    takes: (args) =>
      args.length === 0 || args.some(isWorking) || !OTHER_COMMANDS.has(args[0] ?? ''),
  },
  ready: 'It catches its signals, which it does before it looks for a job.',
  proof: 'There is no reload: the old one has ended by itself, and a new one runs.',
  check: {
    shown:
      'its settings and the classes that they name, loaded with the arguments of the running one, and a PING to redis',
    covers: 'configuration',
    command: check,
  },
  traps: [
    'The process of a job does not catch TERM: sent to every process of the program (a process group of older versions, systemd, a script), it ends the job.',
    'The second TERM or INT kills the job: whoever is impatient loses it.',
    'HUP ends the worker at once, and its job goes on without it.',
    'Every job is loaded in a process of its own: new code of jobs is in service without a restart, and broken code is seen when a job runs, not before.',
    'The KILL that follows stopwaitsecs leaves the job running alone; rq calls it abandoned and may run it twice.',
    'Started by `manage.py rqworker` it is not recognised: say `type = rq`.',
  ],
  sources: [
    'https://python-rq.org/docs/workers/',
    'https://python-rq.org/patterns/supervisor/',
    'rq: worker/base.py, worker_pool.py, cli/workers.py',
  ],
  verified: ['rq 2.12.0 (pip)'],
};
