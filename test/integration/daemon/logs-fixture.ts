import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LogSettings, Program } from '../../../src/config/program.ts';
import type { DaemonEvent } from '../../../src/daemon/events/daemon-event.ts';
import type { ChildOutput, ChildOutputOptions } from '../../../src/daemon/logs/child-output.ts';
import type { openLogFile } from '../../../src/daemon/logs/log-file.ts';
import { openChildOutput } from '../../../src/daemon/logs/open-child-output.ts';
import { makeFifos } from '../../../src/daemon/spawn/make-fifos.ts';
import { sampleProgram } from '../../fake/sample-program.ts';

const OTHER_DAEMON = fileURLToPath(new URL('logs-other-daemon.ts', import.meta.url));

/** A directory with one output channel of a program, and children that write to it. */
export class LogsFixture {
  readonly directory: string;
  readonly log: string;
  readonly fifo: string;
  readonly events: DaemonEvent[] = [];
  readonly troubles: string[] = [];
  private readonly outputs: ChildOutput[] = [];
  private readonly children: ChildProcess[] = [];

  constructor(directory = mkdtempSync(join(tmpdir(), 'reloadctl-test-'))) {
    this.directory = directory;
    this.log = join(directory, 'app.log');
    this.fifo = join(directory, 'app.stdout');
  }

  /** Opens stdout of a program whose log is `log` but for `settings`. */
  async open(
    settings: Partial<LogSettings> = {},
    rest: Partial<ChildOutputOptions> & { readonly changes?: Partial<Program> } = {},
    openLog?: typeof openLogFile,
  ): Promise<ChildOutput> {
    const stdout: LogSettings = {
      target: { kind: 'file', path: this.log },
      maxBytes: 0,
      backups: 0,
      captureMaxBytes: 0,
      eventsEnabled: false,
      syslog: false,
      ...settings,
    };
    const { changes, ...options } = rest;
    const made = await makeFifos([this.fifo]);
    if (!made.ok) throw new Error(made.error);
    const output = await openChildOutput(
      {
        program: sampleProgram({ name: 'app', group: 'apps', stdout, ...changes }),
        channel: 'stdout',
        childLogDir: this.directory,
        identifier: 'supervisor',
        stripAnsi: false,
        events: {
          emit: (event) => this.events.push(event),
          subscribe: () => () => undefined,
        },
        fifo: this.fifo,
        onTrouble: (text) => this.troubles.push(text),
        ...options,
      },
      openLog,
    );
    this.outputs.push(output);
    return output;
  }

  /** Starts a child with the channel as its stdout. */
  spawn(
    output: ChildOutput,
    argv: readonly [string, ...string[]],
    cwd = process.cwd(),
  ): ChildProcess {
    // As ProcessPipes lends it: a reader of its own keeps the child alive without us.
    const reader = openSync(this.fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const stdio = ['pipe', output.writeFd, 'inherit', reader] as const;
    const child = spawn(argv[0], argv.slice(1), { stdio: [...stdio], cwd });
    closeSync(reader);
    this.children.push(child);
    if (child.pid !== undefined) output.attach(child.pid);
    return child;
  }

  /** Starts another process that opens this output and runs a shell script with it. */
  spawnDaemon(script: string): ChildProcess {
    const argv = ['--import', 'tsx', OTHER_DAEMON, this.directory, script];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'inherit', 'inherit'] });
    this.children.push(child);
    return child;
  }

  /** Runs a shell script with the channel as its stdout, until everything it wrote was dealt with. */
  async run(output: ChildOutput, script: string): Promise<void> {
    await once(this.spawn(output, ['sh', '-c', script]), 'exit');
    await output.flush();
  }

  /** Ends what is left. */
  async end(): Promise<void> {
    for (const child of this.children) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    }
    for (const output of this.outputs) await output.close({ removeFifo: true });
    rmSync(this.directory, { recursive: true });
  }
}
