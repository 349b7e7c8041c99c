import { leavesWith, optionValue } from '../configured.ts';
import { binaryName, type LiveServer } from '../live-process.ts';
import type { ReloadWay, ServerType } from '../server-type.ts';

const BINARIES = /^php-fpm[\d.]*$/;

const TITLE = /^php-fpm: master process \((.+)\)$/;

/** Options that say how to run, not what to read. */
const RUN_OPTIONS = /^(-F|--nodaemonize|-D|--daemonize|-O|--force-stderr)$/;

/** Written by the one that runs. */
const PID_FILE = /^(-g|--pid)$/;

/**
 * The options that decide what is read. The master writes its title over its command line, so that only the configured command has them,
 * where that is php-fpm itself; else the title, which names the configuration.
 */
export function readPhpFpmOptions({
  argv,
  command,
}: Pick<LiveServer, 'argv' | 'command'>): readonly string[] | undefined {
  const configuration = TITLE.exec(argv.join(' ').trim())?.[1];
  if (!BINARIES.test(command[0]?.split('/').at(-1) ?? '')) {
    return configuration === undefined ? undefined : ['-y', configuration];
  }
  const options: string[] = [];
  for (let index = 1; index < command.length; index += 1) {
    const word = command[index] ?? '';
    if (PID_FILE.test(word)) index += 1;
    else if (!RUN_OPTIONS.test(word)) options.push(word);
  }
  return options;
}

const RELOAD: ReloadWay = {
  send: { by: 'signal', signal: 'SIGUSR2' },
  clients:
    'nobody is refused, but every request waits in the listen queue until those in flight are done or process_control_timeout is over, since the master then executes itself anew (measured: 1.7 s beside a request of 2 s)',
  loads: 'code',
  proof: 'workers-replaced',
  effectSecs: 65,
  bootSecs: 30,
  drainSecs: 65,
  afterDrain: 'left',
  keepsOldWhenBad: false,
  cost: 'stall',
};

/** php-fpm: USR2 waits for the workers as long as process_control_timeout says, and executes the master anew. */
export const phpFpm: ServerType = {
  name: 'php-fpm',
  title: 'php-fpm',
  kind: 'web',
  recognition: {
    shown:
      'runs a file named php-fpm, with or without a version, catches QUIT, USR1, USR2 and TERM',
    binaries: BINARIES,
    catches: ['SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGTERM'],
  },
  actions: {
    reload: RELOAD,
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGQUIT' },
      clients:
        'requests in flight are answered within process_control_timeout, later ones are refused',
    },
    fastStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients: 'requests in flight are cut off',
    },
    reopenLogs: { send: { by: 'signal', signal: 'SIGUSR1' }, clients: 'nothing' },
    upgrade: { send: RELOAD.send, clients: RELOAD.clients, pid: 'same' },
  },
  stopSignals: {
    SIGQUIT: 'graceful',
    SIGTERM: 'fast',
    SIGINT: 'fast',
    SIGUSR1: 'no-stop',
    SIGUSR2: 'no-stop',
  },
  variants: [
    {
      name: 'process_control_timeout = 0',
      when: ({ settings }) => /^0s?$/.test(settings.get('process_control_timeout')?.[0] ?? ''),
      actions: {
        reload: {
          ...RELOAD,
          clients:
            'requests in flight are cut off (the web server in front answers 502), later ones wait',
          cost: 'gap',
        },
        upgrade: {
          send: RELOAD.send,
          clients: 'requests in flight are cut off, later ones wait',
          pid: 'same',
        },
        gracefulStop: undefined,
      },
      stopSignals: { SIGQUIT: 'fast' },
      traps: [
        'This is the default: USR2 and QUIT cut off what is in flight. Set process_control_timeout in php-fpm.conf to what the longest request takes; until then a reload is only done with --allow-downtime.',
      ],
    },
    {
      name: 'pm = ondemand',
      when: ({ settings }) => settings.get('pm')?.every((pm) => pm === 'ondemand') === true,
      workers: undefined,
      traps: [
        'Workers come with the first request, so that only the check before and the master after a reload can be looked at.',
      ],
    },
  ],
  workers: {
    isWorker: (child, master) =>
      child.argv[0]?.startsWith('php-fpm: pool ') === true &&
      (child.exe === undefined || binaryName(child) === binaryName(master)),
    readyWhenCatching: [],
    retiredWhen: 'gone',
    varies: true,
  },
  version: async ({ exe }, ask) =>
    exe === undefined ? undefined : /^PHP ([\d.]+)/m.exec((await ask([exe, '-v'])) ?? '')?.[1],
  // It prints the configuration of every pool, and binds nothing.
  settings: async (live, ask) => {
    const options = readPhpFpmOptions(live);
    if (live.exe === undefined || options === undefined) return undefined;
    const output = await ask([live.exe, ...options, '-tt']);
    return output === undefined ? undefined : parsePhpFpmSettings(output);
  },
  configured: {
    programs: BINARIES,
    files: (args) => [optionValue(args, ['-y', '--fpm-config'])],
    leaves: (call) =>
      leavesWith('-F', '--nodaemonize')(call) !== undefined ||
      /^[ \t]*daemonize[ \t]*=[ \t]*(no|off|0|false)/m.test(call.text)
        ? undefined
        : 'no --nodaemonize',
    addressOptions: [],
  },
  ready: 'A worker calls itself "php-fpm: pool …"; the listening sockets are open all the time.',
  proof: 'The same process has new workers, and every old one is gone.',
  check: {
    shown:
      'php-fpm -t with the -y, -c, -n, -d and -p of the configured command, or the configuration that the master names in its title',
    covers: 'configuration',
    command: (live) => {
      const options = readPhpFpmOptions(live);
      return live.exe === undefined || options === undefined
        ? undefined
        : { argv: [live.exe, ...options, '-t'], shown: `${binaryName(live)} -t` };
    },
  },
  traps: [
    'With a bad configuration USR2 ends it: the master executes itself, does not come up, and nobody answers. So it is checked aside first, always.',
    'TERM, the stop signal that supervisord sends by default, cuts requests off: set stopsignal=QUIT, and process_control_timeout below stopwaitsecs.',
    'One slow request holds a reload up, and with it every other request of all pools, until process_control_timeout is over.',
    'HUP is in no document; 8.2 takes it for USR2.',
    'PHP code is read for each request anyway, except with opcache.validate_timestamps=0: then a reload is what brings new code.',
    'A long sleep() in PHP ends early when QUIT or USR2 reaches its worker.',
    'Under a supervisor it needs -F or `daemonize = no`.',
  ],
  sources: [
    'https://www.php.net/manual/en/install.fpm.configuration.php#process-control-timeout',
    'https://manpages.debian.org/bookworm/php8.2-fpm/php-fpm8.2.8.en.html',
    'php-src: sapi/fpm/fpm/fpm_process_ctl.c, fpm_signals.c',
  ],
  verified: ['php-fpm 8.2.35 behind nginx 1.22.1 (Debian 12)'],
};

/** Reads what -tt prints: the global settings and those of each pool. */
export function parsePhpFpmSettings(output: string): ReadonlyMap<string, readonly string[]> {
  const settings = new Map<string, readonly string[]>();
  for (const [, name = '', value = ''] of output.matchAll(/NOTICE: \s*([\w.]+) = (.*)$/gm)) {
    settings.set(name, [...(settings.get(name) ?? []), value]);
  }
  return settings;
}
