import { realpathSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { reasonOf } from '../../base/reason-of.ts';
import { EXIT, ReloadctlError, type ExitCode } from '../../base/errors.ts';
import type { Program } from '../../config/program.ts';
import { closeInheritedFiles } from '../../daemon/close-inherited-files.ts';
import { createProgramDaemon } from '../../daemon/foreground/create-program-daemon.ts';
import { configureOneProgram } from '../../daemon/foreground/one-program.ts';
import type { Logger } from '../../daemon/logs/logger.ts';
import { NODE_IS_PROCESS_ONE } from '../../daemon/node-as-process-one.ts';
import { createDispatch } from '../../daemon/server/dispatch.ts';
import { createInProcessSupervisor } from '../../daemon/server/in-process-supervisor.ts';
import { openServers } from '../../daemon/server/open-servers.ts';
import { findCommand } from '../../daemon/spawn/find-command.ts';
import { softFilesOf, takeStartedWith } from '../../daemon/spawn/started-with.ts';
import { createOs } from '../../os/create-os.ts';
import { errnoOf, readingError } from '../../os/errno.ts';
import { keepHeapLean } from '../../os/lean-heap.ts';
import type { Os } from '../../os/os.ts';
import { findServiceManager } from '../../os/service-manager.ts';
import { openStateDirectory } from '../../os/state-files.ts';
import type { Interruption } from '../../reload/interruption.ts';
import type { Supervisor } from '../../rpc/supervisor.ts';
import type { Renderer } from '../../terminal/renderer.ts';
import type { Context } from '../context.ts';
import { openEngine } from '../engine/open-engine.ts';
import { mergeOptions } from '../reload-options.ts';
import { runOne } from '../run-one.ts';
import { userName } from '../user-name.ts';
import { makeControlPlace } from './control-place.ts';
import { relaySignals } from './relay-signals.ts';
import { ProgramLife } from './program-life.ts';
import { checkType, nameOf, type RunFlags } from './run-flags.ts';
import { ServiceStatus } from './service-status.ts';
import { stderrLog } from './stderr-log.ts';

/** What a shell exits with when there is no such command, and when it cannot be executed. */
const EXIT_NO_COMMAND = 127;
const EXIT_NOT_EXECUTABLE = 126;

/** Variables that are for us: the service manager's (sd_notify(3)) and those of sockets that it has opened. */
const OURS = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'];

/**
 * `reloadctl run -- COMMAND`: is the supervisor of one program, in the foreground: HUP reloads it, TERM stops it, other signals are passed on. Resolves
 * with the exit status of the program. Throws 'usage' before anything was started.
 */
export async function runProgram(
  context: Context,
  words: readonly string[],
  flags: RunFlags,
): Promise<number> {
  const [command, ...args] = words;
  if (command === undefined) {
    throw new ReloadctlError('run what?', {
      code: 'usage',
      exitCode: EXIT.usage,
      hint: 'Write the command after two dashes: reloadctl run -- gunicorn app:app.',
    });
  }
  keepHeapLean();
  refuseSockets(process.env);
  checkType(flags);
  if (flags.directory !== undefined) enterDirectory(flags.directory);
  closeInheritedFiles();
  const name = nameOf(flags, command, process.env);
  const place = makeControlPlace(process.env);
  try {
    const configuration = configureOneProgram({
      name,
      words: [command, ...args],
      directory: workingDirectory(),
      type: flags.type,
      reloadSignal: flags.reloadSignal,
      stopSignal: flags.stopSignal,
      stopWait: flags.stopWait,
      socket: flags.socket,
      environment: outerVariables(process.env),
      controlSocket: place?.socket,
    });
    const program = configuration.groups[0]?.programs[0];
    if (program === undefined) throw new Error('Internal error: no program');
    mergeOptions(flags, program.settings); // Throws for values that make no sense.
    const found = findCommand(program, process.env.PATH);
    if (!found.ok) {
      process.stderr.write(`reloadctl: ${found.error.text}\n`);
      return found.error.fault === 'NO_FILE' ? EXIT_NO_COMMAND : EXIT_NOT_EXECUTABLE;
    }
    return await live(context, { name, program, flags, configuration });
  } finally {
    place?.remove();
  }
}

interface Run {
  readonly name: string;
  readonly program: Program;
  readonly flags: RunFlags;
  readonly configuration: ReturnType<typeof configureOneProgram>;
}

async function live(context: Context, run: Run): Promise<number> {
  const { name, program, flags, configuration } = run;
  const os = await createOs();
  const log = stderrLog(name);
  if (os.me.pid === 1) log.log('warn', NODE_IS_PROCESS_ONE);
  const startedWith = takeStartedWith();
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([variable]) => !OURS.includes(variable)),
  );
  const daemon = createProgramDaemon({
    os,
    configuration,
    log,
    environment,
    startedWith: { ...startedWith, softFiles: softFilesOf(startedWith, 0) },
    onChange: () => {
      life.noteChange();
    },
  });
  const nowS = (): number => os.wallClock() / 1000;
  const find = (): Promise<Program> => Promise.resolve(program);
  const servers = await openServers(
    daemon,
    configuration,
    quietly(log),
    nowS,
    openEngine(os, find),
  );
  const dispatch = createDispatch(daemon, {
    hasSupervisor: true,
    nowS,
    onBug: (method, error) => {
      log.log('error', `${method}: ${reasonOf(error)}`);
    },
  });
  const [server] = configuration.httpServers;
  const url = server?.kind === 'unix' ? `unix://${server.file}` : `run://${name}`;
  const supervisor = createInProcessSupervisor(dispatch, url);
  const status = new ServiceStatus(findServiceManager(process.env, process.pid), (text) => {
    log.log('warn', text);
  });
  const life = new ProgramLife({
    os,
    daemon,
    name,
    logger: log,
    status,
    act: (action, interruption) =>
      act(context, {
        os,
        supervisor,
        program,
        flags,
        action,
        interruption,
        log,
        hasEnded: () => daemon.groups.member(name, name)?.end?.exit !== undefined,
      }),
  });
  const stopListening = relaySignals(life);
  // Without servers nothing else would keep Node from ending.
  const keepAlive = setInterval(() => undefined, 2 ** 30);
  try {
    servers.begin();
    return await life.live();
  } finally {
    clearInterval(keepAlive);
    stopListening();
    await servers.close();
  }
}

interface Act {
  readonly os: Os;
  readonly supervisor: Supervisor;
  readonly program: Program;
  readonly flags: RunFlags;
  readonly action: 'start' | 'reload';
  readonly interruption: Interruption;
  readonly log: Logger;
  /** Whether the program has come to its end. */
  readonly hasEnded: () => boolean;
}

async function act(
  context: Context,
  { os, supervisor, program, flags, action, interruption, log, hasEnded }: Act,
): Promise<ExitCode> {
  const { name } = program;
  const state = await openStateDirectory({ uid: os.me.uid, env: process.env });
  const renderer = await context.openLogRenderer();
  try {
    const { exitCode } = await runOne(
      {
        os,
        state: state.ok ? state.value : undefined,
        interruption,
        action,
        flags,
        user: await userName(os),
      },
      { kind: 'supervised', label: name, name: `${name}:${name}`, supervisor, program },
      whileOf(renderer, () => !interruption.orderly.aborted && !hasEnded()),
    );
    return exitCode;
  } catch (error) {
    if (!(error instanceof ReloadctlError)) throw error;
    log.log('error', [error.message, error.hint ?? ''].join('. ').trim());
    return error.exitCode;
  } finally {
    renderer.finish();
  }
}

/** What has been stopped, or has ended, need not be told how badly that went: the exit status says it. */
function whileOf(renderer: Renderer, isOfInterest: () => boolean): Renderer {
  return {
    begin: (target) => {
      renderer.begin(target);
    },
    handle: (event) => {
      if (isOfInterest()) renderer.handle(event);
    },
    finish: () => {
      renderer.finish();
    },
  };
}

/** The socket is private: nobody needs to be told that it asks for no password. */
function quietly(logger: Logger): Logger {
  return {
    log: (level, message) => {
      if (level !== 'critical') logger.log(level, message);
    },
  };
}

/** Throws 'usage' where that cannot be done. */
function enterDirectory(directory: string): void {
  try {
    process.chdir(directory);
    process.env.PWD = resolve(process.env.PWD ?? '/', directory);
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    throw new ReloadctlError(`--directory ${directory}: cannot be entered (${code})`, {
      code: 'usage',
      exitCode: EXIT.usage,
    });
  }
}

/** With the symlinks that the shell has gone through, where that is known: a later start follows them anew. */
function workingDirectory(): string {
  const cwd = process.cwd();
  const logical = process.env.PWD;
  if (logical === undefined || !isAbsolute(logical)) return cwd;
  try {
    return realpathSync(logical) === cwd ? logical : cwd;
  } catch (error) {
    readingError(error); // Throws what is no system error. It has been removed.
    return cwd;
  }
}

/** What the supervisor that has started us has told us: it is meant for the program. */
function outerVariables(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      /^SUPERVISOR_\w+$/.test(name) && value !== undefined ? [[name, value] as const] : [],
    ),
  );
}

/** Whoever has sockets opened for us holds them, so that the program could not bind them itself. */
function refuseSockets({ LISTEN_PID, LISTEN_FDS }: NodeJS.ProcessEnv): void {
  if (LISTEN_PID !== String(process.pid) || LISTEN_FDS === undefined) return;
  throw new ReloadctlError('the service manager has opened sockets for us (LISTEN_FDS)', {
    code: 'usage',
    exitCode: EXIT.usage,
    hint: 'Remove the .socket unit and have the program bind its own address: run holds it open during reloads.',
  });
}
