import type { CommanderError } from 'commander';
import { Option, type Command } from 'commander';
import { EXIT, ReloadctlError } from '../base/errors.ts';
import { VERSION } from '../base/version.ts';
import { searchedPlaces } from '../config/find-config-file.ts';
import type { Interruption } from '../reload/interruption.ts';
import type { CheckFlags } from './check.ts';
import { Context, type GlobalOptions } from './context.ts';
import { addReloadOptions, addTurnOptions, timeoutOption, TARGET } from './action-options.ts';
import { addDaemonOptions, flagsOf } from './daemon-options.ts';
import type { DoctorFlags } from './doctor.ts';
import { ReloadctlCommand } from './positional-daemon.ts';
import type { ReloadFlags } from './reload-options.ts';
import { addRunCommand } from './run/add-run-command.ts';
import type { SignalFlags } from './signal.ts';
import { splitScale } from './split-scale.ts';
import type { StatusFlags } from './status.ts';
import { addServerCommands } from './add-server-commands.ts';
import { addHelpCommands } from './help/add-help-commands.ts';
import { addSupervisorctlCommands } from './supervisorctl/add-supervisorctl-commands.ts';

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
export interface Surroundings {
  /** How a person ends the command early; asked for by commands that end in order. */
  readonly interruption: () => Interruption;
  /** What a command works with; the shell keeps its connection. */
  readonly createContext?: (options: GlobalOptions) => Context;
}

/**
 * The command line. Each command's code is loaded when it runs, so that a command starts with little. Throws ReloadctlError 'usage' for
 * what cannot be understood.
 */
export function buildProgram(
  invocation: Invocation,
  { interruption, createContext = (options) => new Context(options) }: Surroundings,
): Command {
  const program = new ReloadctlCommand('reloadctl');
  program
    .description('Put new code into running servers without anybody noticing.')
    .usage('[options] COMMAND [TARGET...]')
    .version(VERSION, '-V, --version', 'print the version of reloadctl')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .option(
      '-c, --configuration <FILE>',
      'the supervisord.conf (searched where supervisorctl does)',
    )
    .option('-s, --serverurl <URL>', 'the supervisor: unix:///path or http://host:port')
    .option('-u, --username <USER>', 'user name for the supervisor')
    .option('-p, --password <PASS>', 'password for the supervisor')
    .option('-i, --interactive', 'open the shell; with a command: ask as the shell does')
    .option('-r, --history_file <FILE>', 'where the shell keeps what was typed')
    .option('--json', 'one JSON document for a query, one JSON event a line for an action')
    .option('--quiet', 'say nothing but what went wrong')
    .option('--no-color', 'no colours (NO_COLOR does the same)')
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError(false)
    .showSuggestionAfterError(true)
    .exitOverride(rethrowUsage)
    .configureOutput({ writeErr: () => undefined });

  const context = (): Context => createContext(program.opts<GlobalOptions>());
  const run = async (work: (context: Context) => Promise<number>): Promise<void> => {
    const made = context();
    try {
      invocation.exitCode = await work(made);
    } catch (error) {
      throw error instanceof ReloadctlError ? explainUnreachable(error, made) : error;
    } finally {
      made.close();
    }
  };

  addReloadOptions(
    program
      .command('reload')
      .argument('[TARGET...]', TARGET)
      .description('put the new code into service without a failed or a stalled request'),
  ).action((words: readonly string[], flags: ReloadFlags) =>
    run(async (made) => {
      const { runOnTargets } = await import('./reload.ts');
      return runOnTargets(made, 'reload', words, flags, interruption());
    }),
  );

  addReloadOptions(
    program
      .command('restart')
      .argument('[TARGET...]', TARGET)
      .option('--hard', 'always stop (gracefully, then KILL) and start')
      .description('reload where that loads new code, else stop and start'),
  ).action((words: readonly string[], flags: ReloadFlags) =>
    run(async (made) => {
      const { runOnTargets } = await import('./reload.ts');
      const action = flags.hard === true ? 'hard-restart' : 'restart';
      return runOnTargets(made, action, words, flags, interruption());
    }),
  );

  for (const action of ['start', 'stop'] as const) {
    addTurnOptions(program.command(action))
      // Without any, it is refused in supervisorctl's words.
      .argument('[TARGET...]', TARGET)
      .addOption(timeoutOption())
      .description(
        action === 'start'
          ? 'start, and wait until the program serves'
          : 'stop, and leave nothing of the program behind',
      )
      .action((words: readonly string[], flags: ReloadFlags) =>
        run(async (made) => {
          const { runOnTargets } = await import('./reload.ts');
          return runOnTargets(made, action, words, flags, interruption());
        }),
      );
  }

  addReloadOptions(
    program
      .command('plan')
      .argument('<ACTION>', 'reload, restart, start, stop, reopen-logs, scale or upgrade')
      .argument('[TARGET...]', `${TARGET}; with scale, the number last`)
      .option('--hard', 'with restart: always stop and start')
      .description('print what an action would send to whom, in what order and why; send nothing'),
  ).action((word: string, words: readonly string[], flags: ReloadFlags) =>
    run(async (made) => {
      const { parseAction, runPlan } = await import('./plan.ts');
      const action = parseAction(word, flags.hard === true);
      const interrupted = interruption();
      if (action !== 'scale') return runPlan(made, action, words, flags, interrupted);
      const { targets, scale } = splitScale(words);
      return runPlan(made, action, targets, { ...flags, scale }, interrupted);
    }),
  );

  program
    .command('check')
    .argument('[TARGET...]', TARGET)
    .option('--directory <DIR>', 'check a release that is not live yet')
    .addOption(timeoutOption())
    .description('boot the new code aside and say whether it loads; nothing that runs is touched')
    .action((words: readonly string[], flags: CheckFlags) =>
      run(async (made) => {
        const { runCheck } = await import('./check.ts');
        return runCheck(made, words, flags, interruption());
      }),
    );

  program
    .command('doctor')
    .argument('[TARGET...]', 'name, group:name, group:* or all')
    .option('--fix', 'print a diff of the configuration that would end what it can; apply nothing')
    .option('--offline', 'look at the configuration only, not at what runs')
    .description('say what will hurt: in the configuration, and in what runs of it')
    .action((words: readonly string[], flags: DoctorFlags) =>
      run(async (made) => {
        const { runDoctorCommand } = await import('./doctor.ts');
        return runDoctorCommand(made, words, flags, interruption());
      }),
    );

  program
    .command('status')
    .argument('[TARGET...]', 'name, group:name, group:* or all')
    .option(
      '-l, --long',
      'type, version, workers, memory, processor use and the last reload as well',
    )
    .option('-w, --watch', 'live, on the whole screen, with keys to reload, stop and start')
    .addOption(intervalOption())
    .description('show the programs in the columns of supervisorctl')
    .action((words: readonly string[], flags: StatusFlags) =>
      run(async (made) => {
        const { runStatus } = await import('./status.ts');
        return runStatus(made, words, flags);
      }),
    );

  program
    .command('top')
    .argument('[TARGET...]', 'name, group:name, group:* or all')
    .addOption(intervalOption())
    .description('status --watch: the programs live, with keys to reload, stop and start')
    .action((words: readonly string[], flags: StatusFlags) =>
      run(async (made) => {
        const { runStatus } = await import('./status.ts');
        return runStatus(made, words, { ...flags, watch: true });
      }),
    );

  program
    .command('signal')
    .usage('[--force] SIGNAL TARGET...')
    .argument('[SIGNAL]', 'HUP, SIGHUP or a number')
    .argument('[TARGET...]', TARGET)
    .option('--force', 'send it even to a process that would die of it')
    .description('send a signal to exactly the process that is meant, if it catches it')
    .action((signal: string | undefined, words: readonly string[], flags: SignalFlags) =>
      run(async (made) => {
        const { runSignal } = await import('./signal.ts');
        return runSignal(made, signal === undefined ? [] : [signal, ...words], flags);
      }),
    );

  addDaemonOptions(program.command('daemon').allowExcessArguments())
    .usage('[options]')
    .description('be the supervisor of the programs in the supervisord.conf')
    .action((options: Readonly<Record<string, unknown>>, { args }: Command) =>
      run(async (made) => {
        const { runDaemonCommand } = await import('./daemon.ts');
        return runDaemonCommand(made, args, flagsOf(options), () => {
          invocation.endsAtOnce = true;
        });
      }),
    );

  addServerCommands(program, run, interruption);
  addRunCommand(program, run);
  addSupervisorctlCommands(program, run, interruption);
  addHelpCommands(program, run, createContext);
  return program;
}

const intervalOption = (): Option =>
  new Option('--interval <SECS>', 'how often a live view looks (1)');

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
