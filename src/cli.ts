import { CommanderError } from 'commander';
import { EXIT, type ExitCode } from './base/errors.ts';
import type { GlobalOptions } from './commands/context.ts';
import { hideOwnSecrets } from './commands/hide-own-secrets.ts';
import { leaveLostTerminal } from './commands/leave-lost-terminal.ts';
import { buildProgram, type Invocation } from './commands/program.ts';
import { Interruption } from './reload/interruption.ts';
import { tolerateLostReader } from './terminal/output-stream.ts';

/** Ctrl-C and TERM end an action in order; a lost terminal must not end it half done. */
function listenForSignals(): Interruption {
  return new Interruption((interruption) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        interruption.note(signal);
      });
    }
    process.on('SIGHUP', () => undefined);
  });
}

async function openShell(options: GlobalOptions): Promise<ExitCode> {
  const { runShell } = await import('./commands/shell/run-shell.ts');
  return runShell(options);
}

async function report(error: unknown): Promise<ExitCode> {
  const { reportError } = await import('./commands/report-error.ts');
  const argv = process.argv.slice(2);
  return reportError(error, { json: argv.includes('--json'), color: !argv.includes('--no-color') });
}

async function main(): Promise<number> {
  tolerateLostReader(process.stdout);
  tolerateLostReader(process.stderr);
  hideOwnSecrets();
  const invocation: Invocation = { exitCode: EXIT.ok };
  const program = buildProgram(invocation, { interruption: listenForSignals });
  try {
    await program.parseAsync();
    if (invocation.endsAtOnce === true) endAtOnce(invocation.exitCode);
    return invocation.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return report(error);
    if (error.exitCode === 0) return EXIT.ok;
    // Every other error of commander's has been made one of ours: there was no command.
    return openShell(program.opts<GlobalOptions>()).catch(report);
  }
}

/** Node exits 0 when nothing is left to wait for, even if what we wait for never came. */
function reportUnfinished(): void {
  process.exitCode = EXIT.failed;
  process.stderr.write('reloadctl: Internal error: it ended before its work was done\n');
}

/**
 * Without closing anything: Node would unlink unix sockets that belong to another daemon by now.
 */
function endAtOnce(exitCode: number): never {
  process.off('exit', reportUnfinished);
  process.exit(exitCode);
}

process.once('exit', reportUnfinished);
process.once('exit', leaveLostTerminal);
void main().then((exitCode) => {
  process.off('exit', reportUnfinished);
  // Not process.exit(): what was written to a pipe has to get out first.
  process.exitCode = exitCode;
});
