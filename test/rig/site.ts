import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { builtCli } from './cli.ts';
import { runCommand, showResult, type CommandOptions, type CommandResult } from './command.ts';
import { startLoad, type Endpoint, type LoadOptions, type RunningLoad } from './load.ts';
import { endProcesses, isAlive, signalProcess, type Process } from './processes.ts';
import { pythonEnvironment, type FoundPython } from './python.ts';
import {
  appendGunicornOptions,
  editFile,
  giveTo,
  writeCode,
  writeSite,
  writeVersion,
} from './site/files.ts';
import { get, type Answer } from './site/get.ts';
import { findMaster, findWorkers } from './site/gunicorn-processes.ts';
import { MARKER, markedProcesses } from './site/marked-processes.ts';
import type { GunicornOptions, ReleaseOptions, SiteOptions } from './site/options.ts';
import { reservePort, type ReservedPort } from './site/ports.ts';
import { writeReport } from './site/report.ts';
import { startSupervisor, type StartedSupervisor } from './site/supervisor.ts';
import { stateDirectory } from './site/state-directory.ts';
import { readProgramStates, type ProgramState } from './site/supervisor-state.ts';
import { waitFor } from './wait-for.ts';

export type { GunicornOptions, ReleaseOptions, SiteOptions } from './site/options.ts';

/** What was left when a site was stopped. */
export interface Stopped {
  /** Processes that were still there after the supervisor had ended; they have been KILLed. A good stop leaves none. */
  readonly survivors: readonly Process[];
  /** Whether the supervisor had to be KILLed itself. */
  readonly wasSupervisorKilled: boolean;
}

/** How far {@link Site.start} waits. */
export type StartUntil =
  /** The version is served by the number of workers that was asked for. */
  | 'serving'
  /** The supervisor calls usercenter RUNNING. */
  | 'running'
  /** The supervisor answers. */
  | 'answering';

/**
 * A copy of fixtures/usercenter in a directory of its own, with a real supervisor and real servers. Sites do not see each other:
 * ports, sockets, HOME and marker are their own. Make one with {@link createSite}; every site has to be stopped.
 */
export class Site {
  /** Holds supervisord.conf, the logs and the sockets. */
  readonly directory: string;
  /** Where wsgi.py is: the directory itself, or `current` with the option releases. */
  readonly codeDirectory: string;
  /** The path of supervisord.conf. */
  readonly configuration: string;
  /** Where usercenter serves; for startLoad. */
  readonly endpoint: Endpoint;
  readonly python: FoundPython;
  /** The environment of the supervisor and of the commands that the site runs. */
  readonly environment: Readonly<Record<string, string>>;

  readonly #options: SiteOptions;
  readonly #marker = randomUUID();
  readonly #port: ReservedPort | undefined;
  readonly #commands: string[] = [];
  #version: string;
  #bootSeconds: number;
  #supervisor: StartedSupervisor | undefined;
  #report: string | undefined;

  /** Use {@link createSite}. */
  constructor(options: SiteOptions, python: FoundPython, port: ReservedPort | undefined) {
    this.#options = options;
    this.#port = port;
    this.#version = options.version ?? 'v1';
    this.#bootSeconds = options.bootSeconds ?? 0;
    this.python = python;
    this.directory = mkdtempSync(join(tmpdir(), 'reloadctl-site-'));
    this.configuration = join(this.directory, 'supervisord.conf');
    this.codeDirectory =
      options.releases === true ? join(this.directory, 'current') : this.directory;
    const socketPath = join(this.directory, 'usercenter.sock');
    this.endpoint =
      port === undefined
        ? { url: 'http://localhost', socketPath }
        : { url: `http://127.0.0.1:${port.port}` };
    const directories = [python.bin.gunicorn, python.bin.supervisord].filter((bin) => bin !== '');
    const path = [...directories.map((bin) => dirname(bin)), process.env.PATH];
    this.environment = {
      PATH: [...new Set(path)].join(delimiter),
      // gunicorn 25 and later keep a control socket below HOME: sites must not share it.
      HOME: this.directory,
      LANG: 'C.UTF-8',
      ...(process.env.TMPDIR !== undefined && { TMPDIR: process.env.TMPDIR }),
      RELOADCTL_STATE_DIR: stateDirectory(this.directory, options.runAs),
      [MARKER]: this.#marker,
    };
    writeSite(
      this.directory,
      port === undefined ? `unix:${socketPath}` : `127.0.0.1:${port.port}`,
      options,
    );
    this.#giveAway();
  }

  /** Starts the supervisor and waits, at most 30 s and the boot time. Throws with what the processes said. */
  async start(until: StartUntil = 'serving'): Promise<void> {
    if (this.#supervisor !== undefined) throw new Error('this site has been started before');
    const argv =
      this.#options.supervisor === 'reloadctl'
        ? [process.execPath, await builtCli(), '-c', this.configuration, 'daemon', '-n']
        : [this.python.bin.supervisord, '-n', '-c', this.configuration];
    this.#supervisor = await startSupervisor({
      argv,
      cwd: this.directory,
      env: this.environment,
      user: this.#options.runAs,
      outputFile: join(this.directory, 'supervisord.out'),
    });
    try {
      const failure = await waitFor(
        `usercenter to be ${until}`,
        () => this.#failure() ?? this.#hasReached(until),
        { ceilingMs: 30_000 + this.#bootSeconds * 1000, everyMs: 50 },
      );
      if (failure !== 'reached') throw new Error(failure);
    } catch (error) {
      const report = this.report();
      await this.stop();
      throw new Error(`the site did not start: ${String(error)}\n${report}`, { cause: error });
    }
  }

  /** What the next boot of the code says and how it behaves. Running workers do not notice. */
  setVersion(version: string, release: ReleaseOptions = {}): void {
    writeVersion(this.codeDirectory, version, release);
    this.#giveAway();
  }

  /** With the option releases: writes releases/NAME; `current` stays. Returns its path. */
  writeRelease(name: string, version: string, release: ReleaseOptions = {}): string {
    const directory = join(this.directory, 'releases', name);
    writeCode(directory, { ...this.#options, ...release, version });
    this.#giveAway();
    return directory;
  }

  /** With the option releases: writes releases/NAME and moves the symlink `current` to it in one step. */
  deployRelease(name: string, version: string, release: ReleaseOptions = {}): void {
    this.writeRelease(name, version, release);
    symlinkSync(join('releases', name), join(this.directory, 'current.new'));
    renameSync(join(this.directory, 'current.new'), join(this.directory, 'current'));
    this.#giveAway();
  }

  /** Appends assignments to gunicorn.py; they take effect when gunicorn reads it next. */
  setGunicornOptions(options: GunicornOptions): void {
    appendGunicornOptions(this.codeDirectory, options);
  }

  /** Changes supervisord.conf. */
  editConfiguration(edit: (text: string) => string): void {
    editFile(this.configuration, edit);
  }

  /** Runs the built reloadctl on this site's configuration, in its directory. */
  async reloadctl(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return this.run(
      [process.execPath, await builtCli(), '-c', this.configuration, ...args],
      options,
    );
  }

  /** Runs the real supervisorctl on this site's configuration. */
  supervisorctl(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return this.run([this.python.bin.supervisorctl, '-c', this.configuration, ...args], options);
  }

  /** Runs a command in the site's directory and environment (`env` is added to it), marked as the site's. */
  async run(
    argv: readonly [string, ...string[]],
    options: CommandOptions = {},
  ): Promise<CommandResult> {
    const env = {
      ...this.environment,
      ...(options.user !== undefined && {
        RELOADCTL_STATE_DIR: stateDirectory(this.directory, options.user),
      }),
      ...options.env,
    };
    const result = await runCommand(argv, { cwd: this.directory, ...options, env });
    this.#commands.push(showResult(argv, result));
    return result;
  }

  /** GETs `path` from usercenter. Rejects when there is no answer. */
  get(path = '/', timeoutMs = 5000): Promise<Answer> {
    return get(this.endpoint, path, timeoutMs);
  }

  /** Starts an open-loop load on usercenter. */
  load(options: Omit<LoadOptions, keyof Endpoint>): Promise<RunningLoad> {
    return startLoad({ ...this.endpoint, ...options });
  }

  /** The supervisor's own process. */
  supervisor(): Process | undefined {
    return this.processes().find(({ pid }) => pid === this.#supervisor?.id.pid);
  }

  /** All programs as the supervisor reports them. */
  programs(): Promise<readonly ProgramState[]> {
    return readProgramStates(join(this.directory, 'supervisor.sock'));
  }

  /** One program as the supervisor reports it. */
  async program(name = 'usercenter'): Promise<ProgramState> {
    const programs = await this.programs();
    const found = programs.find((each) => each.name === name);
    if (found === undefined) throw new Error(`the supervisor does not know '${name}'`);
    return found;
  }

  /** The gunicorn master that is supervised. Throws when there is none. */
  async master(): Promise<Process> {
    const { pid, state } = await this.program();
    const master = pid === 0 ? undefined : findMaster(pid);
    if (master === undefined) throw new Error(`usercenter is ${state}, pid ${pid}: no master`);
    return master;
  }

  /** The workers of the supervised master, or of `master`. */
  async workers(master?: Process): Promise<readonly Process[]> {
    return findWorkers(master ?? (await this.master()));
  }

  /** Everything that runs on behalf of this site: what carries its marker, orphans and commands in progress included. */
  processes(): readonly Process[] {
    return markedProcesses(this.#marker);
  }

  /** What usercenter has written until now. */
  log(): string {
    return this.readFile('usercenter.log');
  }

  /** What the supervisor has logged until now. */
  supervisorLog(): string {
    return this.readFile('supervisord.log');
  }

  /** A file of the site's directory, '' when it is not there. */
  readFile(name: string): string {
    try {
      return readFileSync(join(this.directory, name), 'utf8');
    } catch {
      return ''; // Not written yet, or the site is gone.
    }
  }

  /** For a failing test: what the processes said, which of them run, and the last commands. Stays after the site was stopped. */
  report(): string {
    if (this.#report !== undefined) return this.#report;
    const { gunicorn, supervisor } = this.python.versions;
    return writeReport({
      title: `site ${this.directory} (gunicorn ${gunicorn}, supervisor ${supervisor})`,
      options: this.#options,
      files: ['supervisord.out', 'usercenter.log'].map((name) => [name, this.readFile(name)]),
      processes: this.processes(),
      commands: this.#commands,
    });
  }

  /** TERMs the supervisor, waits for it at most `graceMs`, KILLs whatever is left and removes the directory. */
  async stop(graceMs = 30_000): Promise<Stopped> {
    const id = this.#supervisor?.id;
    const killed = id === undefined ? [] : await this.#endSupervisor(graceMs);
    // Something that is about to end by itself is no survivor.
    await waitFor(
      'the processes of the site to end',
      () => this.processes().length === 0 || undefined,
      { ceilingMs: 1500, observe: () => this.processes().map(({ argv }) => argv.join(' ')) },
    ).catch(() => undefined); // What is left is counted next.
    this.#report = this.report();
    const survivors = this.processes();
    await endProcesses(survivors, 0);
    await this.#port?.release();
    if (process.env.RELOADCTL_TEST_KEEP === undefined) {
      rmSync(this.directory, { recursive: true, force: true });
    }
    return { survivors, wasSupervisorKilled: killed.length > 0 };
  }

  async #endSupervisor(graceMs: number): Promise<readonly unknown[]> {
    const id = this.#supervisor?.id;
    if (id === undefined || !isAlive(id)) return [];
    signalProcess(id, 'SIGTERM');
    return endProcesses([id], graceMs);
  }

  /** Why the supervisor will never get there. */
  #failure(): string | undefined {
    const code = this.#supervisor?.child.exitCode ?? undefined;
    return code === undefined ? undefined : `the supervisor exited ${code}`;
  }

  async #hasReached(until: StartUntil): Promise<string | undefined> {
    const programs = await this.programs();
    if (until === 'answering') return 'reached';
    const usercenter = programs.find(({ name }) => name === 'usercenter');
    if (usercenter?.state === 'FATAL') return 'usercenter is FATAL';
    if (usercenter?.state !== 'RUNNING') return undefined;
    if (programs.some(({ state }) => state === 'STARTING' || state === 'BACKOFF')) return undefined;
    if (until === 'running') return 'reached';
    const { version } = await this.get();
    const workers = await this.workers();
    const isComplete = workers.length === (this.#options.workers ?? 2);
    return version === this.#version && isComplete ? 'reached' : undefined;
  }

  /** Makes the files those of the user who will need them. */
  #giveAway(): void {
    const user = this.#options.runAs ?? this.#options.user;
    if (user !== undefined) giveTo(this.directory, user);
  }
}

/** Makes a site; nothing runs yet. Throws when its Python environment is missing: ask pythonForTests first to skip instead. */
export async function createSite(options: SiteOptions = {}, given?: FoundPython): Promise<Site> {
  const python = given ?? (await pythonEnvironment(options.python ?? 'newest'));
  if (!python.ok) throw new Error(python.reason);
  const port = options.bind === 'unix' ? undefined : await reservePort();
  return new Site(options, python, port);
}
