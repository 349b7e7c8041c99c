import { leavesWith } from '../configured.ts';
import { basename } from 'node:path';
import { interpreted, readInterpreted, type Interpreted } from '../interpreted.ts';
import type { LiveServer } from '../live-process.ts';
import type { ReloadWay, ServerType, WorkerRules } from '../server-type.ts';

const PUMA: Interpreted = { interpreter: 'ruby', scripts: ['puma'], titles: ['puma '] };

/** Reads arguments, configuration file and environment as puma itself does (lib/puma/cli.rb), without a launcher that would act on them. */
const CONFIGURATION = `
require "puma"
require "puma/cli"
require "puma/launcher"
class Puma::Launcher
  def initialize(*, **)
  end
end
conf = Puma::CLI.new(ARGV.dup).instance_variable_get(:@conf)
conf.load
conf.clamp
`;

const SETTINGS = `${CONFIGURATION}
puts "preload_app=#{conf.options[:preload_app] ? true : false}"
puts "redirect_stdout=#{conf.options[:redirect_stdout] ? true : false}"
puts "queue_requests=#{conf.options[:queue_requests] != false}"
`;

const LOAD = `${CONFIGURATION}
ENV["RACK_ENV"] = conf.environment
conf.app
`;

const VERSION = 'require "puma/const"; puts Puma::Const::PUMA_VERSION';

const PHASED: ReloadWay = {
  send: { by: 'signal', signal: 'SIGUSR1' },
  clients:
    'nobody is refused; workers are replaced one by one, each old one before its new one has loaded the application',
  loads: 'code',
  proof: 'workers-replaced',
  // A worker finishes its requests first: worker_shutdown_timeout is 30 s.
  effectSecs: 40,
  bootSecs: 60,
  drainSecs: 300,
  afterDrain: 'left',
  keepsOldWhenBad: false,
};

const HOT: ReloadWay = {
  ...PHASED,
  send: { by: 'signal', signal: 'SIGUSR2' },
  clients:
    'nobody is refused, but requests wait while the master is executed anew and loads the application',
  cost: 'stall',
};

/** It makes its reactor after the application was loaded (server.rb, run). */
const REACTOR = /^anon_inode:\[eventpoll\]$/;

const WORKERS: WorkerRules = {
  isWorker: ({ argv }) => argv[0]?.startsWith('puma: cluster worker') === true,
  readyWhenCatching: [],
  readyWhenOpen: REACTOR,
  retiredWhen: 'gone',
};

const isCluster = ({ caught }: LiveServer): boolean => caught?.has('SIGTTIN') === true;

const isSet = ({ settings }: LiveServer, name: string): boolean =>
  settings.get(name)?.[0] === 'true';

/** How it was started: its title tells nothing of that. undefined: by a script, or nobody knows. */
function readArguments({ argv, command }: LiveServer): readonly string[] | undefined {
  const live = readInterpreted(argv, PUMA);
  if (live !== undefined) return live.args;
  const at = command.findIndex((word) => basename(word) === 'puma');
  return at === -1 ? undefined : command.slice(at + 1);
}

/** puma: a cluster replaces its workers one by one at USR1, unless it has preloaded the application. */
export const puma: ServerType = {
  name: 'puma',
  title: 'puma',
  kind: 'web',
  recognition: {
    shown:
      'runs ruby, calls itself "puma", catches HUP, INT, TERM, USR1 and USR2; a cluster catches TTIN and TTOU too',
    ...interpreted(PUMA),
    catches: ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2'],
    // A worker has inherited the signals.
    also: ({ argv }) => argv[0]?.startsWith('puma: cluster worker') !== true,
  },
  actions: {
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients: 'requests in flight are answered, later ones are refused',
    },
    fastStop: {
      send: { by: 'signal', signal: 'SIGQUIT' },
      clients: 'requests in flight are cut off',
    },
    upgrade: {
      send: { by: 'signal', signal: 'SIGUSR2' },
      clients:
        'nobody is refused, but requests wait while the process is executed anew and loads the application',
      pid: 'same',
    },
  },
  stopSignals: { SIGTERM: 'graceful', SIGINT: 'graceful', SIGHUP: 'graceful', SIGQUIT: 'fast' },
  variants: [
    {
      name: 'cluster',
      when: isCluster,
      actions: {
        reload: PHASED,
        moreWorkers: { send: { by: 'signal', signal: 'SIGTTIN' }, clients: 'nothing' },
        fewerWorkers: { send: { by: 'signal', signal: 'SIGTTOU' }, clients: 'nothing' },
      },
      workers: WORKERS,
      traps: [
        'Where it has preloaded the application USR1 is silently the same as USR2.',
        'A phased restart with code that does not load goes on for ever with one worker fewer.',
      ],
    },
    {
      name: 'cluster with preload_app',
      when: (live) => isCluster(live) && isSet(live, 'preload_app'),
      actions: { reload: HOT },
    },
    {
      name: 'without queue_requests',
      when: (live) => isCluster(live) && live.settings.get('queue_requests')?.[0] === 'false',
      workers: { isWorker: WORKERS.isWorker, readyWhenCatching: [], retiredWhen: 'gone' },
    },
    {
      name: 'stdout_redirect',
      when: (live) => isSet(live, 'redirect_stdout'),
      actions: { reopenLogs: { send: { by: 'signal', signal: 'SIGHUP' }, clients: 'nothing' } },
      stopSignals: { SIGHUP: 'no-stop' },
    },
  ],
  version: async ({ exe }, ask) =>
    exe === undefined ? undefined : (await ask([exe, '-e', VERSION]))?.trim().split('\n')[0],
  settings: async (live, ask) => {
    const args = readArguments(live);
    if (live.exe === undefined || args === undefined) return undefined;
    const output = await ask([live.exe, '-e', SETTINGS, '--', ...args]);
    if (output === undefined) return undefined;
    const pairs = [...output.matchAll(/^(\w+)=(\w+)$/gm)];
    return new Map(pairs.map(([, name = '', value = '']) => [name, [value]]));
  },
  single: { readyWhenOpen: REACTOR },
  takesSocket: 'by itself, for a `bind` with the same address',
  configured: {
    programs: /^puma$/,
    leaves: leavesWith('-d', '--daemon'),
    addressOptions: ['-b', '--bind', '-p'],
  },
  ready: 'A worker has made its reactor: it does so after it has loaded the application.',
  proof: 'The same process has new workers that are ready, and every old one is gone.',
  check: {
    shown:
      'configuration file and rackup, loaded by Puma::Configuration with the arguments of the running one',
    covers: 'code',
    command: (live) => {
      const args = readArguments(live);
      if (live.exe === undefined || args === undefined) return undefined;
      return { argv: [live.exe, '-e', LOAD, '--', ...args], shown: 'Puma::Configuration#app' };
    },
  },
  traps: [
    'A worker that is told to go closes connections of which it has read nothing yet (server.rb, reactor_wakeup): in our tests up to 1 of 150 requests at 25 a second, mostly none.',
    'HUP stops it unless stdout_redirect is set.',
    'QUIT, which is graceful for unicorn and nginx, cuts requests off.',
    'A single process knows only the hot restart (USR2), which executes it anew: with code that does not load it simply exits.',
    'preload_app! is the default with two workers or more since 5.0.',
    '`pumactl restart` on a dead pid starts a new server; `pumactl phased-restart` says success when it has only asked.',
  ],
  sources: [
    'https://github.com/puma/puma/blob/master/docs/restart.md',
    'https://github.com/puma/puma/blob/master/docs/signals.md',
    'puma 5.6: lib/puma/launcher.rb, cluster.rb, cluster/worker.rb, configuration.rb',
  ],
  verified: ['puma 5.6.5 (Debian 12)'],
};
