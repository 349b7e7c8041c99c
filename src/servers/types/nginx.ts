import { leavesWith, optionValue } from '../configured.ts';
import { binaryName, type LiveServer } from '../live-process.ts';
import type { ServerType } from '../server-type.ts';

const TITLE = 'nginx: master process ';

/**
 * The command line that nginx keeps in its title: its words joined by blanks (src/os/unix/ngx_setproctitle.c), so that only where the next
 * option begins tells how far a value goes ("-g daemon off;").
 */
export function readNginxCommand({
  argv,
  exe,
}: Pick<LiveServer, 'argv' | 'exe'>): readonly string[] {
  const [binary = '', ...words] = (argv[0] ?? '').slice(TITLE.length).split(' ');
  const options: string[] = [];
  for (const word of words) {
    const last = options.at(-1);
    if (last === undefined || last.startsWith('-') || word.startsWith('-')) options.push(word);
    else options[options.length - 1] = `${last} ${word}`;
  }
  return [exe ?? binary, ...options];
}

/** nginx: the master reads its configuration at HUP, starts new workers and lets old ones finish. */
export const nginx: ServerType = {
  name: 'nginx',
  title: 'nginx',
  kind: 'web',
  recognition: {
    shown:
      'runs a file named nginx or openresty, calls itself "nginx: master process", catches HUP, QUIT, USR1, USR2 and WINCH',
    binaries: /^(nginx|openresty|angie|tengine)$/,
    argv: /^nginx: master process /,
    catches: ['SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'],
  },
  actions: {
    reload: {
      send: { by: 'signal', signal: 'SIGHUP' },
      clients: 'nothing: new workers take new connections, old ones finish theirs',
      loads: 'configuration',
      proof: 'workers-replaced',
      effectSecs: 15,
      bootSecs: 15,
      drainSecs: 30,
      afterDrain: 'left',
      keepsOldWhenBad: true,
    },
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGQUIT' },
      clients: 'requests in flight are answered, later ones are refused',
    },
    fastStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients: 'requests in flight are cut off',
    },
    reopenLogs: { send: { by: 'signal', signal: 'SIGUSR1' }, clients: 'nothing' },
    upgrade: {
      send: { by: 'signal', signal: 'SIGUSR2' },
      clients: 'nothing, once the old master is told to go (WINCH, then QUIT)',
      pid: 'new',
    },
  },
  stopSignals: { SIGQUIT: 'graceful', SIGTERM: 'fast', SIGINT: 'fast' },
  workers: {
    isWorker: (child, master) =>
      binaryName(child) === binaryName(master) &&
      child.argv[0]?.startsWith('nginx: worker process') === true,
    readyWhenCatching: [],
    retiredWhen: 'deaf',
  },
  version: async ({ exe }, ask) =>
    exe === undefined ? undefined : /nginx\/([\d.]+)/.exec((await ask([exe, '-v'])) ?? '')?.[1],
  configured: {
    programs: /^nginx$/,
    files: (args) => [optionValue(args, ['-c']) ?? '/etc/nginx/nginx.conf'],
    leaves: (call) => {
      const isOff =
        call.args.some((word) => /daemon\s+off/.test(word)) ||
        /^[ \t]*daemon[ \t]+off[ \t]*;/m.test(call.text);
      // Where the configuration cannot be read nothing is said.
      return isOff || leavesWith('-t', '-s', '-v')(call) !== undefined || call.text === ''
        ? undefined
        : "no 'daemon off;'";
    },
    addressOptions: [],
  },
  ready: 'The master has workers; they listen as soon as they exist.',
  proof:
    'The same master has new workers, and every old one is gone or has closed its listening sockets.',
  check: {
    shown: 'nginx -t with the -c, -p, -g and -e of the running master',
    covers: 'configuration',
    command: (live) => {
      const [binary = '', ...options] = readNginxCommand(live);
      return { argv: [binary, '-t', ...options], shown: 'nginx -t' };
    },
  },
  traps: [
    'With a bad configuration it keeps the old one: `kill -HUP` still says 0, the reason is only in error_log.',
    'TERM, the stop signal that supervisord sends by default, cuts requests off: set stopsignal=QUIT.',
    'Old workers finish without a limit (worker_shutdown_timeout is off by default): long connections keep them for hours, and frequent reloads pile them up.',
    'Under a supervisor it needs `daemon off;`.',
    'The master that USR2 starts is not the process that a supervisor watches.',
    'Without a master (`master_process off;`) there is no reload.',
  ],
  sources: [
    'https://nginx.org/en/docs/control.html',
    'https://nginx.org/en/docs/ngx_core_module.html#worker_shutdown_timeout',
    'nginx: src/os/unix/ngx_process_cycle.c, ngx_setproctitle.c',
  ],
  verified: ['nginx 1.22.1 (Debian 12)'],
};
