import type { Command } from 'commander';
import type { ExitCode } from '../../base/errors.ts';
import type { Context, GlobalOptions } from '../context.ts';

const GROUP = 'Help:';

/** Adds `help`, `completion`, what its scripts call, and `man`; and examples to the help that -h prints of a command. */
export function addHelpCommands(
  program: Command,
  run: (work: (context: Context) => Promise<ExitCode>) => Promise<void>,
  createContext: (options: GlobalOptions) => Context,
): void {
  program
    .command('help')
    .argument('[COMMAND]')
    .helpGroup(GROUP)
    .description('print the help of a command, with examples')
    .action((name: string | undefined) =>
      run(async (context) => {
        const { runHelp } = await import('./run-help.ts');
        return runHelp(context, program, name);
      }),
    );

  program
    .command('completion')
    .argument('<SHELL>', 'bash, zsh or fish')
    .helpGroup(GROUP)
    .description('print the script by which a shell completes commands, options and names')
    .action((shell: string) =>
      run(async () => {
        const { runCompletion } = await import('../completion/run-completion.ts');
        return runCompletion(shell);
      }),
    );

  program
    .command('__complete', { hidden: true })
    .argument('[WORD...]')
    .action((words: readonly string[]) =>
      run(async () => {
        const { runComplete } = await import('../completion/run-complete.ts');
        return runComplete(program, createContext, words);
      }),
    );

  program
    .command('man')
    .helpGroup(GROUP)
    .description('print the manual page')
    .action(() =>
      run(async (context) => {
        const { renderManPage } = await import('./man-page.ts');
        context.print(...renderManPage(program));
        return 0;
      }),
    );

  program.hook('preSubcommand', async (_program, command) => {
    if (!program.args.some((word) => word === '-h' || word === '--help')) return;
    const { addExamples } = await import('./add-examples.ts');
    addExamples(command);
  });
}
