import type { LiveServer } from '../live-process.ts';
import type { CheckCommand, ServerType } from '../server-type.ts';

/** Reads its configuration files as a start would, prints where they are, and ends (postgres.c, PostmasterMain, -C). */
function check({ exe, argv, cwd }: LiveServer): CheckCommand | undefined {
  const args = argv.slice(1);
  // It has gone to its data directory since: what was written relative to another one can only be found again where it is that directory.
  const isElsewhere = args.some((word) => /^(?:-c|--)?\w+_file=(?!\/)/.test(word));
  if (exe === undefined || cwd === undefined || argv.length === 0 || isElsewhere) return undefined;
  const at = args.findIndex((word) => word.startsWith('-D'));
  const given = args[at] === '-D' ? args[at + 1] : args[at]?.slice(2);
  const directory = given === undefined || given.startsWith('/') ? [] : ['-D', cwd];
  return {
    argv: [exe, ...args, ...directory, '-C', 'config_file'],
    shown: 'postgres -C config_file',
  };
}

/** PostgreSQL: HUP reads the configuration; INT is the stop that neither waits for ever nor needs a recovery. */
export const postgres: ServerType = {
  name: 'postgres',
  title: 'PostgreSQL',
  kind: 'data',
  recognition: {
    shown:
      'runs a file named postgres, catches HUP, INT, QUIT, TERM and USR1, and has children of its own',
    binaries: /^(postgres|postmaster)$/,
    catches: ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1'],
    // A backend, whose title is 'postgres: …', would cancel its query on INT.
    also: ({ argv }) => !(argv[0] ?? '').startsWith('postgres: '),
  },
  actions: {
    reload: {
      send: { by: 'signal', signal: 'SIGHUP' },
      clients: 'nothing: sessions and their queries go on',
      loads: 'configuration',
      proof: 'answer',
      effectSecs: 5,
      bootSecs: 60,
      drainSecs: 60,
      afterDrain: 'left',
      keepsOldWhenBad: true,
    },
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGINT' },
      clients:
        'transactions in hand are rolled back and sessions closed; what was committed stays, and the next start needs no recovery',
      // The checkpoint at the end writes what is dirty in shared_buffers.
      graceSecs: 300,
    },
    fastStop: {
      send: { by: 'signal', signal: 'SIGQUIT' },
      clients: 'as in a crash: the next start recovers from the log, which takes its time',
    },
  },
  // TERM waits until every session has ended by itself, which one from a pool never does.
  stopSignals: { SIGINT: 'graceful', SIGQUIT: 'fast', SIGTERM: 'no-stop', SIGHUP: 'no-stop' },
  version: async ({ exe }, ask) =>
    exe === undefined
      ? undefined
      : /PostgreSQL\) (\d[\w.]*)/.exec((await ask([exe, '--version'])) ?? '')?.[1],
  configured: {
    programs: /^postgres$/,
    stopRemark: (_call, signal) =>
      signal === 'SIGTERM' ? { effect: 'waits-for-clients' } : undefined,
    bestStop: 'SIGINT',
  },
  ready: 'It catches its signals and listens.',
  proof:
    'Its configuration files were read aside before; what it has made of them afterwards it says in its log and in pg_settings only.',
  check: {
    shown: '`postgres … -C config_file`, which reads postgresql.conf and what it includes',
    covers: 'configuration',
    command: check,
  },
  traps: [
    'supervisord sends TERM unless it is told otherwise: a "smart" shutdown, which waits for every session, so that a KILL follows. Set stopsignal=INT.',
    'KILL leaves shared memory and, maybe, backends behind: never stopasgroup, and a stopwaitsecs that a checkpoint fits in.',
    'HUP with a bad line applies the others and says so only in its log; the check before finds it, but not faults in pg_hba.conf.',
    'Settings of the context postmaster (shared_buffers, port …) are read at a start only; HUP leaves them pending.',
    'INT to a single backend cancels its query, TERM ends its session: signals go to the postmaster alone.',
    'A restart is a gap for every client: for more than that it takes a standby or a pooler that holds them (PgBouncer: PAUSE).',
  ],
  sources: [
    'https://www.postgresql.org/docs/current/server-shutdown.html',
    'https://www.postgresql.org/docs/current/app-postgres.html',
    'https://www.postgresql.org/docs/current/config-setting.html',
  ],
  verified: ['PostgreSQL 15.18 (Debian 12)'],
};
