import { graceOption, leavesWith } from '../configured.ts';
import type { Os } from '../../os/os.ts';
import type { ProcId } from '../../os/proc.ts';
import { askPythonVersion, interpreted } from '../interpreted.ts';
import type { ServerType } from '../server-type.ts';
import { parseGunicornArgv } from './command-line.ts';
import { GunicornFamilies } from './gunicorn-families.ts';
import { isHeartbeatFile } from './heartbeat.ts';
import { MASTER_SIGNALS } from './master-signals.ts';
import { versionOnDisk } from './version-on-disk.ts';

async function holdsHeartbeats(os: Os, id: ProcId): Promise<boolean> {
  const files = await os.openFiles(id);
  return files.ok && files.value.some((file) => isHeartbeatFile(file.target));
}

/** gunicorn: a master that forks its workers, reloaded by strategies of ours (docs/strategies.md). */
export const gunicorn: ServerType = {
  name: 'gunicorn',
  title: 'gunicorn',
  kind: 'web',
  recognition: {
    shown:
      'catches HUP, USR2, TTIN, TTOU and WINCH and holds the heartbeat files of its workers; argv only tells one that is starting',
    ...interpreted({
      interpreter: 'python',
      scripts: ['gunicorn', 'gunicorn3'],
      modules: ['gunicorn', 'gunicorn.app.wsgiapp'],
      titles: ['gunicorn: master'],
    }),
    catches: MASTER_SIGNALS,
    isNamed: ({ argv }) =>
      parseGunicornArgv(argv) !== undefined || (argv[0] ?? '').startsWith('gunicorn: '),
    // setproctitle rewrites the name, and a program may embed it.
    isProven: holdsHeartbeats,
    amongSiblings: true,
  },
  actions: {
    reload: {
      send: { by: 'signal', signal: 'SIGHUP' },
      clients:
        'nothing with bridge, rolling or overlap; with a bare HUP requests wait for the boot',
      loads: 'code',
      proof: 'workers-replaced',
      effectSecs: 30,
      bootSecs: 32,
      drainSecs: 30,
      afterDrain: 'killed',
      keepsOldWhenBad: false,
      cost: 'stall',
    },
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients: 'requests in flight get graceful_timeout, later ones are refused',
      graceSecs: 30,
    },
    fastStop: {
      send: { by: 'signal', signal: 'SIGQUIT' },
      clients: 'requests in flight are cut off',
    },
    reopenLogs: { send: { by: 'signal', signal: 'SIGUSR1' }, clients: 'nothing' },
    moreWorkers: { send: { by: 'signal', signal: 'SIGTTIN' }, clients: 'nothing' },
    fewerWorkers: {
      send: { by: 'signal', signal: 'SIGTTOU' },
      clients: 'nothing: the worker finishes first',
    },
    upgrade: {
      send: { by: 'signal', signal: 'SIGUSR2' },
      clients: 'nothing, once the old master is told to go (TERM)',
      pid: 'new',
    },
  },
  reloads: 'by-strategy',
  stopSignals: { SIGTERM: 'graceful', SIGINT: 'fast', SIGQUIT: 'fast' },
  version: askPythonVersion('gunicorn'),
  versionOnDisk,
  workers: { isWorker: () => true, readyWhenCatching: [], retiredWhen: 'gone' },
  families: (os) => new GunicornFamilies(os),
  configured: {
    programs: /^gunicorn(3|-[\d.]+)?$/,
    modules: ['gunicorn', 'gunicorn.app.wsgiapp'],
    leaves: leavesWith('-D', '--daemon'),
    grace: graceOption('graceful_timeout', ['--graceful-timeout']),
    addressOptions: ['-b', '--bind'],
  },
  ready:
    'Every worker has a heartbeat, which begins when it enters its loop, after the application was loaded.',
  proof:
    'The same master, as many new workers as there are to be, all ready, and every old one gone.',
  check: {
    shown:
      '`gunicorn --check-config` as the user, in the directory and environment of the program, or a whole instance with one worker on a socket of its own',
    covers: 'code',
    // Its strategies do that, with what they know of its settings.
    command: () => undefined,
  },
  traps: [
    'HUP with code that does not import ends the whole master: its workers exit 3 and it follows them.',
    'HUP in the first 0.2 s of its life ends it.',
    'HUP to the process group cuts off what the workers are answering.',
    'With preload_app a HUP changes no code.',
    'HUP puts a number of workers that TTIN raised back to `workers`.',
    'After USR2 the new master is not the process that a supervisor watches.',
    'stopwaitsecs below graceful_timeout (10 s against 30 s by default) has the master KILLed, and its workers keep the port.',
  ],
  sources: [
    'https://docs.gunicorn.org/en/stable/signals.html',
    'gunicorn: arbiter.py, app/base.py',
  ],
  verified: ['gunicorn 20.0 to 27.0 (pip)'],
};
