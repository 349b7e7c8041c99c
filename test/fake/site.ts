import type { ExitCode } from '../../src/base/errors.ts';
import type { Program } from '../../src/config/program.ts';
import type { ReloadOptions } from '../../src/policy/facts.ts';
import type { PlannedAction } from '../../src/policy/actions.ts';
import type { ReloadEvent } from '../../src/reload/events.ts';
import { LOCK_WAIT_MS } from '../../src/reload/take-lock.ts';
import type { Target } from '../../src/reload/target.ts';
import type { Pid } from '../../src/os/proc.ts';
import type { VirtualClock } from './clock.ts';
import { gunicornImage } from './gunicorn/image.ts';
import type { Code, Flavour, GunicornConfig, Installation } from './gunicorn/installation.ts';
import type { GunicornMaster } from './gunicorn/master.ts';
import type { FakeKernel, Image } from './kernel.ts';
import { FakeMachine } from './machine.ts';
import { MemoryState } from './memory-state.ts';
import type { FakeProcess } from './process.ts';
import { ReloadctlRun } from './reloadctl-run.ts';
import { sampleProgram } from './sample-program.ts';
import { ServingWatch } from './serving-watch.ts';
import { FakeSupervisor, type Wire } from './supervisord/api.ts';
import { Supervisord } from './supervisord/daemon.ts';
import type { Overlap } from './supervisord/overlap.ts';
import type { Subprocess } from './supervisord/subprocess.ts';

const ADDRESS = '127.0.0.1:8000';

/** Code that boots in `bootMs` and serves. */
export const goodCode = (version: string, bootMs = 600): Code => ({
  version,
  bootMs,
  fate: { is: 'serves' },
});

/** What a site is made of; everything has a default. */
export interface SiteOptions {
  readonly flavour?: Flavour;
  readonly config?: Partial<GunicornConfig>;
  readonly program?: Partial<Program>;
  readonly code?: Code;
  readonly setproctitle?: boolean;
  readonly requestMs?: number;
  /** The supervisor is a `reloadctl daemon`: it owns the sockets. */
  readonly daemon?: boolean;
  /** Puts something between supervisord and gunicorn. */
  readonly wrap?: (argv: readonly string[], image: Image) => Image;
  /** Runs in place of gunicorn. */
  readonly instead?: Image;
}

/** What one run is asked beside its action. */
export interface PerformOptions {
  readonly options?: Partial<ReloadOptions>;
  readonly wait?: boolean;
  readonly waitMs?: number;
  readonly user?: { readonly name: string; readonly uid: number };
  /** 'process' acts on the master by its pid, without the supervisor. */
  readonly target?: 'supervised' | 'process';
  readonly onStart?: (run: ReloadctlRun) => void;
  readonly onEvent?: (event: ReloadEvent, run: ReloadctlRun) => void;
}

/** What a run came to. */
export interface Performed {
  readonly exitCode: ExitCode | 'killed';
  readonly run: ReloadctlRun;
  readonly events: readonly ReloadEvent[];
}

const NO_OPTIONS: ReloadOptions = {
  strategy: 'auto',
  surge: undefined,
  healthUrls: [],
  settleMs: undefined,
  timeoutMs: undefined,
  allowDowntime: false,
  reloadSignal: undefined,
  hooks: {},
};

/** A machine with a supervisord, one program that it runs, and decoys that nobody may touch. */
export class Site {
  readonly machine: FakeMachine;
  readonly installation: Installation;
  readonly supervisord: Supervisord;
  readonly subprocess: Subprocess;
  /** What a `reloadctl daemon` has beside what supervisord has. */
  readonly overlap: Overlap | undefined;
  readonly serving: ServingWatch;
  readonly state = new MemoryState();
  readonly wire: Wire = { latencyMs: 4, failsBy: () => undefined };
  /** Every gunicorn master that ever started here. */
  readonly masters: GunicornMaster[] = [];
  readonly decoys: readonly FakeProcess[];
  /** Workers that were ended by a signal with requests under way. */
  readonly cutOff: FakeProcess[] = [];
  /** Whether the program is gunicorn. */
  readonly gunicornOnly: boolean;

  constructor(options: SiteOptions = {}) {
    this.installation = installationOf(options);
    const image = gunicornImage(this.installation, (master) => {
      this.masters.push(master);
    });
    this.machine = new FakeMachine(image);
    const { kernel } = this.machine;
    kernel.onExit((proc) => {
      const worker = this.masters
        .filter(isAtHome)
        .flatMap(({ everyWorker }) => everyWorker)
        .find((each) => each.proc === proc);
      const wasServing = worker?.version !== undefined;
      if (wasServing && proc.status?.by === 'signal') this.cutOff.push(proc);
    });
    this.serving = new ServingWatch(this.machine, ADDRESS);
    layOutFiles(kernel);
    this.decoys = startDecoys(kernel);
    this.supervisord = new Supervisord(kernel, { PATH: '/usr/bin', HOME: '/root' });
    const program = sampleProgram(options.program);
    const argv = ['/venv/bin/python', ...program.command.split(' ')];
    const isPlain = options.wrap === undefined && options.instead === undefined;
    this.gunicornOnly = options.instead === undefined;
    this.subprocess = this.supervisord.add({
      program,
      argv: isPlain ? argv : ['/bin/sh', '/srv/start.sh'],
      image: options.instead ?? options.wrap?.(argv, image) ?? image,
      logfile: '/var/log/usercenter.log',
    });
    this.overlap =
      options.daemon === true
        ? this.supervisord.overlap(this.subprocess, {
            config: () => this.installation.config,
            hasControlSocket: !this.installation.flavour.startsWith('20.'),
            readMs: this.installation.interpreterMs,
          })
        : undefined;
  }

  get clock(): VirtualClock {
    return this.machine.clock;
  }

  get kernel(): FakeKernel {
    return this.machine.kernel;
  }

  /** Starts the program and waits until it serves. */
  async start(): Promise<void> {
    this.subprocess.spawn();
    for (let waited = 0; !this.isComplete; waited += 100) {
      if (waited > 60_000) throw new Error('the program does not come up');
      await this.clock.pass(100);
    }
    await this.clock.pass(2000);
  }

  /** Runs reloadctl once and lets time pass until it has ended. */
  async perform(action: PlannedAction, how: PerformOptions = {}): Promise<Performed> {
    const user = how.user ?? { name: 'root', uid: 0 };
    const run = new ReloadctlRun(this.machine, user.uid);
    how.onStart?.(run);
    const exitCode = await this.clock.run(
      run.perform(this.state, {
        action,
        target: (isDead) => this.#target(how.target ?? 'supervised', isDead),
        options: { ...NO_OPTIONS, ...how.options },
        waitMs: how.waitMs ?? (how.wait === false ? 0 : LOCK_WAIT_MS),
        user,
        onEvent: (event) => how.onEvent?.(event, run),
      }),
    );
    return { exitCode, run, events: run.events };
  }

  #target(kind: 'supervised' | 'process', isDead: () => boolean): Target {
    if (kind === 'process') {
      const pid = this.master?.proc.pid ?? (0 as Pid);
      return { kind, label: `pid:${pid}`, pid };
    }
    return {
      kind,
      label: 'usercenter',
      name: 'usercenter:usercenter',
      supervisor: new FakeSupervisor(this.kernel, this.supervisord, this.wire, isDead),
      program: this.subprocess.program,
    };
  }

  /** The masters that run and are at home on the program's address, oldest first; a canary is not. */
  get livingMasters(): readonly GunicornMaster[] {
    return this.masters.filter((master) => master.proc.isAlive && isAtHome(master));
  }

  /** The master that the supervisor started, or that is below its wrappers. */
  get master(): GunicornMaster | undefined {
    const { proc } = this.subprocess;
    return this.livingMasters.find(
      (master) => proc !== undefined && this.#line(master.proc).includes(proc),
    );
  }

  /** How many wrappers stand between the supervisor and the master. */
  get wrappers(): number {
    const { master, subprocess } = this;
    if (master === undefined || subprocess.proc === undefined) return 0;
    return this.#line(master.proc).indexOf(subprocess.proc);
  }

  /** A process, its parent, and so on. */
  #line(proc: FakeProcess): readonly FakeProcess[] {
    const line = [proc];
    for (const each of line) {
      const parent = this.kernel.find(each.ppid);
      if (parent !== undefined) line.push(parent);
    }
    return line;
  }

  /** The second master, as a child of the first. */
  get bridge(): GunicornMaster | undefined {
    const { master } = this;
    return this.livingMasters.find(({ proc }) => proc.ppid === master?.proc.pid);
  }

  /** The master of the second instance that is not promoted yet. */
  get successor(): GunicornMaster | undefined {
    return this.livingMasters.find(({ proc }) => proc === this.overlap?.successor);
  }

  /** Every living process of the program: all but init, supervisord, reloadctl and the decoys. */
  get family(): readonly FakeProcess[] {
    const others = new Set([this.kernel.init, this.supervisord.proc, ...this.decoys]);
    return this.kernel.living().filter((proc) => !others.has(proc) && proc.argv[0] !== 'reloadctl');
  }

  /** The versions of the code that serve, one an accepting worker. */
  get versions(): readonly string[] {
    return this.livingMasters
      .flatMap(({ workers }) => workers)
      .filter(({ isAccepting }) => isAccepting)
      .map(({ version }) => version ?? 'none');
  }

  /** One master with exactly the configured workers, all of them in service, and nothing else of the program. */
  get isComplete(): boolean {
    const { master } = this;
    const { workers } = this.installation.config;
    return (
      master !== undefined &&
      this.livingMasters.length === 1 &&
      this.versions.length === workers &&
      master.workers.length === workers
    );
  }
}

/** A canary listens elsewhere; the daemon hands over the program's own sockets. */
const isAtHome = ({ proc }: GunicornMaster): boolean =>
  proc.env.LISTEN_FDS === undefined || proc.env.LISTEN_FDNAMES === 'reloadctl';

function installationOf(options: SiteOptions): Installation {
  return {
    flavour: options.flavour ?? '20.1.0',
    config: {
      workers: 2,
      timeout: 30,
      gracefulTimeout: 5,
      preloadApp: false,
      bind: ADDRESS,
      pidfile: '/run/usercenter.pid',
      chdir: undefined,
      controlSocket: '/run/gunicorn.ctl',
      maxRequests: 0,
      hooks: [],
      ...options.config,
    },
    configError: undefined,
    code: new Map([['', options.code ?? goodCode('1')]]),
    interpreterMs: 150,
    requestMs: options.requestMs ?? 300,
    parentCheckMs: 1000,
    setproctitle: options.setproctitle ?? false,
  };
}

function layOutFiles(kernel: FakeKernel): void {
  for (const path of ['/', '/srv', '/srv/app', '/srv/releases/2', '/run']) {
    kernel.files.makeDirectory(path);
  }
  kernel.files.write('/venv/bin/gunicorn', '#!/venv/bin/python\nimport sys\n');
  kernel.files.write('/srv/gunicorn.py', 'workers = 2\n');
  kernel.files.write('/var/log/usercenter.log', '');
}

/** Another gunicorn, and a server that catches HUP: neither is of the program. */
function startDecoys(kernel: FakeKernel): readonly FakeProcess[] {
  const start = (argv: readonly string[], env: Readonly<Record<string, string>>): FakeProcess =>
    kernel.spawn(
      kernel.init,
      { argv, env, cwd: '/' },
      (_kernel, proc) => {
        for (const signal of ['SIGHUP', 'SIGUSR2', 'SIGTTIN', 'SIGTTOU', 'SIGWINCH'] as const) {
          proc.handlers.set(signal, () => undefined);
        }
      },
      { leads: 'session' },
    );
  return [
    start(['/usr/sbin/nginx'], {}),
    start(['/venv/bin/python', '/venv/bin/gunicorn', 'other:app'], {
      SUPERVISOR_PROCESS_NAME: 'other',
      SUPERVISOR_GROUP_NAME: 'other',
      SUPERVISOR_SERVER_URL: 'unix:///run/supervisor.sock',
    }),
  ];
}
