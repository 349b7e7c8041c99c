import type { Command } from 'commander';
import { EXIT, type ExitCode } from '../../base/errors.ts';
import type { Interruption } from '../../reload/interruption.ts';
import type { Context } from '../context.ts';

/** A command's code: the words are taken as they come, for supervisorctl has no options of commands, only words such as '-f'. */
type Run = (
  context: Context,
  args: readonly string[],
  interruption: () => Interruption,
) => Promise<ExitCode>;

interface Entry {
  readonly name: string;
  /** The words that it takes. */
  readonly usage: string;
  readonly description: string;
  /** Options without a value that supervisorctl does not have, each with what it does; they go first among the words. */
  readonly options?: ReadonlyArray<readonly [option: string, does: string]>;
  /** What a person is asked before it, in supervisorctl's words. */
  readonly question?: string;
  readonly load: () => Promise<Run>;
}

const COMMANDS: readonly Entry[] = [
  {
    name: 'pid',
    usage: '[NAME... | all]',
    description: 'print the pid of the supervisor or of programs',
    load: async () => (await import('./pid.ts')).runPid,
  },
  {
    name: 'tail',
    usage: '[-BYTES | -f] NAME [stdout | stderr]',
    description: "print the end of a program's log (1600 bytes), or follow it with -f",
    load: async () => (await import('./tail.ts')).runTail,
  },
  {
    name: 'maintail',
    usage: '[-BYTES | -f]',
    description: "print the end of the supervisor's own log, or follow it with -f",
    load: async () => (await import('./maintail.ts')).runMaintail,
  },
  {
    name: 'clear',
    usage: 'NAME... | all',
    description: 'empty the logs of programs',
    load: async () => (await import('./clear.ts')).runClear,
  },
  {
    name: 'fg',
    usage: 'NAME',
    description: 'talk to a program: your lines to its stdin, its logs to you',
    load: async () => (await import('./fg.ts')).runFg,
  },
  {
    name: 'avail',
    usage: '',
    description: 'list what the configuration has, in use or not',
    load: async () => (await import('./avail.ts')).runAvail,
  },
  {
    name: 'reread',
    usage: '',
    description: 'let the supervisor read its configuration; print what differs, apply nothing',
    load: async () => (await import('./run-update-commands.ts')).reread,
  },
  {
    name: 'update',
    usage: '[--dry-run] [GROUP... | all]',
    description: 'reread, and apply what has changed with as little as the supervisor allows',
    options: [['--dry-run', 'show what has changed and what would be done; do nothing']],
    load: async () => (await import('./run-update-commands.ts')).update,
  },
  {
    name: 'add',
    usage: 'GROUP...',
    description: 'make groups active that reread found',
    load: async () => (await import('./add.ts')).runAdd,
  },
  {
    name: 'remove',
    usage: 'GROUP...',
    description: 'take stopped groups out of what is active',
    load: async () => (await import('./remove.ts')).runRemove,
  },
  {
    name: 'version',
    usage: '',
    description: 'print the version of the supervisor (-V: of reloadctl)',
    load: async () => (await import('./version.ts')).runVersion,
  },
  {
    name: 'open',
    usage: 'URL',
    description: 'show the status of another supervisor',
    load: async () => (await import('./open.ts')).runOpen,
  },
  {
    name: 'shutdown',
    usage: '',
    description: 'stop everything and end the supervisor',
    question: 'Really shut the remote supervisord process down y/N? ',
    load: async () => (await import('./shutdown.ts')).runShutdown,
  },
  {
    name: 'restart-supervisor',
    usage: '',
    description: 'stop everything and start the supervisor anew (supervisorctl: reload)',
    question: 'Really restart the remote supervisord process y/N? ',
    load: async () => (await import('./restart-supervisor.ts')).runRestartSupervisor,
  },
  ...['exit', 'quit'].map((name) => ({
    name,
    usage: '',
    description: 'end the shell',
    load: () => Promise.resolve(endNothing),
  })),
];

/** Outside the shell there is nothing to end; supervisorctl prints an empty line. */
function endNothing(context: Context): Promise<ExitCode> {
  context.print('');
  return Promise.resolve(EXIT.ok);
}

/** Adds the commands that work just as supervisorctl's do, with its words, messages and exit codes. */
export function addSupervisorctlCommands(
  program: Command,
  run: (work: (context: Context) => Promise<ExitCode>) => Promise<void>,
  interruption: () => Interruption,
): void {
  for (const { name, usage, description, options = [], question, load } of COMMANDS) {
    const entry = program
      .command(name)
      .usage(usage)
      .description(description)
      .helpGroup('As supervisorctl has them:')
      .allowUnknownOption()
      .allowExcessArguments()
      .action((_options: unknown, command: Command) =>
        run(async (context) => {
          // Wrong words are told at once.
          const isAsked = question !== undefined && command.args.length === 0;
          if (isAsked && !(await context.confirm(question))) return EXIT.ok;
          return (await load())(context, wordsOf(command), interruption);
        }),
      );
    for (const [option, does] of options) entry.option(option, does);
  }
}

/** What was given, options first. */
function wordsOf(command: Command): readonly string[] {
  const given = command.options.filter(
    (option) => command.getOptionValue(option.attributeName()) === true,
  );
  return [...given.map(({ long }) => long ?? ''), ...command.args];
}
