import type { Command } from 'commander';
import { collect, settleOption, timeoutOption } from '../action-options.ts';
import type { Context } from '../context.ts';
import type { RunFlags } from './run-flags.ts';

/** Adds `run`. What follows the first word of its own is the program's. */
export function addRunCommand(
  program: Command,
  run: (work: (context: Context) => Promise<number>) => Promise<void>,
): void {
  program
    .command('run')
    .usage('[options] -- COMMAND...')
    .argument('[COMMAND...]', 'the program and its arguments')
    .option('--name <NAME>', 'what messages call it (the name of the command)')
    .option('--directory <DIR>', 'start it there; a symlink is followed at each reload')
    .option('--type <TYPE>', 'the type of server, where it is not recognised')
    .option('--reload-signal <SIGNAL>', 'what reloads it, where its type does not say')
    .option('--socket <ADDRESS>', 'hold this address open for it, or off (what its settings say)')
    .option('--stop-signal <SIGNAL>', 'what TERM to us becomes (TERM)')
    .option('--stop-wait <SECS>', 'how long it may take to stop (its graceful_timeout, or 10)')
    .option('--health-url <URL>', 'must answer 2xx after a reload (repeatable)', collect)
    .addOption(settleOption())
    .addOption(timeoutOption())
    .description('run one program in the foreground: HUP reloads it, TERM stops it')
    .action((words: readonly string[], flags: RunFlags) =>
      run(async (made) => {
        const { runRunCommand } = await import('./run-command.ts');
        return runRunCommand(made, words, flags);
      }),
    );
}
