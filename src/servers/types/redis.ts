import { basename } from 'node:path';
import type { LiveServer } from '../live-process.ts';
import type { CheckCommand, ServerType } from '../server-type.ts';

/** Debian's redis-server is a link to redis-check-rdb; the name that it was called by decides what it is. */
const BINARIES = /^(redis|valkey)-(server|check-rdb|check-aof)$/;

/**
 * Has redis read its configuration and go: with nothing to listen on it ends right after it has read everything, before it looks at its
 * data (server.c, initServer). Its exit status is 1 either way, what it says is not.
 */
const CHECK = `
said=$("$@" --port 0 --tls-port 0 --unixsocket "" --logfile "" --pidfile "" --daemonize no 2>&1)
case $said in *"Configured to not listen anywhere"*) exit 0 ;; esac
printf '%s\\n' "$said"
exit 1
`;

/** redis writes a title over its argv, so that the configured command has to say which file it reads. */
function check({ command, exe }: LiveServer): CheckCommand | undefined {
  const [binary, ...args] = command;
  if (binary === undefined || exe === undefined) return undefined;
  if (!/^(redis|valkey)-server$/.test(basename(binary))) return undefined;
  return {
    argv: ['/bin/sh', '-c', CHECK, 'sh', binary, ...args],
    shown: `${basename(binary)} with nothing to listen on`,
  };
}

/** redis (and valkey): nothing to reload; TERM saves what has to be saved and ends it. */
export const redis: ServerType = {
  name: 'redis',
  title: 'Redis',
  kind: 'data',
  recognition: {
    shown: 'runs a file named redis-server (in Debian redis-check-rdb), catches INT and TERM',
    binaries: BINARIES,
    argv: /(?:redis|valkey)-server\b/,
    catches: ['SIGINT', 'SIGTERM'],
  },
  actions: {
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients:
        'commands that have arrived are carried out and saved, though the answer may be lost; then connections are refused until it is back with its data',
      // Replicas get shutdown-timeout (10 s) to catch up; then the data set is written, which takes minutes when it is large.
      graceSecs: 300,
    },
  },
  // A second INT ends it at once.
  stopSignals: {
    SIGTERM: 'graceful',
    SIGINT: 'graceful',
    SIGQUIT: 'fast',
    SIGHUP: 'no-stop',
  },
  version: async ({ exe }, ask) =>
    exe === undefined
      ? undefined
      : /\bv=(\d[\w.]*)/.exec(
          (await ask([exe.replace(/-check-(?:rdb|aof)$/, '-server'), '--version'])) ?? '',
        )?.[1],
  configured: {
    programs: /^redis-server$/,
    files: (args) => [args.find((word) => word.endsWith('.conf'))],
    leaves: ({ args, text }) =>
      args.some((word, index) => word === '--daemonize' && args[index + 1] === 'yes') ||
      /^[ \t]*daemonize[ \t]+yes/m.test(text)
        ? 'daemonize yes'
        : undefined,
    addressOptions: ['--port'],
  },
  ready: 'It catches its signals and listens.',
  proof: 'There is no reload: the old one has saved and ended, and a new one listens.',
  check: {
    shown: 'its configuration, read by a redis-server that is given nothing to listen on',
    covers: 'configuration',
    command: check,
  },
  traps: [
    'HUP is ignored: settings are changed with CONFIG SET and kept with CONFIG REWRITE, without a restart.',
    'KILL, which follows stopwaitsecs, loses what was written since the last save. reloadctl waits up to 300 s for a save before it lets the supervisor do that.',
    'When the data cannot be saved (disk full, no permission) TERM does not end it: it says so in its log and goes on.',
    'A second INT ends it without a save.',
    'With `daemonize yes` supervisord loses it.',
    'Its log file is opened for every line: rotation needs no signal.',
    'A restart is a gap for every client: for more than that it takes a replica and a failover.',
  ],
  sources: [
    'https://redis.io/docs/latest/operate/oss_and_stack/reference/signals/',
    'https://redis.io/docs/latest/commands/shutdown/',
    'redis 7.0: src/server.c, src/config.c',
  ],
  verified: ['Redis 7.0.15 (Debian 12)'],
};
