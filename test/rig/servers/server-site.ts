import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { expect, onTestFailed, onTestFinished, type TestContext } from 'vitest';
import { builtCli } from '../cli.ts';
import { runCommand, showResult, type CommandOptions, type CommandResult } from '../command.ts';
import { startLoad, type Endpoint, type LoadOptions, type RunningLoad } from '../load.ts';
import { REPOSITORY } from '../place.ts';
import {
  childrenOf,
  endProcesses,
  isAlive,
  readProcess,
  signalProcess,
  type Process,
} from '../processes.ts';
import { pythonEnvironment, type FoundPython } from '../python.ts';
import { giveTo } from '../site/files.ts';
import { get, type Answer } from '../site/get.ts';
import { MARKER, markedProcesses } from '../site/marked-processes.ts';
import { reservePort, type ReservedPort } from '../site/ports.ts';
import { withShortSettle } from '../site/short-settle.ts';
import { writeReport } from '../site/report.ts';
import { stateDirectory } from '../site/state-directory.ts';
import { readProgramStates, type ProgramState } from '../site/supervisor-state.ts';
import { startSupervisor, type StartedSupervisor } from '../site/supervisor.ts';
import type { User } from '../users.ts';
import { waitFor } from '../wait-for.ts';
import type { FoundServer } from './found-server.ts';

/** What a site of some server is made of. */
export interface ServerSiteOptions {
  /** What serverForTests gave; undefined: tests have to be skipped. */
  readonly server: FoundServer | undefined;
  /** The folder in fixtures/ that is copied. Its supervisord.conf has one program, named like the folder. */
  readonly fixture: string;
  /**
   * @NAME@ in every file is replaced by these, besides @PORT@ (a port of the site's own), @DIRECTORY@ and @BINARY@. The same names
   * are in the environment of the supervisor: %(ENV_PORT)s.
   */
  readonly values?: Readonly<Record<string, string>>;
  /** How many ports: @PORT@, @PORT2@, … 1 when not given. */
  readonly ports?: number;
  /** Changes the configuration of the supervisor, to which a short settling time is added where it has no [reloadctl]. */
  readonly edit?: (configuration: string) => string;
  /** Called once the folder is there, before anything is started. */
  readonly prepare?: (directory: string) => void;
  /** Runs the supervisor and everything below it; ourselves when not given. */
  readonly runAs?: User;
  /** `reloadctl daemon` instead of supervisord. */
  readonly daemon?: true;
  /** Started and waited for: until GET / answers (the default), or until the supervisor calls it RUNNING. */
  readonly until?: 'serving' | 'running';
}

/**
 * A server of any type under a real supervisord, in a directory of its own, from a folder of fixtures/. Make one with
 * {@link serverSiteForTest}.
 */
export class ServerSite {
  readonly directory: string;
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly #options: ServerSiteOptions;
  readonly #python: FoundPython;
  readonly #ports: readonly ReservedPort[];
  readonly #marker = randomUUID();
  readonly #commands: string[] = [];
  #supervisor: StartedSupervisor | undefined;
  #report: string | undefined;

  constructor(options: ServerSiteOptions, python: FoundPython, ports: readonly ReservedPort[]) {
    this.#options = options;
    this.#python = python;
    this.#ports = ports;
    this.name = options.fixture;
    this.port = ports[0]?.port ?? 0;
    this.directory = mkdtempSync(join(tmpdir(), 'reloadctl-server-'));
    // Workers of some servers are of another user than root.
    chmodSync(this.directory, 0o755);
    this.endpoint = { url: `http://127.0.0.1:${this.port}` };
    const { server } = options;
    if (server === undefined) throw new Error(`there is no ${options.fixture}: skip this test`);
    const values = {
      ...Object.fromEntries(
        ports.map(({ port }, index) => [`PORT${index === 0 ? '' : index + 1}`, String(port)]),
      ),
      DIRECTORY: this.directory,
      BINARY: server.binary,
      ROOT: server.root,
      ...options.values,
    };
    const path = [dirname(server.binary), dirname(python.bin.supervisord), process.env.PATH];
    this.environment = {
      ...values,
      ...server.environment,
      PATH: path.join(delimiter),
      HOME: this.directory,
      LANG: 'C.UTF-8',
      RELOADCTL_STATE_DIR: stateDirectory(this.directory, options.runAs),
      [MARKER]: this.#marker,
    };
    cpSync(join(REPOSITORY, 'fixtures', options.fixture), this.directory, { recursive: true });
    for (const file of readdirSync(this.directory)) {
      const found = join(this.directory, file);
      if (!statSync(found).isFile()) continue;
      this.editFile(file, (text) =>
        text.replace(/@([A-Z][A-Z0-9]*)@/g, (whole, name: string) =>
          Object.hasOwn(values, name) ? ((values as Record<string, string>)[name] ?? whole) : whole,
        ),
      );
    }
    this.editFile('supervisord.conf', (text) => withShortSettle(options.edit?.(text) ?? text));
    options.prepare?.(this.directory);
    if (options.runAs !== undefined) giveTo(this.directory, options.runAs);
  }

  async start(): Promise<void> {
    const { runAs, until = 'serving', daemon } = this.#options;
    const configuration = join(this.directory, 'supervisord.conf');
    this.#supervisor = await startSupervisor({
      argv:
        daemon === true
          ? [process.execPath, await builtCli(), '-c', configuration, 'daemon', '-n']
          : [this.#python.bin.supervisord, '-n', '-c', configuration],
      cwd: this.directory,
      env: this.environment,
      user: runAs,
      outputFile: join(this.directory, 'supervisord.out'),
    });
    await waitFor(
      `${this.name} to be ${until}`,
      async () => {
        const { state } = await this.program();
        if (state === 'FATAL') throw new Error(`${this.name} is FATAL`);
        if (state !== 'RUNNING') return undefined;
        return until === 'running' || (await this.get().catch(() => undefined)); // Not yet.
      },
      { ceilingMs: 30_000, everyMs: 50 },
    );
  }

  /** Changes a file of the site. */
  editFile(name: string, edit: (text: string) => string): void {
    const file = join(this.directory, name);
    writeFileSync(file, edit(readFileSync(file, 'utf8')));
  }

  readFile(name: string): string {
    try {
      return readFileSync(join(this.directory, name), 'utf8');
    } catch {
      return ''; // Not written yet.
    }
  }

  /** Runs the built reloadctl on this site's configuration. */
  async reloadctl(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return this.run(
      [process.execPath, await builtCli(), '-c', join(this.directory, 'supervisord.conf'), ...args],
      options,
    );
  }

  async run(
    argv: readonly [string, ...string[]],
    options: CommandOptions = {},
  ): Promise<CommandResult> {
    const env = { ...this.environment, ...options.env };
    const result = await runCommand(argv, { cwd: this.directory, ...options, env });
    this.#commands.push(showResult(argv, result));
    return result;
  }

  get(path = '/', timeoutMs = 5000): Promise<Answer> {
    return get(this.endpoint, path, timeoutMs);
  }

  load(options: Omit<LoadOptions, keyof Endpoint>): Promise<RunningLoad> {
    return startLoad({ ...this.endpoint, ...options });
  }

  async program(): Promise<ProgramState> {
    // Not there until the supervisor has made its socket.
    const programs = await readProgramStates(join(this.directory, 'supervisor.sock'));
    return (
      programs.find(({ name }) => name === this.name) ?? {
        name: this.name,
        group: this.name,
        state: 'UNKNOWN',
        pid: 0,
      }
    );
  }

  /** The process that the supervisor started. */
  async master(): Promise<Process> {
    const { pid, state } = await this.program();
    const found = pid === 0 ? undefined : readProcess(pid);
    if (found === undefined) throw new Error(`${this.name} is ${state}, pid ${pid}`);
    return found;
  }

  async children(): Promise<readonly Process[]> {
    return childrenOf((await this.master()).pid);
  }

  /** For a failing test: what the processes said. Stays after the site was stopped. */
  report(): string {
    if (this.#report !== undefined) return this.#report;
    const files = readdirSync(this.directory).filter((name) => /\.(log|out)$/.test(name));
    return writeReport({
      title: `site ${this.directory} (${this.name})`,
      options: {},
      files: files.map((name) => [name, this.readFile(name)]),
      processes: markedProcesses(this.#marker),
      commands: this.#commands,
    });
  }

  /** Ends everything; gives what outlived the supervisor. */
  async stop(): Promise<readonly Process[]> {
    const id = this.#supervisor?.id;
    if (id !== undefined && isAlive(id)) {
      signalProcess(id, 'SIGTERM');
      await endProcesses([id], 30_000);
    }
    await waitFor(
      'the processes to end',
      () => markedProcesses(this.#marker).length === 0 || undefined,
      {
        ceilingMs: 1500,
      },
    ).catch(() => undefined); // What is left is counted next.
    this.#report = this.report();
    const survivors = markedProcesses(this.#marker);
    await endProcesses(survivors, 0);
    for (const port of this.#ports) await port.release();
    if (process.env.RELOADCTL_TEST_KEEP === undefined) {
      rmSync(this.directory, { recursive: true, force: true });
    }
    return survivors;
  }
}

/** A started server for the running test; ended, and looked at for survivors, when the test ends. A concurrent test has to pass its context. */
export async function serverSiteForTest(
  options: ServerSiteOptions,
  context: Pick<TestContext, 'onTestFailed' | 'onTestFinished'> = { onTestFailed, onTestFinished },
): Promise<ServerSite> {
  const python = await pythonEnvironment('newest');
  if (!python.ok) throw new Error(python.reason);
  const ports = await Promise.all(Array.from({ length: options.ports ?? 1 }, reservePort));
  const site = new ServerSite(options, python, ports);
  context.onTestFailed(() => {
    console.error(site.report());
  });
  context.onTestFinished(async () => {
    const survivors = await site.stop();
    const left = survivors.map(({ pid, argv }) => `pid ${pid}: ${argv.join(' ')}`);
    expect(left, 'processes that outlived the supervisor').toEqual([]);
  });
  await site.start();
  return site;
}
