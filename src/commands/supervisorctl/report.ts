import { EXIT, type ExitCode } from '../../base/errors.ts';
import { toJsonLine } from '../../base/json.ts';
import { escapeForTerminal } from '../../terminal/text/escape.ts';
import type { Context } from '../context.ts';
import { wordsOf } from './words-of.ts';

/** The part of the context that supervisorctl's commands work with; tests pass a fake. */
export type CommandDeps = Pick<Context, 'options' | 'supervisor' | 'endpoint' | 'print'>;

/** More than any message of a supervisor has, and less than would fill a terminal for minutes. */
const MAX_MESSAGE = 30_000;

/**
 * What a command of supervisorctl says, line by line on stdout, and how it ends: the last failure decides the exit code, and no success
 * takes that back (supervisorctl.py, Controller.exitstatus). With --json each line is an event: 'done', 'error' and at
 * the end 'result'.
 */
export class Report {
  readonly #deps: CommandDeps;
  readonly #action: string;
  #exitCode: ExitCode = EXIT.ok;

  constructor(deps: CommandDeps, action: string) {
    this.#deps = deps;
    this.#action = action;
  }

  get #isJson(): boolean {
    return this.#deps.options.json === true;
  }

  /** Something was done: 'run: cleared', or 'Shut down' where there is no name. --quiet leaves it out. */
  done(name: string | undefined, what: string): void {
    if (this.#isJson) this.#printJson({ event: 'done', name, what });
    else if (this.#deps.options.quiet !== true) {
      this.#printText(name === undefined ? what : `${name}: ${what}`);
    }
  }

  /** Something could not be done. With exit code 0 supervisorctl says so and calls it a success. */
  failed(message: string, exitCode: ExitCode, name?: string): void {
    if (exitCode !== EXIT.ok) this.#exitCode = exitCode;
    if (this.#isJson) this.#printJson({ event: 'error', name, message, exitCode });
    else this.#printText(message);
  }

  /** What was found afterwards decides the exit code, unless something failed before. */
  note(exitCode: ExitCode): void {
    if (this.#exitCode === EXIT.ok || this.#exitCode === EXIT.killed) this.#exitCode = exitCode;
  }

  /** The command was used wrongly: the message and, for people, supervisorctl's help for it. Exit code 1, as there. */
  misused(message: string, help: readonly string[]): ExitCode {
    this.failed(message, EXIT.failed);
    if (!this.#isJson) this.#deps.print(...help);
    return this.#exitCode;
  }

  /** Says so when there are arguments, for a command that takes none, and returns the exit code. */
  refuseArguments(args: readonly string[], help: readonly string[]): ExitCode | undefined {
    if (wordsOf(args).length === 0) return undefined;
    return this.misused(`Error: ${this.#action} accepts no arguments`, help);
  }

  /** The answer to a query: lines, or with --json one value. */
  answer(lines: readonly string[], value: unknown): void {
    if (this.#isJson) this.#printJson(value);
    else for (const line of lines) this.#printText(line);
  }

  /** The exit code of a query. */
  get exitCode(): ExitCode {
    return this.#exitCode;
  }

  /** The end of an action; `details` go into the result. */
  end(details: Readonly<Record<string, unknown>> = {}): ExitCode {
    const exitCode = this.#exitCode;
    if (this.#isJson) {
      const outcome = exitCode === EXIT.ok ? 'done' : 'failed';
      this.#printJson({ event: 'result', outcome, exitCode, action: this.#action, ...details });
    }
    return exitCode;
  }

  #printText(text: string): void {
    this.#deps.print(escapeForTerminal(text, { block: true, maxLength: MAX_MESSAGE }));
  }

  #printJson(value: unknown): void {
    this.#deps.print(toJsonLine(value).trimEnd());
  }
}
