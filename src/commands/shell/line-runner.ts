import { CommanderError } from 'commander';
import { EXIT, ReloadctlError } from '../../base/errors.ts';
import { nearMiss } from '../../config/nearest.ts';
import { Interruption } from '../../reload/interruption.ts';
import { columnsOf } from '../../terminal/output-stream.ts';
import { escapeForTerminal } from '../../terminal/text/escape.ts';
import { splitLine } from '../completion/split-line.ts';
import { buildProgram } from '../program.ts';
import type { CommandRecord } from '../records/command-record.ts';
import { COMMANDS } from '../records/commands.ts';
import { reportError } from '../report-error.ts';
import { CommandSignals } from './command-signals.ts';
import type { LineReader } from './line-reader.ts';
import { parseLine } from './parse-line.ts';
import { renderShellHelp } from './shell-help.ts';
import type { ShellSession } from './shell-session.ts';

/** What the shell does after a line. */
export type Afterwards = 'go on' | 'end';

const TYPED = COMMANDS.filter(({ isHidden }) => isHidden !== true);

/** The commands of a shell, without those that are a process of their own. */
const HERE = TYPED.filter(({ inShell }) => inShell !== 'refused');
const NAMES = HERE.map(({ name }) => name);

/** What Python's cmd.py makes of Ctrl-D. */
const END_OF_FILE = 'EOF';

/** Carries out the lines of a shell, by the same code as the command line's. */
export class LineRunner {
  readonly #session: ShellSession;
  readonly #reader: LineReader;
  /** Somebody sees what is printed. */
  readonly #isTerminal: boolean;

  constructor(session: ShellSession, reader: LineReader, isTerminal: boolean) {
    this.#session = session;
    this.#reader = reader;
    this.#isTerminal = isTerminal;
  }

  /** Carries out one line and says what is wrong with it. */
  async run(text: string): Promise<Afterwards> {
    const parsed = parseLine(text, new Set([...TYPED.map(({ name }) => name), END_OF_FILE]));
    if (parsed.kind === 'empty') return 'go on';
    if (parsed.kind === 'unknown') {
      this.#sayUnknown(parsed.line);
      return 'go on';
    }
    const { name, rest } = parsed;
    const record = TYPED.find((each) => each.name === name);
    if (record === undefined || record.inShell === 'ends') {
      this.#print('');
      return 'end';
    }
    if (name === 'help') {
      const program = buildProgram(
        { exitCode: EXIT.ok },
        { interruption: () => new Interruption() },
      );
      this.#print(...renderShellHelp(HERE, program, rest, columnsOf(process.stdout)));
      return 'go on';
    }
    const { words, current } = splitLine(rest, { backslash: false });
    return this.#runWords(record, [...words, ...(current === '' ? [] : [current])]);
  }

  async #runWords(record: CommandRecord, words: readonly string[]): Promise<Afterwards> {
    for (;;) {
      const signals = new CommandSignals();
      this.#session.abort = signals.abort;
      try {
        await this.#attempt(record, words, signals);
      } catch (error) {
        if (signals.abort.aborted) process.stderr.write('\nInterrupted.\n');
        else {
          this.#report(error, words);
          const isRefused = error instanceof ReloadctlError && error.code === 'supervisor-auth';
          if (isRefused && (await this.#logIn())) continue;
        }
      } finally {
        this.#session.abort = undefined;
        signals.release();
      }
      return signals.isOver ? 'end' : 'go on';
    }
  }

  async #attempt(
    { name, inShell }: CommandRecord,
    words: readonly string[],
    signals: CommandSignals,
  ): Promise<void> {
    if (inShell === 'refused') {
      throw new ReloadctlError(`${name} cannot be started from the shell`, {
        code: 'usage',
        exitCode: EXIT.usage,
        hint: `It is a process of its own: leave the shell, then reloadctl ${name}.`,
      });
    }
    // As supervisorctl's shell: the rest of the session is about that supervisor.
    const isOpening = name === 'open' && /^(?:unix|http):/i.test(words[0] ?? '');
    if (isOpening) this.#session.open(words.join(' '));
    const program = buildProgram(
      { exitCode: EXIT.ok },
      {
        interruption: () => signals.interruption,
        createContext: (options) => this.#session.createContext(options),
      },
    );
    try {
      await program.parseAsync(isOpening ? ['status'] : [name, ...words], { from: 'user' });
    } catch (error) {
      // It has printed help, or its version.
      if (!(error instanceof CommanderError && error.exitCode === 0)) throw error;
    }
  }

  #report(error: unknown, words: readonly string[]): void {
    const { json, color } = this.#session.options;
    reportError(error, { json: json === true || words.includes('--json'), color });
  }

  /** Asks for a password as supervisorctl's shell does. False when there is no answer. */
  async #logIn(): Promise<boolean> {
    const username = await this.#reader.ask('Username:');
    if (username === undefined) return false;
    const password = await this.#reader.ask('Password:', { hidden: true });
    if (password === undefined) return false;
    this.#session.authenticate(username, password);
    return true;
  }

  #sayUnknown(line: string): void {
    this.#print(`*** Unknown syntax: ${escapeForTerminal(line)}`);
    const word = /^[\w-]+/.exec(line)?.[0];
    const meant = word === undefined ? undefined : nearMiss(word, NAMES);
    if (this.#isTerminal && meant !== undefined) this.#print(`Did you mean ${meant}?`);
  }

  #print(...lines: readonly string[]): void {
    process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  }
}
