import { binaryName, catches, type LiveServer } from '../live-process.ts';
import type { ServerType } from '../server-type.ts';

/** The options of the running parent that decide what it reads, without those that start, stop or debug it. */
function readOptions({ argv }: LiveServer): readonly string[] {
  const options: string[] = [];
  for (let index = 1; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '-k') index += 1;
    else if (!/^-(?:k.+|X)$/.test(word)) options.push(word);
  }
  return options;
}

/** Apache httpd: USR1 lets every process finish before it is replaced, HUP does not. */
export const apache: ServerType = {
  name: 'apache',
  title: 'Apache httpd',
  kind: 'web',
  recognition: {
    shown:
      'runs a file named apache2 or httpd (or one of their kind with the name of a processing module behind it), catches HUP, USR1, WINCH and TERM',
    binaries: /^(apache2|httpd2?)([.-](event|prefork|worker))?$/,
    catches: ['SIGHUP', 'SIGUSR1', 'SIGWINCH', 'SIGTERM'],
  },
  actions: {
    reload: {
      send: { by: 'signal', signal: 'SIGUSR1' },
      clients:
        'nobody is refused and what is in flight is answered; with mpm_event and mpm_worker new requests wait up to a second until there are new processes (measured: 1.0 s; prefork: 47 ms)',
      loads: 'configuration',
      proof: 'workers-replaced',
      effectSecs: 30,
      bootSecs: 30,
      drainSecs: 30,
      afterDrain: 'left',
      keepsOldWhenBad: false,
    },
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGWINCH' },
      clients: 'requests in flight are answered, later ones are refused',
    },
    fastStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients: 'requests in flight are cut off',
    },
    reopenLogs: {
      send: { by: 'signal', signal: 'SIGUSR1' },
      clients: 'nothing; old processes write to the old file until they have finished',
    },
  },
  stopSignals: {
    SIGWINCH: 'graceful',
    SIGTERM: 'fast',
    SIGINT: 'fast',
    SIGHUP: 'no-stop',
    SIGUSR1: 'no-stop',
  },
  workers: {
    // The daemons of mod_cgid and mod_wsgi run the same file, but do not keep the handlers of the parent.
    isWorker: (child, master) =>
      binaryName(child) === binaryName(master) && catches(child, ['SIGSEGV', 'SIGTERM']),
    readyWhenCatching: [],
    retiredWhen: 'deaf',
  },
  version: async ({ exe }, ask) =>
    exe === undefined ? undefined : /Apache\/([\d.]+)/.exec((await ask([exe, '-v'])) ?? '')?.[1],
  configured: {
    programs: /^(apache2|apache2ctl|apachectl|httpd)$/,
    leaves: ({ args }) =>
      args.some(
        (word, index) =>
          word === '-DFOREGROUND' ||
          word === '-X' ||
          (word === 'FOREGROUND' && args[index - 1] === '-D') ||
          word === '-DNO_DETACH',
      )
        ? undefined
        : 'no -DFOREGROUND',
  },
  ready: 'The parent has children; the listening sockets are open all the time.',
  proof:
    'The same parent has new children, and every old one is gone or has closed its listening sockets.',
  check: {
    shown:
      'httpd -t (as apachectl configtest) with the -f, -d, -D, -C and -c of the running parent and in its environment',
    covers: 'configuration',
    command: (live) =>
      live.exe === undefined || live.argv.length === 0
        ? undefined
        : { argv: [live.exe, ...readOptions(live), '-t'], shown: `${binaryName(live)} -t` },
  },
  traps: [
    'HUP is the restart that cuts off what is in flight: 392 of 3001 bytes arrived of a download that was under way. USR1 is the graceful one.',
    'With a bad configuration USR1 and HUP end the parent: its children finish, then nobody answers. So it is checked aside first, always.',
    'What `-t` does not look at (an address that is in use, a certificate that does not fit its key) still ends the parent.',
    'USR1 is also what opens the logs anew: with a bad configuration a log rotation ends it. `reloadctl reopen-logs` checks first.',
    'TERM, the stop signal that supervisord sends by default, cuts requests off: set stopsignal=WINCH. GracefulShutdownTimeout is off by default, so stopwaitsecs is the limit.',
    'QUIT is not caught: it ends the parent alone, and its children keep the port without anybody who watches them.',
    'TERM in the first milliseconds of its life is lost; a supervisor then KILLs the parent, and its children keep the port.',
    'In the foreground of a terminal a change of the window size is a WINCH, which stops it.',
    'Under a supervisor it needs `-D FOREGROUND`; `apachectl start` and `-k start` leave.',
    'A reload does not load another binary. An application inside (mod_php, mod_wsgi) is loaded anew with each process.',
  ],
  sources: [
    'https://httpd.apache.org/docs/2.4/stopping.html',
    'https://httpd.apache.org/docs/2.4/mod/mpm_common.html#gracefulshutdowntimeout',
    'Apache httpd 2.4: server/mpm_unix.c, server/mpm/event/event.c, modules/generators/mod_cgid.c',
  ],
  verified: ['Apache httpd 2.4.71 with mpm_event and mpm_prefork (Debian 12)'],
};
