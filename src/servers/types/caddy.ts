import type { LiveServer } from '../live-process.ts';
import type { ServerType } from '../server-type.ts';

/** --config and --adapter of the running process, in any of their forms. */
const OPTION = /^(?:--config|-c|--adapter|-a)(?:=|$)/;

/**
 * The options of `caddy run` that say which configuration it reads; undefined where it goes on with the one that it was last given
 * through its API (--resume), so that no file says what to load.
 */
export function readCaddyOptions({
  argv,
}: Pick<LiveServer, 'argv'>): readonly string[] | undefined {
  if (argv.some((word) => /^(--resume|-r)(=true)?$/.test(word))) return undefined;
  const options: string[] = [];
  for (const [index, word] of argv.entries()) {
    if (!OPTION.test(word)) continue;
    options.push(word);
    const value = argv[index + 1];
    if (!word.includes('=') && value !== undefined) options.push(value);
  }
  return options;
}

/** Caddy 2: takes a new configuration from its own command, which waits until it is in service or refused. */
export const caddy: ServerType = {
  name: 'caddy',
  title: 'Caddy',
  kind: 'web',
  recognition: {
    shown: 'runs a file named caddy as `caddy run`, catches HUP, INT and TERM',
    binaries: /^caddy$/,
    argv: /^\S+ run(?: |$)/,
    catches: ['SIGHUP', 'SIGINT', 'SIGTERM'],
  },
  actions: {
    reload: {
      send: {
        by: 'command',
        shown: 'caddy reload --force with the --config and --adapter of the running process',
        argv: (live) => {
          const options = readCaddyOptions(live);
          return live.exe === undefined || options === undefined
            ? undefined
            : [live.exe, 'reload', ...options, '--force'];
        },
      },
      clients:
        'nothing: the listening sockets stay open, and the old configuration finishes its requests',
      loads: 'configuration',
      proof: 'answer',
      effectSecs: 60,
      bootSecs: 60,
      drainSecs: 30,
      afterDrain: 'left',
      keepsOldWhenBad: true,
    },
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients: 'requests in flight are answered, later ones are refused',
    },
    fastStop: {
      send: { by: 'signal', signal: 'SIGQUIT' },
      clients: 'requests in flight are cut off',
    },
  },
  stopSignals: {
    SIGTERM: 'graceful',
    SIGINT: 'graceful',
    SIGQUIT: 'fast',
    SIGHUP: 'no-stop',
    SIGUSR1: 'no-stop',
    SIGUSR2: 'no-stop',
  },
  version: async ({ exe }, ask) =>
    exe === undefined ? undefined : /\d+\.\d[\w.]*/.exec((await ask([exe, 'version'])) ?? '')?.[0],
  configured: {
    programs: /^caddy$/,
    leaves: ({ args }) => (args[0] === 'start' ? 'start' : undefined),
  },
  ready: 'The one process is there; a configuration that does not come into service is refused.',
  proof:
    '`caddy reload` ends with status 0 when the new configuration is in service, and with another when it was refused.',
  check: {
    shown: 'caddy validate with the --config and --adapter of the running process',
    covers: 'configuration',
    command: (live) => {
      const options = readCaddyOptions(live);
      if (live.exe === undefined || options === undefined) return undefined;
      return { argv: [live.exe, 'validate', ...options], shown: 'caddy validate' };
    },
  },
  traps: [
    'HUP and USR2 are caught and ignored, and so is USR1 up to 2.9: `kill` says 0 and nothing happens. Caddy 1 is another server, whose HUP stops it.',
    '`caddy reload` finds the running Caddy by the admin address of the new configuration: with another one there, or with `admin off`, nobody is reached.',
    'What only binding shows (an address that is in use) passes `caddy validate`, and `caddy reload` refuses it; the old configuration goes on.',
    'Variables of --envfile are not known to `caddy reload`.',
    'With --resume it goes on with what its API was given last, and no file says what to load: there is no reload.',
    'grace_period is off by default, so stopwaitsecs is the limit of a stop. A second INT ends it at once.',
  ],
  sources: [
    'https://caddyserver.com/docs/command-line#caddy-reload',
    'https://caddyserver.com/docs/command-line#signals',
    'Caddy: cmd/commandfuncs.go, sigtrap_posix.go',
  ],
  verified: ['Caddy 2.6.2 (Debian 12)'],
};
