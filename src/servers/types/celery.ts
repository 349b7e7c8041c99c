import { leavesWith } from '../configured.ts';
import {
  askPythonVersion,
  interpreted,
  interpreterOf,
  readInterpreted,
  type Interpreted,
} from '../interpreted.ts';
import type { LiveProcess, LiveServer } from '../live-process.ts';
import type { CheckCommand, ServerType } from '../server-type.ts';
import loadCelery from './load-celery.py';

const CELERY: Interpreted = {
  interpreter: 'python',
  scripts: ['celery'],
  modules: ['celery'],
  // With setproctitle (celery/platforms.py, set_process_title).
  titles: ['[celeryd: ', '[celery beat'],
};

/** Options before the subcommand that take their value as the next word (celery/bin/celery.py). */
const VALUED: ReadonlySet<string> = new Set([
  ...['-A', '--app', '-b', '--broker', '--result-backend', '--loader', '--config', '--workdir'],
]);

/** The subcommand of a live celery; undefined where it is none. */
function subcommandOf({ argv }: Pick<LiveProcess, 'argv'>): string | undefined {
  const [title = ''] = argv;
  if (title.startsWith('[celeryd: ')) return 'worker';
  if (title.startsWith('[celery beat')) return 'beat';
  const { args = [] } = readInterpreted(argv, CELERY) ?? {};
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? '';
    if (VALUED.has(word)) at += 1;
    else if (!word.startsWith('-')) return word;
  }
  return undefined;
}

/** Whether the arguments have one of these options, as far as a title still shows them. */
const hasOption = ({ argv }: LiveProcess, option: RegExp): boolean => option.test(argv.join(' '));

const load = (live: LiveServer): CheckCommand | undefined => {
  const python = interpreterOf(live);
  const command = readInterpreted(live.argv, CELERY);
  if (python === undefined || command === undefined) return undefined;
  const argv = [python, ...command.options, '-c', loadCelery, ...command.args];
  return { argv, shown: 'load the celery application' };
};

const CHECK = {
  shown: 'the application and its task modules, loaded with the arguments of the running one',
  covers: 'code',
  command: load,
} as const;

/** A process that is about to go has no arguments any more. */
const isThere = ({ argv }: LiveProcess): boolean => argv.length > 0;

/** Pools without processes of their own (celery/concurrency/__init__.py). */
const isOneProcess = (live: LiveServer): boolean =>
  hasOption(live, /(?: -P ?| --pool[ =])(?:solo|threads|gevent|eventlet)\b/);

/** The scheduler in the worker (celery/bin/worker.py). */
const hasScheduler = (live: LiveServer): boolean => hasOption(live, /(?: -B\b| --beat\b)/);

const TWO_SCHEDULERS = 'it schedules jobs, and two of them would send every job twice';

const SOURCES = [
  'https://docs.celeryq.dev/en/stable/userguide/workers.html',
  'https://docs.celeryq.dev/en/stable/userguide/daemonizing.html',
];

/** A celery worker: no reload; TERM ends it warmly, when every job in hand has ended. */
export const celery: ServerType = {
  name: 'celery',
  title: 'Celery worker',
  kind: 'job-runner',
  recognition: {
    shown:
      'runs python with the script or module celery and the command worker, catches HUP, INT, QUIT, TERM and USR1',
    ...interpreted(CELERY),
    catches: ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1'],
    also: (live) => subcommandOf(live) === 'worker',
  },
  actions: {
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients:
        'nothing: jobs in hand are finished, those that were fetched and not begun go back to the broker',
    },
    fastStop: {
      send: { by: 'signal', signal: 'SIGQUIT' },
      clients: 'jobs in hand are cut off; only those with acks_late run again',
    },
  },
  // A second INT is a cold shutdown. HUP executes it anew, in a way that its own documentation does not recommend.
  stopSignals: {
    SIGTERM: 'graceful',
    SIGINT: 'graceful',
    SIGQUIT: 'fast',
    SIGHUP: 'no-stop',
    SIGUSR1: 'no-stop',
  },
  version: askPythonVersion('celery'),
  workers: {
    isWorker: isThere,
    readyWhenCatching: [],
    retiredWhen: 'gone',
  },
  // A warm shutdown lets the processes without a job go as soon as its loop comes round, which takes some seconds with some brokers.
  countJobs: (live) =>
    isOneProcess(live) || hasScheduler(live) ? undefined : live.children.filter(isThere).length,
  runsAlone: (live) => (hasScheduler(live) ? TWO_SCHEDULERS : undefined),
  variants: [
    {
      name: 'one process',
      when: isOneProcess,
      workers: undefined,
      traps: ['Jobs that run in threads or greenlets are waited for, but cannot be counted.'],
    },
  ],
  configured: {
    programs: /^celery$/,
    modules: CELERY.modules,
    takes: (args) => args.includes('worker') && !args.includes('beat'),
    leaves: leavesWith('--detach', '-D'),
    stopRemark: ({ environment }, signal) =>
      signal === 'SIGTERM' && environment.REMAP_SIGTERM === 'SIGQUIT'
        ? { effect: 'cuts-off', option: 'REMAP_SIGTERM', inEnvironment: true }
        : undefined,
  },
  ready: 'It catches its signals, and the processes of its pool are there.',
  proof: 'There is no reload: the old one has ended by itself, and a new one runs.',
  check: CHECK,
  traps: [
    'The default stopwaitsecs of 10 is shorter than most jobs: the KILL that follows loses the job in hand, or runs it twice with acks_late.',
    'stopasgroup=true sends TERM to the processes of the pool as well, which ends their jobs.',
    'QUIT and a second INT are a cold shutdown. With REMAP_SIGTERM=SIGQUIT in its environment TERM is one, too.',
    'A job without a time limit keeps the worker for as long as it likes: set task_time_limit, or a stopwaitsecs that says how long to wait (one hour otherwise).',
    'With autorestart=true supervisord starts it again as soon as it has ended by itself; it is stopped once more, before it has begun a job.',
    'With setproctitle its arguments cannot be read any more, and the application is not loaded before a restart.',
    'With -B the scheduler is one of its processes: jobs are not counted, and no second one is started beside it (--surge).',
    'With --pidfile a second one ends at once, and --surge with it. With two of one --hostname it warns, and both take jobs.',
    '--detach and `celery multi` leave nothing that a supervisor could watch.',
  ],
  sources: [...SOURCES, 'celery: apps/worker.py, bin/worker.py, concurrency/prefork.py'],
  verified: ['Celery 5.7.0 (pip)'],
};

/** celery beat: sends the jobs whose time has come; one process that keeps its schedule in a file. */
export const celeryBeat: ServerType = {
  name: 'celery-beat',
  title: 'Celery beat',
  kind: 'data',
  recognition: {
    shown:
      'runs python with the script or module celery and the command beat, catches INT and TERM',
    ...interpreted(CELERY),
    catches: ['SIGINT', 'SIGTERM'],
    also: (live) => subcommandOf(live) === 'beat',
  },
  actions: {
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients: 'nothing: what falls due meanwhile is sent after the start',
      graceSecs: 10,
    },
  },
  stopSignals: { SIGTERM: 'graceful', SIGINT: 'graceful', SIGQUIT: 'fast', SIGHUP: 'fast' },
  version: askPythonVersion('celery'),
  runsAlone: () => TWO_SCHEDULERS,
  configured: {
    programs: /^celery$/,
    modules: CELERY.modules,
    takes: (args) => args.includes('beat'),
    leaves: leavesWith('--detach', '-D'),
  },
  ready: 'It catches its signals.',
  proof: 'There is no reload: the old one has written its schedule and ended, and a new one runs.',
  check: CHECK,
  traps: [
    'HUP ends it, with its schedule not written.',
    'Two of them send every job twice: there is no way to start the new one first.',
  ],
  sources: [
    ...SOURCES,
    'https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html',
    'celery: apps/beat.py',
  ],
  verified: ['Celery 5.7.0 (pip)'],
};
