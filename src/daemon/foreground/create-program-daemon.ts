import { reasonOf } from '../../base/reason-of.ts';
import { VERSION } from '../../base/version.ts';
import { ok } from '../../base/result.ts';
import type { Configuration } from '../../config/program.ts';
import { Daemon } from '../daemon.ts';
import { createEventBus } from '../events/event-bus.ts';
import type { MemberDeps } from '../groups/member-deps.ts';
import type { MainLog } from '../logs/open-main-log.ts';
import { inheritedPipes } from '../process/inherited-pipes.ts';
import { bindSocket, inheritSocket } from '../sockets/bind-socket.ts';
import { SocketRegistry } from '../sockets/socket-registry.ts';
import { listenOn } from '../spawn/listen-on.ts';

/** What {@link createProgramDaemon} needs. */
export interface ProgramDaemonDeps {
  readonly os: MemberDeps['os'];
  readonly configuration: Configuration;
  readonly log: MainLog;
  /** The environment that the program inherits. */
  readonly environment: MemberDeps['environment'];
  readonly startedWith: MemberDeps['startedWith'];
  /** Called after every change of anything. */
  readonly onChange: () => void;
}

/**
 * A daemon for as long as its programs run: they share our stdin, stdout and stderr, nothing of them is written down, and they are told to end when we
 * die, since nobody would take them over.
 */
export function createProgramDaemon(parts: ProgramDaemonDeps): Daemon {
  const { os, configuration, log, environment, startedWith, onChange } = parts;
  const noAutoLog = (): Promise<never> => Promise.reject(new Error('no log is made here'));
  return new Daemon({
    os,
    configuration,
    version: VERSION,
    mainLog: log,
    events: createEventBus((error) => {
      log.log('critical', `internal error in an event handler: ${reasonOf(error)}`);
    }),
    environment,
    startedWith,
    defaultServerUrl: undefined,
    readConfiguration: () => Promise.resolve(ok(configuration)),
    save: () => {
      onChange();
      return true;
    },
    makeAutoLog: noAutoLog,
    openPipes: () => Promise.resolve(inheritedPipes()),
    childrenEndWithUs: true,
    sockets: new SocketRegistry({
      bind: (request) => bindSocket(os, request),
      inherit: (fd, address) => inheritSocket(os, fd, address),
      listen: listenOn,
    }),
  });
}
