import { dirname } from 'node:path';
import { TestRunner } from 'vitest';
import { createSupervisor } from '../../../src/rpc/client.ts';
import type { ProcessState, Supervisor } from '../../../src/rpc/supervisor.ts';
import { builtCli } from '../../rig/cli.ts';
import { runCommand, type CommandOptions } from '../../rig/command.ts';
import { PYTHON_NAMES, type FoundPython, type PythonName } from '../../rig/python.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { startOneOf, type SERVERS } from '../daemon/support/both-servers.ts';
import type { RealSupervisord } from '../rpc-supervisord.ts';
import { normalize } from './normalize.ts';
import { Recording } from './recording.ts';
import type { Said } from './said.ts';

/** The same words to both clients, or where a command is called differently, the words to each. */
export type Words =
  | readonly string[]
  | { readonly supervisorctl: readonly string[]; readonly reloadctl: readonly string[] };

/** A real supervisord, and both clients to talk to it. */
export class Twin {
  readonly server: RealSupervisord;
  readonly supervisor: Supervisor;
  readonly python: FoundPython;
  readonly #names: Array<readonly [text: string, shown: string]>;

  constructor(server: RealSupervisord, python: FoundPython) {
    this.server = server;
    this.supervisor = createSupervisor({ url: server.unixUrl });
    this.python = python;
    this.#names = [
      [server.directory, '<D>'],
      [server.inetUrl, '<INET>'],
      [python.bin.supervisorctl, '<SUPERVISORCTL>'],
    ];
  }

  /** Has `text` shown as `shown` in what the clients say; in the words to them `shown` stands for `text`. */
  hide(text: string, shown: string): void {
    this.#names.push([text, shown]);
  }

  supervisorctl(args: readonly string[], options: CommandOptions = {}): Promise<Said> {
    return this.#run('supervisorctl', args, options);
  }

  reloadctl(args: readonly string[], options: CommandOptions = {}): Promise<Said> {
    return this.#run('reloadctl', args, options);
  }

  /** The command and the environment of the real supervisorctl or of reloadctl, for a test that talks to it. */
  async client(
    which: 'supervisorctl' | 'reloadctl',
    args: readonly string[],
  ): Promise<{
    readonly argv: readonly [string, ...string[]];
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
  }> {
    const { directory, configuration } = this.server;
    const client: readonly [string, ...string[]] =
      which === 'supervisorctl'
        ? [this.python.bin.supervisorctl]
        : [process.execPath, await builtCli()];
    // A test may name another file.
    const common = args[0] === '-c' ? [] : ['-c', configuration];
    return {
      argv: [...client, ...common, ...args.map((arg) => this.#withRealNames(arg))],
      cwd: directory,
      env: {
        PATH: `${dirname(this.python.bin.supervisord)}:${process.env.PATH ?? ''}`,
        HOME: directory,
        LANG: 'C.UTF-8',
        RELOADCTL_STATE_DIR: directory,
      },
    };
  }

  /** Replaces what has to differ between two runs. */
  normalize(text: string): string {
    return normalize(text, this.#names);
  }

  #withRealNames(arg: string): string {
    return this.#names.reduce((word, [text, shown]) => word.replaceAll(shown, text), arg);
  }

  async #run(
    which: 'supervisorctl' | 'reloadctl',
    args: readonly string[],
    options: CommandOptions,
  ): Promise<Said> {
    const { argv, cwd, env } = await this.client(which, args);
    const result = await runCommand(argv, { cwd, env, ...options });
    return {
      stdout: this.normalize(result.stdout),
      stderr: this.normalize(result.stderr),
      code: result.code,
    };
  }

  /** Waits until every process named is in its state. */
  async waitForStates(states: Readonly<Record<string, ProcessState>>): Promise<void> {
    await waitFor('the programs to be in their states', async () => {
      const infos = await this.supervisor.getAllProcessInfo();
      if (!infos.ok) throw new Error(JSON.stringify(infos.error));
      const found = new Map(
        infos.value.map(({ group, name, state }) => [`${group}:${name}`, state]),
      );
      const missing = Object.entries(states).filter(([name, state]) => found.get(name) !== state);
      if (missing.length === 0) return true;
      throw new Error(missing.map(([name]) => `${name} ${found.get(name) ?? '-'}`).join(', '));
    });
  }

  /** Waits until the program has just failed once more; its next try is some seconds away. */
  async waitForFreshBackoff(name: string): Promise<void> {
    const stops = new Set<number>();
    await waitFor(`${name} to fail anew`, async () => {
      const info = await this.supervisor.getProcessInfo(name);
      if (!info.ok || info.value.state !== 'BACKOFF') return undefined;
      stops.add(info.value.stop);
      // Of the first failure nobody knows how long ago it was.
      return stops.size > 2 ? true : undefined;
    });
  }

  /** Waits until the log holds `text`. A program is RUNNING before it has said anything. */
  async waitForLog(
    name: string,
    text: string,
    channel: 'stdout' | 'stderr' = 'stdout',
  ): Promise<void> {
    await waitFor(`the ${channel} of ${name} to hold ${JSON.stringify(text)}`, async () => {
      const log = await this.supervisor.readProcessLog(name, channel, 0, 0);
      if (!log.ok) throw new Error(JSON.stringify(log.error));
      return log.value.includes(text) || undefined;
    });
  }

  /** Waits until program `name` runs as another process than `pid`. */
  async waitForOther(name: string, pid: number): Promise<void> {
    await waitFor(`${name} to run as another process than ${pid}`, async () => {
      const info = await this.supervisor.getProcessInfo(name);
      if (!info.ok) throw new Error(JSON.stringify(info.error));
      const isOther = info.value.state === 'RUNNING' && info.value.pid !== pid;
      return isOther || undefined;
    });
  }

  async stop(): Promise<void> {
    this.supervisor.close();
    await this.server.stop();
  }
}

/** What the real supervisorctl with its supervisord is compared with: reloadctl with a supervisord, or with our own. */
export interface Setup {
  readonly python: PythonName;
  readonly server: (typeof SERVERS)[number];
}

/** Every release with its own supervisord, and the newest against `reloadctl daemon`. */
export const SETUPS: readonly Setup[] = [
  ...PYTHON_NAMES.map((python): Setup => ({ python, server: 'supervisord' })),
  { python: 'newest', server: 'reloadctl daemon' },
];

/** How {@link Twins.run} calls both. */
interface RunOptions {
  /** Of the test, where tests run at the same time; else it is known. */
  readonly title?: string;
  readonly input?: string;
}

/**
 * Two supervisors with the same programs: what one client does to its own, the other does to the other. Where the answers of
 * supervisorctl are taken from the recording there is only ours.
 */
export class Twins {
  readonly ours: Twin;
  readonly #theirs: Twin | undefined;
  readonly #recording: Recording;

  constructor(theirs: Twin | undefined, ours: Twin, recording: Recording) {
    this.#theirs = theirs;
    this.ours = ours;
    this.#recording = recording;
  }

  /** supervisorctl gets a supervisord, reloadctl a `server`. `name` is that of the recording. */
  static async start(
    name: string,
    python: FoundPython,
    programs: string,
    server: Setup['server'] = 'supervisord',
  ): Promise<Twins> {
    const text = `[supervisorctl]\nserverurl=unix://%(here)s/s.sock\n${programs}`;
    const recording = new Recording(name, python.versions.supervisor);
    const start = async (which: Setup['server']): Promise<Twin> =>
      new Twin(await startOneOf(which, python, text), python);
    const [theirs, ours] = await Promise.all([
      recording.isLive ? start('supervisord') : undefined,
      start(server),
    ]);
    return new Twins(theirs, ours, recording);
  }

  /** supervisorctl with its server and reloadctl with its own, at the same time. */
  async run(
    words: Words,
    { title = TestRunner.getCurrentTest()?.name ?? '', ...options }: RunOptions = {},
  ): Promise<{ readonly theirs: Said; readonly ours: Said }> {
    const [forTheirs, forOurs] =
      'reloadctl' in words ? [words.supervisorctl, words.reloadctl] : [words, words];
    const [theirs, ours] = await Promise.all([
      this.#askTheirs(title, forTheirs, options),
      this.ours.reloadctl(forOurs, options),
    ]);
    return { theirs, ours };
  }

  /** Does the same to both. */
  async both(act: (twin: Twin) => void | Promise<void>): Promise<void> {
    const twins = this.#theirs === undefined ? [this.ours] : [this.#theirs, this.ours];
    await Promise.all(
      twins.map(async (twin) => {
        await act(twin);
      }),
    );
  }

  /** Has `text` shown as `shown` in what both say, and the other way round in the words to them. */
  hide(text: string, shown: string): void {
    this.#theirs?.hide(text, shown);
    this.ours.hide(text, shown);
  }

  async stop(): Promise<void> {
    await this.#recording.save();
    await this.both((twin) => twin.stop());
  }

  async #askTheirs(
    title: string,
    words: readonly string[],
    options: Pick<RunOptions, 'input'>,
  ): Promise<Said> {
    const called = options.input === undefined ? words : [...words, `< ${options.input}`];
    if (this.#theirs === undefined) return this.#recording.said(title, called);
    const said = await this.#theirs.supervisorctl(words, options);
    if (this.#recording.isLive) this.#recording.note(title, called, said);
    return said;
  }
}
