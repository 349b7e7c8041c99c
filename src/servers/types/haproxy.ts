import { leavesWith, optionValue } from '../configured.ts';
import { binaryName, type LiveServer } from '../live-process.ts';
import type { ServerType } from '../server-type.ts';

/** Options without a value that say how to run, not what to read. */
const RUN_FLAGS: ReadonlySet<string> = new Set(['-W', '-Ws', '-D', '-db', '-q']);

/** Such options with one value: the sockets of the process before, the master CLI, the pid file. */
const RUN_OPTIONS: ReadonlySet<string> = new Set(['-x', '-S', '-p']);

/** The options of the running process that decide what it reads. */
export function readHaproxyOptions({ argv }: Pick<LiveServer, 'argv'>): readonly string[] {
  const options: string[] = [];
  let isPid = false;
  for (let index = 1; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    // Each is followed by any number of process ids.
    if (word === '-sf' || word === '-st') isPid = true;
    else if (isPid && /^\d+$/.test(word)) continue;
    else {
      isPid = false;
      if (RUN_OPTIONS.has(word)) index += 1;
      else if (!RUN_FLAGS.has(word)) options.push(word);
    }
  }
  return options;
}

/** HAProxy: a master (-W) executes itself anew at USR2 and hands its listening sockets on; without one there is no reload. */
export const haproxy: ServerType = {
  name: 'haproxy',
  title: 'HAProxy',
  kind: 'web',
  recognition: {
    shown:
      'runs a file named haproxy or hapee-lb, catches HUP and USR1; a master (-W or -Ws) catches USR2 too',
    binaries: /^(haproxy|hapee-lb)$/,
    catches: ['SIGHUP', 'SIGUSR1'],
  },
  actions: {
    reload: {
      send: { by: 'signal', signal: 'SIGUSR2' },
      clients:
        'nothing: the new worker takes over the listening sockets, the old one finishes its connections',
      loads: 'configuration',
      proof: 'workers-replaced',
      effectSecs: 30,
      bootSecs: 30,
      drainSecs: 30,
      afterDrain: 'left',
      keepsOldWhenBad: true,
    },
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGUSR1' },
      clients: 'requests in flight are answered, later ones are refused',
    },
    fastStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients: 'requests in flight are cut off',
    },
    upgrade: {
      send: { by: 'signal', signal: 'SIGUSR2' },
      clients: 'nothing: it is the reload, which executes the file that is there now',
      pid: 'same',
    },
  },
  stopSignals: {
    SIGUSR1: 'graceful',
    SIGTERM: 'fast',
    SIGINT: 'fast',
    SIGHUP: 'no-stop',
    SIGUSR2: 'no-stop',
    SIGQUIT: 'no-stop',
  },
  variants: [
    {
      name: 'without a master',
      when: ({ caught }) => caught?.has('SIGUSR2') === false,
      actions: { reload: undefined, upgrade: undefined },
      workers: undefined,
      traps: [
        'HUP only writes the state of the servers into the log, USR2 is ignored, TTOU and TTIN pause and resume: nothing reloads it. `haproxy -sf PID` starts another process, which the supervisor does not know.',
      ],
    },
  ],
  workers: {
    // Programs of the configuration are other files. Only workers catch QUIT; the master ignores it.
    isWorker: (child, master) => binaryName(child) === binaryName(master),
    readyWhenCatching: ['SIGQUIT'],
    retiredWhen: 'deaf',
  },
  version: async ({ exe }, ask) =>
    exe === undefined
      ? undefined
      : /version (\d+\.\d[\w.]*)/.exec((await ask([exe, '-v'])) ?? '')?.[1],
  configured: {
    programs: /^haproxy$/,
    files: (args) => [optionValue(args, ['-f'])],
    leaves: (call) =>
      leavesWith('-D')(call) ?? (/^[ \t]*daemon[ \t]*$/m.test(call.text) ? 'daemon' : undefined),
  },
  ready: 'The worker catches QUIT, which it does once it has read the configuration.',
  proof:
    'The same master has a new worker, and every old one is gone or has closed its listening sockets.',
  check: {
    shown:
      'haproxy -c with the -f, -C, -L, -n and so on of the running process, without the variables that its master set for itself',
    covers: 'configuration',
    // Behind a -- there are only files.
    command: (live) =>
      live.exe === undefined || live.argv.length === 0
        ? undefined
        : { argv: [live.exe, '-c', ...readHaproxyOptions(live)], shown: 'haproxy -c' },
  },
  traps: [
    'TERM, the stop signal that supervisord sends by default, cuts requests off, and INT too: set stopsignal=USR1.',
    'With a bad configuration the master stays without reading it and the old worker goes on: `kill -USR2` still says 0, the reason is only on stderr.',
    'In the environment of the master HAPROXY_MWORKER_WAIT_ONLY is set: whoever runs `haproxy -c` with that is told nothing about the configuration.',
    'Old workers finish without a limit (hard-stop-after is off by default): long connections keep them for hours, and frequent reloads pile them up; see also mworker-max-reloads.',
    'Under a supervisor it needs -W and, where the configuration has `daemon`, -db as well.',
    'From 2.7 on `reload` in the master CLI waits and answers Success=1 or 0; with USR2 nobody answers, so reloadctl watches the workers.',
  ],
  sources: [
    'https://docs.haproxy.org/2.6/management.html#4',
    'https://docs.haproxy.org/2.6/configuration.html#hard-stop-after',
    'HAProxy 2.6: src/mworker.c, src/haproxy.c',
  ],
  verified: ['HAProxy 2.6.12 (Debian 12)'],
};
