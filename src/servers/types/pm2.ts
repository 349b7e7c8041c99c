import { dirname, join, resolve } from 'node:path';
import { interpreted, type Interpreted } from '../interpreted.ts';
import { binaryName, type LiveProcess, type LiveServer } from '../live-process.ts';
import type { ServerType } from '../server-type.ts';

const PM2: Interpreted = { interpreter: 'node', scripts: ['pm2-runtime', 'pm2-docker'] };

/** pm2 gives each process of the cluster mode a title of one word: "node /srv/app.js". */
const isWorker = (child: LiveProcess): boolean =>
  binaryName(child).startsWith('node') &&
  child.argv.filter((word) => word !== '').length === 1 &&
  child.argv[0]?.startsWith('node /') === true;

/** The client beside pm2-runtime, in the node that runs that; it finds the live one through PM2_HOME. */
function findClient({ argv, exe, cwd }: LiveServer): readonly string[] | undefined {
  const script = argv.find((word) => /(^|\/)pm2-(runtime|docker)$/.test(word));
  if (exe === undefined || script === undefined) return undefined;
  if (!script.startsWith('/') && cwd === undefined) return undefined;
  return [exe, join(dirname(resolve(cwd ?? '/', script)), 'pm2')];
}

const tell = (...words: readonly string[]) =>
  ({
    by: 'command',
    shown: `pm2 ${words.join(' ')}`,
    argv: (live: LiveServer) => {
      const client = findClient(live);
      return client === undefined ? undefined : [...client, ...words];
    },
  }) as const;

/** pm2 in the foreground: `pm2 reload` replaces the processes of the cluster mode one by one. */
export const pm2: ServerType = {
  name: 'pm2',
  title: 'pm2',
  kind: 'web',
  recognition: {
    shown: 'runs node with the script pm2-runtime, catches INT and TERM',
    ...interpreted(PM2),
    catches: ['SIGINT', 'SIGTERM'],
  },
  actions: {
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients:
        'requests in flight have kill_timeout (1.6 s) where the application closes its server at INT',
    },
    reopenLogs: { send: tell('reloadLogs'), clients: 'nothing' },
  },
  stopSignals: { SIGTERM: 'graceful', SIGINT: 'graceful', SIGHUP: 'fast', SIGQUIT: 'fast' },
  variants: [
    {
      name: 'cluster mode',
      when: ({ children }) => children.some(isWorker),
      actions: {
        reload: {
          send: tell('reload', 'all'),
          clients:
            'nothing where the application closes its server at INT; requests longer than kill_timeout (1.6 s) are cut off',
          loads: 'code',
          proof: 'workers-replaced',
          effectSecs: 60,
          bootSecs: 60,
          drainSecs: 60,
          afterDrain: 'left',
          keepsOldWhenBad: false,
        },
      },
      workers: { isWorker, readyWhenCatching: ['SIGTERM'], retiredWhen: 'gone' },
      traps: [
        'A new process that has not listened within listen_timeout (3 s) takes the place of the old one all the same: `--check` finds only syntax errors before that.',
      ],
    },
  ],
  version: async (live, ask) => {
    const client = findClient(live);
    return client === undefined
      ? undefined
      : /^\d+\.\d[\w.]*$/m.exec((await ask([...client, '--version'])) ?? '')?.[0];
  },
  ready: '`pm2 reload` has seen the new process listen.',
  proof: '`pm2 reload` says that it is done, and every old process is gone.',
  check: {
    shown:
      '`node --check` of the script of a process in the cluster mode: its syntax, not what it requires',
    covers: 'code',
    command: ({ exe, children }) => {
      const script = children.find(isWorker)?.argv[0]?.slice('node '.length);
      if (exe === undefined || script === undefined) return undefined;
      return { argv: [exe, '--check', script], shown: 'node --check' };
    },
  },
  traps: [
    'In the fork mode, which is that of every program that is not node, `pm2 reload` is a stop and a start.',
    'It stops an application with INT, not with TERM, and KILLs it 1.6 s later: raise kill_timeout.',
    'In the cluster mode an application that disconnects from its primary ends at once: at INT it should do nothing but `server.close(() => process.exit())`.',
    '`pm2 start` leaves the supervisor (it daemonises): use pm2-runtime.',
    'It prints a tick also for a process that has died.',
  ],
  sources: [
    'https://pm2.keymetrics.io/docs/usage/signals-clean-restart/',
    'https://pm2.keymetrics.io/docs/usage/cluster-mode/',
    'pm2 7.0: lib/God/Reload.js, lib/God/Methods.js, constants.js',
  ],
  verified: ['pm2 7.0.4 (npm)'],
};
