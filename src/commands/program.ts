import type { Command, CommanderError } from 'commander';
import { EXIT, ReloadctlError } from '../base/errors.ts';
import { VERSION } from '../base/version.ts';
import { searchedPlaces } from '../config/find-config-file.ts';
import type { Interruption } from '../reload/interruption.ts';
import { Context, type GlobalOptions } from './context.ts';
import { renderExamples } from './help/render-examples.ts';
import { ReloadctlCommand } from './positional-daemon.ts';
import { addOptions } from './records/add-options.ts';
import { synopsisOf, type CommandRecord } from './records/command-record.ts';
import { COMMANDS } from './records/commands.ts';
import { GLOBAL_OPTIONS, VERSION_OPTION } from './records/options.ts';

/** What the command line came to. */
export interface Invocation {
  /** One of ours; that of the program itself after `run`. */
  exitCode: number;
  /** Whether everything that is still open is to be left as it is. */
  endsAtOnce?: true;
}

const EXIT_CODES = `
Exit codes:
  0 done and observed                      10 refused: the old version still serves
  1 could not be done                      11 done, but something had to be KILLed
  2 bad usage or configuration             12 the program is down or degraded
  3 (status) not running                   13 busy: another run on this program
  4 (status) unknown, or no supervisor     130, 143 interrupted
  5 the supervisor's API is another one
  7 not running`;

/** What the command line runs in. */
export interface ProgramDeps {
  /** How a person ends the command early; asked for by commands that end in order. */
  readonly interruption: () => Interruption;
  /** What a command works with; the shell keeps its connection. */
  readonly createContext?: (options: GlobalOptions) => Context;
}

/**
 * The command line. Each command's code is loaded when it runs, so that a command starts with little.
 * Throws ReloadctlError 'usage' for what cannot be understood.
 */
export function buildProgram(
  invocation: Invocation,
  { interruption, createContext = (options) => new Context(options) }: ProgramDeps,
): Command {
  const program = new ReloadctlCommand('reloadctl');
  program
    .description('Put new code into running servers without anybody noticing.')
    .usage('[options] COMMAND [TARGET...]')
    .version(VERSION, VERSION_OPTION.flags, VERSION_OPTION.doc)
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError(false)
    .showSuggestionAfterError(true)
    .exitOverride(rethrowUsage)
    .configureOutput({ writeErr: () => undefined });
  addOptions(program, GLOBAL_OPTIONS);

  for (const record of COMMANDS) {
    const command = addCommand(program, record);
    command.action(() => run(record, command));
  }
  return program;

  async function run(record: CommandRecord, command: Command): Promise<void> {
    const context = createContext(program.opts<GlobalOptions>());
    const { args: words } = command;
    try {
      // Wrong words are told at once.
      const isAsked = record.question !== undefined && words.length === 0;
      if (isAsked && !(await context.confirm(record.question))) return;
      invocation.exitCode = await record.run({
        context,
        words,
        // Each command knows its own options.
        flags: command.opts<never>(),
        interruption,
        endAtOnce: () => {
          invocation.endsAtOnce = true;
        },
        program,
        commands: COMMANDS,
        createContext,
      });
    } catch (error) {
      throw error instanceof ReloadctlError ? explainUnreachable(error, context) : error;
    } finally {
      context.close();
    }
  }
}

/** Gives commander what the record says. */
function addCommand(program: Command, record: CommandRecord): Command {
  const { name, description, group, usage, takesAny, options = [], examples } = record;
  const command = program.command(name, { hidden: record.isHidden === true });
  command.description(description);
  addOptions(command, options);
  if (group !== undefined) command.helpGroup(group);
  if (takesAny !== undefined) {
    command.usage(synopsisOf(record)).allowExcessArguments();
    command.allowUnknownOption(takesAny === 'words');
  } else {
    if (usage !== undefined) command.usage(usage);
    for (const { name: words, doc } of record.arguments ?? []) command.argument(words, doc);
  }
  return command.addHelpText('after', () => renderExamples(examples, 'reloadctl ').join('\n'));
}

/** Nobody listens where nobody said that somebody would: then it is the configuration that is missing. */
function explainUnreachable(error: ReloadctlError, context: Context): ReloadctlError {
  const isAssumed = context.options.serverurl === undefined && context.configFile === undefined;
  if (error.code !== 'supervisor-refused' || !isAssumed) return error;
  return new ReloadctlError(error.message, {
    code: error.code,
    exitCode: error.exitCode,
    hint: `No supervisord.conf was found (${searchedPlaces({ binPath: process.argv[1] ?? '' }).join(', ')}); name it with -c FILE, or the supervisor with -s URL.`,
  });
}

/** commander ends usage errors with 1; ours is 2. Help and version are no errors. */
function rethrowUsage(error: CommanderError): never {
  if (error.exitCode === 0 || error.code === 'commander.help') throw error;
  throw new ReloadctlError(error.message.replace(/^error: /, '').replace(/\n+/g, ' '), {
    code: 'usage',
    exitCode: EXIT.usage,
    hint: 'reloadctl --help lists the commands and their options.',
  });
}
