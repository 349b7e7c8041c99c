import { Option, type Command } from 'commander';
import { SHARED_SETTINGS } from '../config/shared-settings.ts';

const optionOf = (key: keyof typeof SHARED_SETTINGS): Option => {
  const { option, value, doc } = SHARED_SETTINGS[key];
  return new Option(`${option} <${value}>`, doc);
};

/** What a target is. */
export const TARGET = 'name, group:name, group:*, all, pid:N or pidfile:PATH';

/** How long a boot may take. */
export const timeoutOption = (): Option => optionOf('timeout');

/** How long a result has to hold. */
export const settleOption = (): Option => optionOf('settle');

/** Whether to wait for others, and how many programs are worked on at a time. */
export function addTurnOptions(command: Command): Command {
  return command
    .option('--wait', 'wait for another run on this program to end (the default)')
    .option('--wait-limit <SECS>', 'for how long at most (600)')
    .option('--no-wait', 'exit 13 when another run on this program is under way')
    .option('--parallel <N>', 'several programs: how many at a time (one)');
}

/** Everything that can be said of a reload. */
export function addReloadOptions(command: Command): Command {
  return addTurnOptions(
    command
      .addOption(optionOf('strategy'))
      .addOption(optionOf('surge'))
      .addOption(optionOf('health_url').argParser(collect))
      .addOption(settleOption())
      .addOption(timeoutOption()),
  )
    .option('--allow-downtime', 'stop and start where nothing gentler loads the new code')
    .option('--dry-run', 'print the plan and do nothing');
}

/** For options that may be given several times. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}
