import { leavesWith, optionValue, type ConfiguredCall } from '../configured.ts';
import { parse } from 'ini';
import { binaryName, type LiveServer } from '../live-process.ts';
import type { ReloadWay, ServerActions, ServerType } from '../server-type.ts';

/** The options that decide what application is loaded and how; with values. */
const APPLICATION_OPTIONS: ReadonlySet<string> = new Set([
  ...['wsgi-file', 'file', 'module', 'wsgi', 'callable', 'mount', 'eval', 'paste', 'psgi', 'rack'],
  ...['pythonpath', 'python-path', 'pp', 'virtualenv', 'venv', 'home', 'pyhome', 'chdir', 'env'],
  ...['import', 'pyimport', 'pymodule-alias', 'plugin', 'plugins', 'plugins-dir', 'plugin-dir'],
  ...['threads', 'py-call-osafterfork', 'pyrun', 'route'],
]);

/** Options of the application without a value. */
const APPLICATION_FLAGS: ReadonlySet<string> = new Set([
  ...['enable-threads', 'manage-script-name', 'single-interpreter', 'catch-exceptions'],
]);

/** Prints what it has understood and ends; without --logto it would print into the log file that the configuration names. */
const SHOW_CONFIG = ['--logto', '/dev/stderr', '--show-config', '--hook-pre-jail', 'exit:0'];

const isOn = (live: LiveServer, option: string): boolean =>
  live.settings.get(option)?.some((value) => value === 'true' || value === '1') === true;

const fifoOf = ({ settings, cwd }: LiveServer): string | undefined => {
  const path = settings.get('master-fifo')?.[0];
  if (path === undefined || path.startsWith('/')) return path;
  return cwd === undefined ? undefined : `${cwd}/${path}`;
};

const fifo = (message: string, means: string) =>
  ({
    by: 'channel',
    channel: 'fifo',
    shown: `\`${message}\` (${means}) into the master FIFO`,
    message,
    path: fifoOf,
  }) as const;

const BASE = {
  loads: 'code',
  proof: 'workers-replaced',
  // worker-reload-mercy is 60 s, and the old workers go first.
  effectSecs: 65,
  bootSecs: 60,
  drainSecs: 65,
  afterDrain: 'killed',
  keepsOldWhenBad: false,
} as const;

const RELOAD: ReloadWay = {
  ...BASE,
  send: { by: 'signal', signal: 'SIGHUP' },
  clients:
    'nobody is refused, but requests wait in the listen queue while the master loads the application',
  cost: 'stall',
};

const CHAIN: ReloadWay = {
  ...BASE,
  send: fifo('c', 'chain reload'),
  clients: 'nothing with two workers or more: they are replaced one by one',
  bootSecs: 300,
  drainSecs: 300,
};

const hasFifo = (live: LiveServer): boolean => fifoOf(live) !== undefined;

const REOPEN_LOGS = { send: fifo('l', 'reopen the log'), clients: 'nothing' } as const;

const WITH_FIFO: ServerActions = {
  gracefulStop: {
    send: fifo('q', 'graceful stop'),
    clients: 'requests in flight are answered, later ones wait in vain',
    graceSecs: 60,
  },
  reopenLogs: REOPEN_LOGS,
};

const WITH_CHEAPER: ServerActions = {
  moreWorkers: { send: fifo('+', 'one more worker'), clients: 'nothing' },
  fewerWorkers: { send: fifo('-', 'one worker fewer'), clients: 'nothing' },
};

const diesOnTerm = ({ args, text }: ConfiguredCall): boolean =>
  args.includes('--die-on-term') ||
  /^[ \t]*die-on-term[ \t]*=[ \t]*(true|1|yes|on)?[ \t]*$/m.test(text) ||
  /^[ \t]*die-on-term[ \t]*:[ \t]*(true|1|yes|on)[ \t]*$/m.test(text);

/** uWSGI 2.0: TERM reloads, HUP executes the master anew in its own process, and only the master FIFO knows a graceful stop. */
export const uwsgi: ServerType = {
  name: 'uwsgi',
  title: 'uWSGI',
  kind: 'web',
  recognition: {
    shown:
      'runs a file named uwsgi or uwsgi-core, catches HUP, INT and TERM; a master catches QUIT and TSTP too',
    binaries: /^uwsgi(-core)?$/,
    catches: ['SIGHUP', 'SIGINT', 'SIGTERM'],
  },
  actions: {
    reload: RELOAD,
    fastStop: {
      send: { by: 'signal', signal: 'SIGINT' },
      clients: 'requests in flight are cut off',
    },
    quiet: {
      send: { by: 'signal', signal: 'SIGTSTP' },
      clients: 'requests in flight are answered, later ones wait; a second TSTP resumes',
    },
    upgrade: { send: RELOAD.send, clients: RELOAD.clients, pid: 'same' },
  },
  stopSignals: { SIGINT: 'fast', SIGQUIT: 'fast', SIGTERM: 'no-stop' },
  variants: [
    {
      name: 'die-on-term',
      when: (live) => isOn(live, 'die-on-term'),
      stopSignals: { SIGTERM: 'fast', SIGQUIT: 'no-stop' },
    },
    {
      name: 'without a master',
      when: ({ caught }) => caught?.has('SIGQUIT') === false,
      actions: {
        reload: undefined,
        quiet: undefined,
        upgrade: undefined,
        gracefulStop: {
          send: { by: 'signal', signal: 'SIGHUP' },
          clients: 'the request in flight is answered, later ones are refused',
        },
      },
      stopSignals: { SIGTERM: 'fast', SIGHUP: 'graceful' },
      workers: undefined,
      traps: ['HUP ends it.'],
    },
    {
      name: 'emperor',
      when: ({ settings }) => settings.has('emperor'),
      actions: { reload: undefined, quiet: undefined, upgrade: undefined },
      workers: undefined,
      traps: [
        'HUP to an emperor reloads every vassal; touch the configuration of one to reload it.',
      ],
    },
    { name: 'master FIFO', when: hasFifo, actions: WITH_FIFO },
    {
      name: 'log-master',
      when: (live) => hasFifo(live) && isOn(live, 'log-master'),
      actions: { reopenLogs: { ...REOPEN_LOGS, writers: 'master' } },
    },
    {
      name: 'manual cheaper with a master FIFO',
      // Every other algorithm takes back what it was told as soon as it finds a worker idle.
      when: (live) =>
        hasFifo(live) && live.settings.get('cheaper-algo')?.includes('manual') === true,
      actions: WITH_CHEAPER,
    },
    {
      name: 'lazy-apps with a master FIFO',
      when: (live) => hasFifo(live) && (isOn(live, 'lazy-apps') || isOn(live, 'lazy')),
      actions: { reload: CHAIN },
      traps: [
        'A chain reload does not read the configuration again; it stops for ever at a worker that does not come up.',
      ],
    },
  ],
  version: async ({ exe }, ask) =>
    exe === undefined
      ? undefined
      : /\d+\.\d[\w.]*/.exec((await ask([exe, '--version'])) ?? '')?.[0],
  // It prints the configuration with every file and variable resolved, and ends before it binds anything.
  settings: async ({ exe, argv }, ask) => {
    if (exe === undefined || argv.length < 2) return undefined;
    const output = await ask([exe, ...argv.slice(1), ...SHOW_CONFIG]);
    return output === undefined ? undefined : parseUwsgiConfig(output);
  },
  workers: {
    // The master and its other children (router, spooler, mule) do not catch WINCH.
    isWorker: (child, master) =>
      binaryName(child) === binaryName(master) && child.caught?.has('SIGWINCH') === true,
    // Its last act before the loop, after the application was loaded.
    readyWhenCatching: ['SIGHUP'],
    retiredWhen: 'gone',
  },
  configured: {
    programs: /^uwsgi(-core|_python[\d.]*)?$/,
    files: (args) => [
      optionValue(args, ['--ini']),
      optionValue(args, ['--yaml', '--yml', '-y']),
      args.find((word) => /\.(ini|ya?ml)$/.test(word) && !word.startsWith('-')),
    ],
    leaves: (call) =>
      leavesWith('--daemonize', '-d', '--daemonize2')(call) ??
      (/^[ \t]*daemonize2?[ \t]*[=:]/m.test(call.text) ? 'daemonize' : undefined),
    addressOptions: ['--http', '--http-socket', '--socket', '-s'],
    // 2.0 swaps the two (core/master.c); 2.1 always stops at TERM.
    stopRemark: (call, signal) => {
      if (!diesOnTerm(call)) return undefined;
      if (signal === 'SIGTERM') return { effect: undefined };
      if (signal !== 'SIGQUIT') return undefined;
      return { effect: 'reloads', option: 'die-on-term', better: 'SIGTERM' };
    },
  },
  ready:
    'A worker catches HUP: it does so after it has loaded the application, just before its loop.',
  proof: 'The same process has new workers that are ready, and every old one is gone.',
  check: {
    shown:
      'the application options of `uwsgi … --show-config`, loaded by a uWSGI of their own with need-app and `hook-post-app = exit:0`',
    covers: 'code',
    command: (live) => {
      const { exe, argv, settings } = live;
      // What it cannot read itself it would end of at HUP.
      if (exe !== undefined && settings.size === 0 && argv.length > 1) {
        return { argv: [exe, ...argv.slice(1), ...SHOW_CONFIG], shown: 'uwsgi --show-config' };
      }
      const options = [...settings].flatMap(([name, values]) => {
        if (APPLICATION_FLAGS.has(name)) return [`--${name}`];
        return APPLICATION_OPTIONS.has(name) ? values.map((value) => `--${name}=${value}`) : [];
      });
      if (exe === undefined || options.length === 0 || settings.has('emperor')) return undefined;
      const aside = ['--need-app', '--socket=127.0.0.1:0', '--hook-post-app=exit:0'];
      return { argv: [exe, ...options, ...aside], shown: 'uwsgi --need-app' };
    },
  },
  traps: [
    'TERM reloads it, brutally: without die-on-term supervisord can only KILL it. Set stopsignal=INT, or die-on-term with stopsignal=TERM.',
    'With die-on-term it is QUIT that reloads: stopsignal=QUIT then never stops it.',
    'INT, QUIT and TERM cut requests off; only `q` in the master FIFO (or a hook with gracefully_kill_them_all) does not.',
    'Without need-app, code that does not import leaves a healthy looking process that answers 500 to everything.',
    'With need-app, code that does not import ends the whole instance at HUP.',
    '`l` has the master open the log file anew, and nobody else: with logto, workers write on into the old one unless log-master is set.',
    'The number of workers can be changed with `cheaper-algo = manual` alone: the other algorithms take it back.',
    'HUP closes nothing, but nobody answers between the end of the old workers and the end of the import; the listen queue holds 100 connections.',
  ],
  sources: [
    'https://uwsgi-docs.readthedocs.io/en/latest/Management.html',
    'https://uwsgi-docs.readthedocs.io/en/latest/MasterFIFO.html',
    'https://uwsgi-docs.readthedocs.io/en/latest/articles/TheArtOfGracefulReloading.html',
    'uWSGI 2.0: core/master.c, core/uwsgi.c, core/hooks.c',
  ],
  verified: ['uWSGI 2.0.31 (pip)'],
};

/** Reads what --show-config prints between its section line and its end: INI without quotes or comments. */
export function parseUwsgiConfig(output: string): ReadonlyMap<string, readonly string[]> {
  const start = output.indexOf('[uwsgi]\n');
  const [text = ''] = start === -1 ? [] : output.slice(start).split('\n;end of configuration');
  // ini would take the rest of a value for a comment at ';' and '#', and off its quotes.
  const quoted = text.replace(/ = (.*)$/gm, (_, value: string) => ` = ${JSON.stringify(value)}`);
  const { uwsgi: options = {} }: Readonly<Record<string, object | undefined>> = parse(quoted, {
    bracketedArray: false, // What is written several times has several values.
  });
  return new Map(
    Object.entries(options).map(([name, values]) => [name, [values].flat().map(String)]),
  );
}
