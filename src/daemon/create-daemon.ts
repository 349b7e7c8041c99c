import { reasonOf } from '../base/reason-of.ts';
import type { Result } from '../base/result.ts';
import type { Configuration } from '../config/program.ts';
import type { Syslog } from '../os/syslog.ts';
import type { RuntimeDirectory } from './adopt/runtime-directory.ts';
import { serializeState, type SavedState } from './adopt/saved-state.ts';
import { Daemon } from './daemon.ts';
import type { EventBus } from './events/daemon-event.ts';
import { createEventBus } from './events/event-bus.ts';
import type { MemberDeps } from './groups/member-deps.ts';
import { createAutoLog } from './logs/auto-log.ts';
import type { MainLog } from './logs/open-main-log.ts';
import { ProcessPipes } from './process/process-pipes.ts';
import { defaultServerUrl } from './spawn/child-environment.ts';
import { bindSocket, inheritSocket } from './sockets/bind-socket.ts';
import { SocketRegistry } from './sockets/socket-registry.ts';
import { listenOn } from './spawn/listen-on.ts';
import { makeFifos } from './spawn/make-fifos.ts';

/** What a daemon is made from. */
export interface DaemonIngredients {
  readonly os: MemberDeps['os'];
  readonly version: string;
  readonly configuration: Configuration;
  readonly runtime: RuntimeDirectory;
  /** Of this boot of the machine. */
  readonly bootId: string;
  readonly mainLog: MainLog;
  readonly syslog: Syslog | undefined;
  /** The environment that the programs inherit. */
  readonly environment: MemberDeps['environment'];
  readonly startedWith: MemberDeps['startedWith'];
  /** Reads the configuration anew; the error is supervisord's message. */
  readonly readConfiguration: () => Promise<Result<Configuration, string>>;
}

/** Puts a daemon together: its state goes to the runtime directory, its programs' output to their logs. */
export function createDaemon(ingredients: DaemonIngredients): Daemon {
  const { os, version, configuration, mainLog, environment, startedWith, readConfiguration } =
    ingredients;
  const sockets = new SocketRegistry({
    bind: (request) => bindSocket(os, request),
    inherit: (fd, address) => inheritSocket(os, fd, address),
    listen: listenOn,
  });
  const events = createEventBus((error) => {
    mainLog.log('critical', `internal error in an event handler: ${reasonOf(error)}`);
  });
  return new Daemon({
    os,
    configuration,
    version,
    mainLog,
    events,
    environment,
    startedWith,
    defaultServerUrl: defaultServerUrl(configuration.httpServers),
    readConfiguration,
    save: (state) => save(ingredients, state),
    makeAutoLog: (program, channel) =>
      createAutoLog({
        directory: configuration.supervisord.childlogdir,
        process: program.name,
        channel,
        identifier: configuration.supervisord.identifier,
      }),
    openPipes: pipesOpener(ingredients, events),
    childrenEndWithUs: false, // The next daemon adopts them.
    sockets,
  });
}

function pipesOpener(
  { configuration, runtime, mainLog, syslog }: DaemonIngredients,
  events: EventBus,
): MemberDeps['openPipes'] {
  const { childlogdir, identifier, stripAnsi } = configuration.supervisord;
  const onDebug = (text: string): void => {
    mainLog.log('debug', text);
  };
  return async (program, autoLogs) => {
    const fifos = runtime.fifosOf(program.group, program.name);
    const made = await makeFifos(Object.values(fifos));
    if (!made.ok) throw new Error(made.error);
    return ProcessPipes.open(program, {
      fifos,
      inheritedLogs: autoLogs,
      childLogDir: childlogdir,
      identifier,
      stripAnsi,
      events,
      syslog,
      onTrouble: (text) => {
        mainLog.log('warn', text);
      },
      onDebug: mainLog.isLogged('debug') ? onDebug : undefined,
    });
  };
}

function save({ runtime, bootId, mainLog }: DaemonIngredients, state: SavedState): boolean {
  try {
    runtime.writeState(serializeState(bootId, state));
    return true;
  } catch (error) {
    mainLog.log('error', `could not write ${runtime.path}: ${reasonOf(error)}`);
    return false;
  }
}
