import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { readProcess } from '../../rig/processes.ts';
import { waitFor } from '../../rig/wait-for.ts';

/** How a command is started. */
export interface Launch {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A command that runs while the test talks to it. Its stdin stays open until {@link Conversation.endInput}. */
export class Conversation {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<number | NodeJS.Signals>;
  stdout = '';
  stderr = '';

  constructor({ argv, cwd, env }: Launch) {
    const [file, ...rest] = argv;
    this.#child = spawn(file, rest, { cwd, env, stdio: 'pipe' });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.#child.stdin.on('error', () => undefined); // It may end before it has read everything.
    this.#ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code, signal) => {
        resolve(code ?? signal ?? -1);
      });
    });
  }

  /** Waits until stdout holds `text`. */
  async waitFor(text: string): Promise<void> {
    await waitFor(
      `stdout to hold ${JSON.stringify(text)}`,
      () => this.stdout.includes(text) || undefined,
      {
        observe: () => this.stdout + this.stderr,
      },
    );
  }

  /** Waits until it sleeps, twice in a row: a signal then finds it waiting for something. */
  async waitUntilIdle(): Promise<void> {
    let times = 0;
    await waitFor('the command to wait', () => {
      times = readProcess(this.#child.pid ?? 0)?.state === 'S' ? times + 1 : 0;
      return times > 1 || undefined;
    });
  }

  write(text: string): void {
    this.#child.stdin.write(text);
  }

  endInput(): void {
    this.#child.stdin.end();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** As `| head` does when it has enough. */
  closeStdout(): void {
    this.#child.stdout.destroy();
  }

  /** The exit code, or the signal that ended it. */
  async end(): Promise<number | NodeJS.Signals> {
    const limit = setTimeout(() => this.#child.kill('SIGKILL'), 60_000);
    try {
      return await this.#ended;
    } finally {
      clearTimeout(limit);
    }
  }
}

const PTY = `
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))
`;

/** The same command with a pseudo-terminal as its stdin, stdout and stderr: what is written goes to the keyboard. */
export function onTerminal(python: string, launch: Launch): Launch {
  return { ...launch, argv: [python, '-c', PTY, ...launch.argv] };
}
