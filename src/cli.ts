import { CommanderError } from 'commander';
import { EXIT, ReloadctlError } from './base/errors.ts';
import { buildProgram, type Invocation } from './commands/program.ts';
import { Interruption } from './reload/interruption.ts';
import { toJsonLine } from './terminal/json.ts';
import { columnsOf, tolerateLostReader } from './terminal/output-stream.ts';

/** Ctrl-C and TERM end an action in order; a lost terminal must not end it half done. */
function listenForSignals(): Interruption {
  const interruption = new Interruption();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      interruption.note(signal);
    });
  }
  process.on('SIGHUP', () => undefined);
  return interruption;
}

async function report(error: unknown): Promise<void> {
  const { errorToJson, renderError } = await import('./terminal/render-error.ts');
  if (process.argv.includes('--json')) {
    process.stdout.write(toJsonLine(errorToJson(error)));
    return;
  }
  const { createOutputs } = await import('./terminal/create-renderer.ts');
  const { err } = createOutputs({
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    noColor: process.argv.includes('--no-color'),
  });
  const lines = renderError(error, {
    theme: err.theme,
    width: columnsOf(err.stream),
    debug: process.env.RELOADCTL_DEBUG === '1',
  });
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
}

async function main(): Promise<number> {
  tolerateLostReader(process.stdout);
  tolerateLostReader(process.stderr);
  const invocation: Invocation = { exitCode: EXIT.ok };
  const program = buildProgram(invocation, { interruption: listenForSignals });
  try {
    await program.parseAsync();
    return invocation.exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.code === 'commander.help') {
      process.stderr.write(program.helpInformation());
      return EXIT.usage;
    }
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    await report(error);
    return error instanceof ReloadctlError ? error.exitCode : EXIT.failed;
  }
}

/** Node ends with 0 when nothing is left to wait for, also when what it waited for never came. That must not pass for success. */
function reportUnfinished(): void {
  process.exitCode = EXIT.failed;
  process.stderr.write('reloadctl: Internal error: it ended before its work was done\n');
}

process.once('exit', reportUnfinished);
void main().then((exitCode) => {
  process.off('exit', reportUnfinished);
  // Not process.exit(): what was written to a pipe has to get out first.
  process.exitCode = exitCode;
});
