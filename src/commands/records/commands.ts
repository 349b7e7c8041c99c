import type { CommandRecord } from './command-record.ts';
import { HELP_COMMANDS } from './help-commands.ts';
import { OWN_COMMANDS } from './own-commands.ts';
import { SUPERVISORCTL_COMMANDS } from './supervisorctl-commands.ts';

/** All commands, in the order in which they are listed. */
export const COMMANDS: readonly CommandRecord[] = [
  ...OWN_COMMANDS,
  ...SUPERVISORCTL_COMMANDS,
  ...HELP_COMMANDS,
];
