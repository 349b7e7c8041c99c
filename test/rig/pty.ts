import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Duplex, Readable, Writable } from 'node:stream';
import xterm from '@xterm/headless';
import { REPOSITORY } from './place.ts';
import {
  descendantsOf,
  endProcesses,
  signalProcess,
  startTicksOf,
  type ProcessId,
} from './processes.ts';
import { waitFor } from './wait-for.ts';

const HELPER = join(REPOSITORY, 'test/rig/pty/on_terminal.py');

/** What to run on a terminal. */
export interface PtyOptions {
  /** Python 3.9 or newer, which makes the pseudo-terminal. */
  readonly python: string;
  readonly cwd: string;
  /** The whole environment. TERM is xterm-256color unless it is in here. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** 80 when not given. */
  readonly columns?: number;
  /** 24 when not given. */
  readonly rows?: number;
}

/** How a command ended: its exit code or the signal that ended it. */
export type PtyEnd = number | NodeJS.Signals;

/**
 * A command on a pseudo-terminal of its own, of which it is the session leader, and the screen that a person would see. To be ended with
 * {@link end} or {@link close}.
 */
export class Pty {
  /** Everything that was written to the terminal, as it came. */
  output = '';
  readonly #helper: ChildProcess;
  readonly #keyboard: Writable;
  readonly #control: Duplex;
  readonly #screen: InstanceType<typeof xterm.Terminal>;
  readonly #closed: Promise<void>;
  #said = '';

  constructor(argv: readonly [string, ...string[]], options: PtyOptions) {
    const { python, cwd, env, columns = 80, rows = 24 } = options;
    this.#screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    this.#helper = spawn(python, [HELPER, String(columns), String(rows), ...argv], {
      cwd,
      env: { TERM: 'xterm-256color', ...env },
      stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
    });
    const [keyboard, picture, , control] = this.#helper.stdio as unknown as [
      Writable,
      Readable,
      null,
      Duplex,
    ];
    this.#keyboard = keyboard;
    this.#control = control;
    for (const stream of [keyboard, control]) stream.on('error', () => undefined); // It may end first.
    picture.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
      this.#screen.write(text);
    });
    control.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    this.#closed = new Promise((resolve, reject) => {
      this.#helper.on('error', reject);
      this.#helper.on('close', () => {
        resolve();
      });
    });
  }

  /** What the terminal shows: a string a row, without the blanks at the end of rows. */
  get rows(): string[] {
    const { active } = this.#screen.buffer;
    return Array.from({ length: this.#screen.rows }, (_, row) =>
      (active.getLine(active.viewportY + row)?.translateToString(true) ?? '').trimEnd(),
    );
  }

  /** {@link rows} as one text, without empty rows at its end. */
  get text(): string {
    return this.rows.join('\n').trimEnd();
  }

  /** Whether the command has taken the screen for itself and not given it back. */
  get isAlternate(): boolean {
    return this.#screen.buffer.active.type === 'alternate';
  }

  /** Waits until the screen shows `wanted`, and returns what it shows then. */
  async waitFor(wanted: string | RegExp, ceilingMs = 15_000): Promise<string> {
    return waitFor(
      `the terminal to show ${String(wanted)}`,
      () => {
        const { text } = this;
        const isThere = typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
        return isThere ? text : undefined;
      },
      { ceilingMs, observe: () => `\n${this.text}\n` },
    );
  }

  /** Presses keys: '\r' is Enter, '\u0003' Ctrl-C, '\u001b[A' the arrow up. */
  press(keys: string): void {
    this.#keyboard.write(keys);
  }

  /** Makes the terminal larger or smaller, as a person who drags its corner. */
  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows);
    this.#control.write(`size ${columns} ${rows}\n`);
  }

  /** Closes the terminal as a lost connection does: the command gets SIGHUP. */
  hangUp(): void {
    this.#control.write('hangup\n');
  }

  /** The command itself. */
  async process(): Promise<ProcessId> {
    const pid = await waitFor('the command to run', () => /^pid (\d+)$/m.exec(this.#said)?.[1]);
    return { pid: Number(pid), startTicks: startTicksOf(Number(pid)) ?? 0 };
  }

  /** Sends a signal to the command, not by the keyboard. */
  async signal(name: NodeJS.Signals): Promise<void> {
    signalProcess(await this.process(), name);
  }

  /** Waits for the command to end by itself. */
  async end(ceilingMs = 15_000): Promise<PtyEnd> {
    const said = await waitFor(
      'the command on the terminal to end',
      () => /^(exit|signal) (\d+)$/m.exec(this.#said) ?? undefined,
      { ceilingMs, observe: () => `\n${this.text}\n` },
    );
    await this.#closed;
    // What the terminal was given is not on the screen at once.
    await new Promise<void>((shown) => {
      this.#screen.write('', shown);
    });
    return said[1] === 'exit' ? Number(said[2]) : signalName(Number(said[2]));
  }

  /** Ends whatever still runs on the terminal. */
  async close(): Promise<void> {
    const pid = this.#helper.pid ?? 0;
    const startTicks = startTicksOf(pid);
    if (startTicks !== undefined && this.#helper.exitCode === null) {
      await endProcesses([{ pid, startTicks }, ...descendantsOf(pid)], 0);
    }
    await this.#closed;
    this.#screen.dispose();
  }
}

function signalName(number: number): NodeJS.Signals {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return (found?.[0] ?? 'SIGKILL') as NodeJS.Signals;
}
