import { Option, type Command } from 'commander';
import type { OptionRecord } from './command-record.ts';

/** Gives a command these options. */
export function addOptions(command: Command, options: readonly OptionRecord[]): void {
  for (const { flags, doc, collect } of options) {
    const option = new Option(flags, doc);
    command.addOption(
      collect === undefined
        ? option
        : option.argParser(collect as (value: string, previous: unknown) => unknown),
    );
  }
}
