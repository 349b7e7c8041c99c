import { Option, type Command } from 'commander';
import {
  SETTINGS,
  SHARED_KEYS,
  type Setting,
  type SettingKey,
} from '../config/settings/settings.ts';

/** The option of the command line for a setting that has one. */
function optionOf(key: SettingKey): Option {
  const { option }: Setting = SETTINGS[key];
  if (option === undefined) throw new Error(`Internal error: no option for ${key}`);
  const made = new Option(`${option.flag} <${option.value}>`, option.help);
  return option.isRepeatable === true ? made.argParser(collect) : made;
}

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
  for (const key of SHARED_KEYS) command.addOption(optionOf(key));
  return addTurnOptions(command)
    .option('--allow-downtime', 'stop and start where nothing gentler loads the new code')
    .option('--dry-run', 'print the plan and do nothing');
}

/** For options that may be given several times. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}
