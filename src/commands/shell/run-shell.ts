import { resolve } from 'node:path';
import { EXIT, type ExitCode } from '../../base/errors.ts';
import { createOutputs } from '../../terminal/create-renderer.ts';
import { readNames } from '../completion/read-names.ts';
import type { Names } from '../completion/list-candidates.ts';
import type { GlobalOptions } from '../context.ts';
import { standardInput } from '../standard-input.ts';
import { completeLine } from './complete-line.ts';
import { History } from './history.ts';
import type { LineReader, LivePrompt } from './line-reader.ts';
import { LineRunner } from './line-runner.ts';
import { ShellSession } from './shell-session.ts';
import { StatusPrompt } from './status-prompt.ts';
import { StreamReader } from './stream-reader.ts';
import { TerminalReader } from './terminal-reader.ts';

/**
 * The shell: carries out lines until there are no more. It begins with `status`, and its exit code is 0 whatever its commands came to, as
 * that of supervisorctl. With --json and with --quiet it prints nothing but what the commands print. Throws what is wrong with
 * the configuration.
 */
export async function runShell(options: GlobalOptions): Promise<ExitCode> {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY && process.env.TERM !== 'dumb';
  const isSilent = options.json === true || options.quiet === true;
  const session = new ShellSession(options, async (question) => (await reader.ask(question)) ?? '');
  const historyFile =
    options.history_file === undefined
      ? session.settings?.historyFile
      : resolve(options.history_file);
  const history = await History.open(isTerminal ? historyFile : undefined);
  let names: Promise<Names> | undefined;
  const reader: LineReader = isTerminal
    ? new TerminalReader({
        history: () => history.newestFirst,
        complete: (line) =>
          completeLine(line, () => {
            names ??= readNames(session.createContext(session.options));
            return names;
          }),
      })
    : new StreamReader();
  const runner = new LineRunner(session, reader, isTerminal);
  const prompt = choosePrompt(session, isTerminal, isSilent);
  let endedAt = -Infinity;
  const lostReader = new AbortController();
  const loseReader = (): void => {
    lostReader.abort();
  };
  process.stdout.on('error', loseReader);
  try {
    if (!isSilent && (await runner.run('status')) === 'end') return EXIT.ok;
    while (!lostReader.signal.aborted) {
      if (prompt instanceof StatusPrompt) await prompt.prepare();
      const typed = await reader.read(prompt);
      names = undefined;
      if (typed.kind === 'interrupt' && (typed.hadText || isMeantForCommand(endedAt))) continue;
      if (typed.kind !== 'line') {
        if (!isSilent && typed.kind === 'end') process.stdout.write('\n');
        break;
      }
      await history.add(typed.text);
      if ((await runner.run(typed.text)) === 'end') break;
      endedAt = performance.now();
    }
  } finally {
    process.stdout.off('error', loseReader);
    standardInput().pause();
    session.close();
  }
  return EXIT.ok;
}

/** Whoever presses Ctrl-C as a command ends meant the command, and not the shell. */
function isMeantForCommand(endedAt: number): boolean {
  return performance.now() - endedAt < 1000;
}

function choosePrompt(session: ShellSession, isTerminal: boolean, isSilent: boolean): LivePrompt {
  const name = session.settings?.prompt ?? 'supervisor';
  const text = isSilent ? '' : `${name}> `;
  if (!isTerminal || isSilent) return { text, subscribe: () => () => undefined };
  const { theme } = createOutputs({
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    noColor: !session.options.color,
  }).out;
  return new StatusPrompt(name, theme, () => session.supervisor);
}
