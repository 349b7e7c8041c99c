import { leavesWithout } from '../configured.ts';
import type { ServerType } from '../server-type.ts';

/** rsyslog: HUP opens its files anew and reads nothing; a new configuration takes a restart. */
export const rsyslog: ServerType = {
  name: 'rsyslog',
  title: 'rsyslog',
  kind: 'log',
  recognition: {
    shown: 'runs a file named rsyslogd, catches HUP and TERM',
    binaries: /^rsyslogd$/,
    catches: ['SIGHUP', 'SIGTERM'],
  },
  actions: {
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients:
        'what has arrived is written, as far as the queue timeouts allow; then connections are refused and datagrams lost until it is back',
      graceSecs: 30,
    },
    reopenLogs: { send: { by: 'signal', signal: 'SIGHUP' }, clients: 'nothing' },
  },
  // INT and QUIT are left to the kernel outside of debug mode.
  stopSignals: { SIGTERM: 'graceful', SIGINT: 'fast', SIGQUIT: 'fast', SIGHUP: 'no-stop' },
  version: async ({ exe }, ask) =>
    exe === undefined
      ? undefined
      : /rsyslogd\s+(\d[\w.]*)/.exec((await ask([exe, '-v'])) ?? '')?.[1],
  configured: {
    programs: /^rsyslogd$/,
    leaves: leavesWithout('-n'),
  },
  ready: 'It catches its signals.',
  proof: 'There is no reload: the old one has written its queues and ended, and a new one runs.',
  check: {
    shown: '`rsyslogd … -N1`, which reads the configuration of the running one',
    covers: 'configuration',
    command: ({ exe, argv }) =>
      exe === undefined || argv.length === 0
        ? undefined
        : { argv: [exe, ...argv.slice(1), '-N1'], shown: 'rsyslogd -N1' },
  },
  traps: [
    'HUP does not read the configuration, whatever other syslog daemons do with it.',
    'Without -n it goes to the background, and supervisord loses it.',
    'Messages in memory are lost at a stop when their action does not take them in time: give such actions a queue on disk (queue.saveOnShutdown).',
    'KILL loses every queue in memory, and may leave a queue on disk unreadable.',
    'What programs send to /dev/log or by UDP while it is down is lost.',
  ],
  sources: [
    'https://www.rsyslog.com/doc/reference/hup.html',
    'https://manpages.debian.org/bookworm/rsyslog/rsyslogd.8.en.html',
  ],
  verified: ['rsyslog 8.2302.0 (Debian 12)'],
};
