import type { Command } from 'commander';
import { EXIT, type ExitCode } from '../../base/errors.ts';
import type { Context } from '../context.ts';

/** `help` and `help COMMAND`. For what is no command it says what supervisorctl says, and exits 0 as that does. */
export function runHelp(context: Context, program: Command, name: string | undefined): ExitCode {
  const command = program.commands.find((each) => each.name() === name);
  if (name === undefined) program.outputHelp();
  else if (command === undefined) context.print(`*** No help on ${name}`);
  else command.outputHelp();
  return EXIT.ok;
}
