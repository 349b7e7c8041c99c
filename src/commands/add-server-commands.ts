import type { Command } from 'commander';
import type { ExitCode } from '../base/errors.ts';
import type { Interruption } from '../reload/interruption.ts';
import { addTurnOptions, settleOption, TARGET, timeoutOption } from './action-options.ts';
import type { Context } from './context.ts';
import type { ReloadFlags } from './reload-options.ts';
import { splitScale } from './split-scale.ts';

/** Adds what is asked of a running server besides another version of its code: other log files, more workers, another binary. */
export function addServerCommands(
  program: Command,
  run: (work: (context: Context) => Promise<ExitCode>) => Promise<void>,
  interruption: () => Interruption,
): void {
  const act = (
    action: 'reopen-logs' | 'scale' | 'upgrade',
    words: readonly string[],
    flags: ReloadFlags,
  ): Promise<void> =>
    run(async (made) => {
      const { runOnTargets } = await import('./reload.ts');
      return runOnTargets(made, action, words, flags, interruption());
    });

  addDryRun(addTurnOptions(program.command('reopen-logs')))
    .argument('<TARGET...>', TARGET)
    .description('have the log files opened anew, and see that no process keeps the old ones')
    .action((words: readonly string[], flags: ReloadFlags) => act('reopen-logs', words, flags));

  addDryRun(
    addTurnOptions(program.command('scale').addOption(settleOption()).addOption(timeoutOption())),
  )
    .usage('[options] TARGET... +N|-N|N')
    .argument('<TARGET...>', `${TARGET}; then +N, -N or N`)
    .description('more or fewer workers, each seen to come or to go')
    .action((words: readonly string[], flags: ReloadFlags) => {
      const { targets, scale } = splitScale(words);
      return act('scale', targets, { ...flags, scale });
    });

  addDryRun(
    addTurnOptions(program.command('upgrade').addOption(settleOption()).addOption(timeoutOption())),
  )
    .argument('<TARGET...>', TARGET)
    .description('a new binary in service, seen to serve before the old one ends')
    .action((words: readonly string[], flags: ReloadFlags) => act('upgrade', words, flags));
}

const addDryRun = (command: Command): Command =>
  command.option('--dry-run', 'print the plan and do nothing');
