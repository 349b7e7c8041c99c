import type { FakeKernel, Image } from '../kernel.ts';
import type { FakeProcess } from '../process.ts';
import { parseArguments } from './arguments.ts';
import { codeIn, type GunicornConfig, type Installation } from './installation.ts';
import { GunicornMaster } from './master.ts';

/** Told of each master that starts. */
export type MasterWatcher = (master: GunicornMaster) => void;

/** What python does with an argv: runs gunicorn, lets it check its configuration, or prints its settings (`python -c`). */
export function gunicornImage(installation: Installation, onMaster: MasterWatcher): Image {
  return (kernel, proc) => {
    if (proc.argv[1] === '-c') printSettings(kernel, proc, installation);
    else if (parseArguments(proc.argv).checkConfig) checkConfig(kernel, proc, installation);
    else {
      const master = new GunicornMaster(kernel, proc, installation, onMaster);
      void master.run();
    }
  };
}

/** The program that reads gunicorn's settings: its argument is the program text, which names the mark that its answer begins with. */
function printSettings(kernel: FakeKernel, proc: FakeProcess, installation: Installation): void {
  const mark = /print\('\\n([^']+)'/.exec(proc.argv[2] ?? '')?.[1] ?? '';
  proc.after(installation.interpreterMs, () => {
    const { configError, config, flavour } = installation;
    if (configError !== undefined) {
      proc.print(`Failed to read config file: /srv/gunicorn.py\n${configError}\n`);
      kernel.exit(proc, { by: 'exit', code: 1 });
      return;
    }
    const words = ['gunicorn', ...proc.argv.slice(3)];
    const effective = { ...config, ...parseArguments(words).overrides };
    const file = kernel.files.get('/srv/gunicorn.py');
    const answer = { ...describe(effective, flavour, proc.cwd), configMtimeMs: file?.mtimeMs };
    proc.print(`\n${mark}${JSON.stringify(answer)}\n`);
    kernel.exit(proc, { by: 'exit', code: 0 });
  });
}

function describe(
  config: GunicornConfig,
  flavour: Installation['flavour'],
  cwd: string,
): Readonly<Record<string, unknown>> {
  return {
    version: flavour,
    workers: config.workers,
    threads: 1,
    workerClass: 'sync',
    timeout: config.timeout,
    gracefulTimeout: config.gracefulTimeout,
    preloadApp: config.preloadApp,
    bind: [config.bind],
    pidfile: config.pidfile ?? null,
    chdir: config.chdir ?? cwd,
    daemon: false,
    reusePort: false,
    reload: false,
    maxRequests: config.maxRequests,
    maxRequestsJitter: 0,
    configFile: '/srv/gunicorn.py',
    controlSocket: flavour.startsWith('20.') ? null : (config.controlSocket ?? null),
    hooks: config.hooks,
    errorLog: null,
  };
}

/** `--check-config` loads the application as well (gunicorn/app/base.py, run). */
function checkConfig(kernel: FakeKernel, proc: FakeProcess, installation: Installation): void {
  proc.after(installation.interpreterMs, () => {
    if (installation.configError !== undefined) {
      proc.print(`Failed to read config file: /srv/gunicorn.py\n${installation.configError}\n`);
      kernel.exit(proc, { by: 'exit', code: 1 });
      return;
    }
    const { bootMs, fate } = codeIn(installation, proc.cwd);
    if (fate.is === 'hangs') return;
    proc.after(bootMs, () => {
      if (fate.is === 'fails')
        proc.print(`\nError while loading the application:\n\n${fate.says}\n`);
      kernel.exit(proc, { by: 'exit', code: fate.is === 'fails' ? 1 : 0 });
    });
  });
}
