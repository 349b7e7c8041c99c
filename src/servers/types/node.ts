import { basename } from 'node:path';
import { binaryName, type LiveProcess } from '../live-process.ts';
import type { ServerType, ServerVariant } from '../server-type.ts';

const NODE = /^(node|nodejs)$/;

/** Programs in node that only start another one. npm and yarn set their title: "npm start". */
const LAUNCHERS = /^(npm|npx|yarn|pnpm)(-cli|-cli\.js|\.c?js)?$/;

const isLauncher = ({ argv }: LiveProcess): boolean =>
  [argv[0]?.split(' ')[0], argv[1]].some((word) => LAUNCHERS.test(basename(word ?? '')));

const isWorker = (child: LiveProcess): boolean => NODE.test(binaryName(child));

/** Signals that end a node without a handler, and are caught where the application has one. */
const OWN_SIGNALS = ['SIGHUP', 'SIGUSR2', 'SIGQUIT'] as const;

const shortName = (signal: string): string => signal.replace(/^SIG/, '');

/** The script that node was started with; undefined where there is none, or a title hides it. */
export function findScript(argv: readonly string[]): string | undefined {
  const options = new Set(['-r', '--require', '--import', '--loader', '-C', '--conditions']);
  for (let at = 1; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (/^(-e|-p|-c|-i|-$|--eval|--print|--check|--test|--run)/.test(word)) return undefined;
    if (!word.startsWith('-')) return /\.[cm]?js$/.test(word) ? word : undefined;
    if (options.has(word)) at += 1;
  }
  return undefined;
}

/** node: what a signal does is for the application to say; the default of HUP, USR2 and QUIT is the end. */
export const node: ServerType = {
  name: 'node',
  title: 'Node.js',
  kind: 'web',
  recognition: {
    shown: 'runs a file named node or nodejs, catches INT and TERM as every node does',
    binaries: NODE,
    catches: ['SIGINT', 'SIGTERM'],
    also: (live) => !isLauncher(live),
  },
  actions: {
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients:
        'requests in flight are answered where the application closes its server at TERM; else they are cut off',
    },
  },
  stopSignals: {
    SIGTERM: 'graceful',
    SIGINT: 'graceful',
    SIGHUP: 'fast',
    SIGQUIT: 'fast',
    SIGUSR2: 'fast',
    SIGUSR1: 'no-stop',
  },
  variants: [
    {
      name: 'cluster',
      when: ({ children }) => children.some(isWorker),
      workers: { isWorker, readyWhenCatching: ['SIGTERM'], retiredWhen: 'gone' },
      traps: [
        'The cluster module has no reload of its own: where the primary replaces its workers at a signal, `reload_signal` says at which.',
        'Without a handler in the primary TERM ends it at once, and with it the workers lose their listening socket.',
      ],
    },
    // Where the configuration stops it by such a signal, that is what the handler is for.
    ...OWN_SIGNALS.map((signal): ServerVariant => ({
      name: `with a handler of its own for ${shortName(signal)}`,
      when: ({ caught }) => caught?.has(signal) === true,
      stopSignals: { [signal]: 'graceful' },
      traps: [
        `What it does at ${shortName(signal)} only its author knows: as \`reload_signal\` it is sent for a reload.`,
      ],
    })),
  ],
  version: async ({ exe }, ask) =>
    exe === undefined ? undefined : /^v(\S+)/.exec((await ask([exe, '--version'])) ?? '')?.[1],
  single: { readyWhenPolling: true },
  takesSocket: 'with `server.listen({ fd: 3 })`',
  configured: {
    programs: NODE,
  },
  ready: 'It runs; whether it serves is for a health check to say.',
  proof:
    'There is no reload: a restart is done when the new process runs, or the health check answers.',
  check: {
    shown: '`node --check` of the script that runs: its syntax, not what it requires',
    covers: 'code',
    command: ({ exe, argv }) => {
      const script = findScript(argv);
      if (exe === undefined || script === undefined) return undefined;
      return { argv: [exe, '--check', script], shown: 'node --check' };
    },
  },
  traps: [
    'HUP ends it at once, unless the application has a handler.',
    'USR1 does not reload anything: it opens the inspector on 127.0.0.1:9229, for everybody on the machine.',
    'Without a handler for TERM a stop cuts requests off: `process.on("SIGTERM", () => server.close())`.',
    'A restart refuses connections until the new process listens: in our test 5 of 79 requests at 25 a second.',
    'npm and yarn between the supervisor and node are one more process that has to pass signals on: start node itself.',
    'Where the supervisor owns the socket (`server.listen({ fd: 3 })`), a reload starts a second process beside the first one.',
  ],
  sources: [
    'https://nodejs.org/api/process.html#signal-events',
    'https://nodejs.org/api/cluster.html',
    'https://nodejs.org/api/cli.html#-c---check',
  ],
  verified: ['Node.js 20.20'],
};
