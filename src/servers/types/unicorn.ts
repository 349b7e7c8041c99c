import { leavesWith } from '../configured.ts';
import { interpreted, readInterpreted, type Interpreted } from '../interpreted.ts';
import type { LiveServer } from '../live-process.ts';
import type { ReloadWay, ServerType } from '../server-type.ts';

const UNICORN: Interpreted = {
  interpreter: 'ruby',
  scripts: ['unicorn', 'unicorn_rails'],
  titles: ['unicorn master', 'unicorn_rails master'],
};

/**
 * Runs the script of unicorn, found as the live one was, up to the moment where the server would bind its listeners: options, the
 * configuration file and the rackup are read by unicorn itself. Its logs stay ours, so that an error can be seen.
 */
const ASIDE = `
require "unicorn"
class Unicorn::HttpServer
  def stdout_path=(path)
  end
  def stderr_path=(path)
  end
  def start
    aside
    exit!(0)
  end
end
found = (Gem.bin_path("unicorn", "unicorn") rescue nil)
SCRIPT = [found, *ENV["PATH"].split(":").map { |place| File.join(place, "unicorn") }].compact.find { |path| File.file?(path) }
`;

const LOAD = `${ASIDE}
class Unicorn::HttpServer
  def aside
    build_app!
  end
end
load SCRIPT
`;

/** Prints what decides how it is reloaded, and whether the files that the title names are where the master stands. */
const SETTINGS = `${ASIDE}
named = ARGV.join(" ")[/(?:-c|--config-file)[ =]?(\\S+)/, 1]
puts "checkable=true" if SCRIPT && (named.nil? || File.file?(named))
class Unicorn::HttpServer
  def aside
    puts "preload_app=#{preload_app}"
    $stdout.flush
  end
end
begin
  load SCRIPT
rescue Exception
  $stdout.flush
end
exit!(0)
`;

const VERSION =
  'module Unicorn; module Const; end; end; require "unicorn/version"; puts Unicorn::Const::UNICORN_VERSION';

const RELOAD: ReloadWay = {
  send: { by: 'signal', signal: 'SIGHUP' },
  clients:
    'nobody is refused, but all old workers go at once: requests wait until the first new one has loaded the application',
  loads: 'code',
  proof: 'workers-replaced',
  // Workers that are all in a request go when they have answered it, or are killed after `timeout` (60 s).
  effectSecs: 65,
  bootSecs: 60,
  drainSecs: 65,
  afterDrain: 'left',
  keepsOldWhenBad: true,
  cost: 'stall',
};

/** Its arguments, also from the title "unicorn master …", which has lost what quotes held together. */
function readArguments({ argv }: Pick<LiveServer, 'argv'>): readonly string[] {
  const command = readInterpreted(argv, UNICORN);
  if (command !== undefined) return command.args;
  const [, , ...words] = (argv[0] ?? '').trim().split(' ');
  return words[0] === '(old)' ? words.slice(1) : words;
}

const hasConfigFile = (live: LiveServer): boolean =>
  readArguments(live).some((word) => word.startsWith('-c') || word.startsWith('--config-file'));

const isDetached = (live: LiveServer): boolean =>
  readArguments(live).some((word) => word === '-D' || word === '--daemonize');

/** unicorn: HUP replaces all workers at once, QUIT stops gracefully, TERM does not. */
export const unicorn: ServerType = {
  name: 'unicorn',
  title: 'unicorn',
  kind: 'web',
  recognition: {
    shown:
      'runs ruby, calls itself "unicorn master", catches HUP, QUIT, TERM, USR1, USR2, TTIN, TTOU and WINCH',
    ...interpreted(UNICORN),
    catches: ['SIGHUP', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGTTIN', 'SIGTTOU'],
  },
  actions: {
    reload: RELOAD,
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGQUIT' },
      clients: 'requests in flight are answered, later ones are refused',
      graceSecs: 60,
    },
    fastStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients: 'requests in flight are cut off',
    },
    reopenLogs: { send: { by: 'signal', signal: 'SIGUSR1' }, clients: 'nothing' },
    moreWorkers: { send: { by: 'signal', signal: 'SIGTTIN' }, clients: 'nothing' },
    fewerWorkers: { send: { by: 'signal', signal: 'SIGTTOU' }, clients: 'nothing' },
    upgrade: {
      send: { by: 'signal', signal: 'SIGUSR2' },
      clients: 'nothing, once the old master is told to go (QUIT)',
      pid: 'new',
    },
  },
  stopSignals: { SIGQUIT: 'graceful', SIGTERM: 'fast', SIGINT: 'fast', SIGHUP: 'no-stop' },
  variants: [
    {
      name: 'without a configuration file',
      when: (live) => !hasConfigFile(live),
      actions: { reload: undefined },
      traps: [
        'HUP is then the same as USR2: a second master beside the first one, which the supervisor does not know.',
      ],
    },
    {
      name: 'preload_app',
      when: ({ settings }) => settings.get('preload_app')?.[0] === 'true',
      actions: { reload: undefined },
      traps: ['HUP replaces the workers, but the code that the master has required stays.'],
    },
  ],
  version: async ({ exe }, ask) =>
    exe === undefined ? undefined : (await ask([exe, '-e', VERSION]))?.trim().split('\n')[0],
  settings: async (live, ask) => {
    if (live.exe === undefined || isDetached(live)) return undefined;
    const output = await ask([live.exe, '-e', SETTINGS, '--', ...readArguments(live)]);
    const pairs = [...(output ?? '').matchAll(/^(\w+)=(\w+)$/gm)];
    return new Map(pairs.map(([, name = '', value = '']) => [name, [value]]));
  },
  workers: {
    isWorker: ({ argv }) => /^unicorn(_rails)? worker\[/.test(argv[0] ?? ''),
    // Ignored until the application is loaded (http_server.rb, worker_loop).
    readyWhenCatching: ['SIGUSR1'],
    retiredWhen: 'gone',
  },
  takesSocket: 'by itself, for a `listen` with the same address',
  configured: {
    programs: /^unicorn(_rails)?$/,
    leaves: leavesWith('-D', '--daemonize'),
    addressOptions: ['-l', '--listen', '-p'],
  },
  ready:
    'A worker catches USR1: it does so after it has loaded the application, just before its loop.',
  proof: 'The same master has new workers that are ready, and every old one is gone.',
  check: {
    shown:
      'the script of unicorn with the arguments of the running one, up to where it would listen: configuration file and rackup are loaded',
    covers: 'code',
    command: (live) => {
      const isCheckable = live.settings.get('checkable')?.[0] === 'true';
      if (live.exe === undefined || !isCheckable) return undefined;
      return {
        argv: [live.exe, '-e', LOAD, '--', ...readArguments(live)],
        shown: 'unicorn, without listening',
      };
    },
  },
  traps: [
    'TERM and INT cut requests off, other than with gunicorn and puma: set stopsignal=QUIT.',
    'HUP with code that does not load ends every old worker, and no new one comes up.',
    'With a bad configuration file it keeps the old one, and says so only in its log.',
    'The master that USR2 starts is not the process that a supervisor watches.',
    'A request that needs longer than `timeout` (60 s) is killed, also during a stop.',
  ],
  sources: [
    'https://yhbt.net/unicorn/SIGNALS.html',
    'https://yhbt.net/unicorn/Unicorn/Configurator.html',
    'unicorn 6.0: lib/unicorn/http_server.rb, bin/unicorn',
  ],
  verified: ['unicorn 6.0.0 (Debian 12)'],
};
