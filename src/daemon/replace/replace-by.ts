import type { Logger } from '../logs/logger.ts';
import type { Daemon } from '../daemon.ts';
import type { OpenServers } from '../server/open-servers.ts';
import { spawnNewcomer } from '../spawn/spawn-newcomer.ts';
import { variablesOf, type StartedWith } from '../spawn/started-with.ts';
import { err, ok, type Result } from '../../base/result.ts';
import {
  DETACHED,
  HANDOVER_PROTOCOL,
  HANDOVER_VARIABLE,
  type ReplacementRequest,
} from './handover.ts';
import { Newcomer } from './newcomer.ts';
import { wrapSocket } from './wrap-socket.ts';

/** A daemon that can hand over to another one. */
export interface Replaceable {
  readonly daemon: Daemon;
  readonly servers: OpenServers;
  readonly logger: Logger;
  readonly isDetached: boolean;
  /** With what it was started: the next one is started with the same. */
  readonly origin: Origin;
  /** Until it has begun there is nothing to hand over. */
  readonly begun: Promise<void>;
  /** Everything that was logged is written. */
  readonly flushLog: () => Promise<void>;
}

/** What a daemon was started with. */
export interface Origin {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly startedWith: StartedWith;
}

/** A daemon that has taken over. */
export interface Successor {
  readonly newcomer: Newcomer;
  readonly version: string;
}

/** It has to be loaded, on a machine that may be busy, and to read its configuration. */
const READY_LIMIT_MS = 30_000;
/** Between `go` and `taken` it does next to nothing. */
const TAKEN_LIMIT_MS = 10_000;
/** For calls that are being carried out: meanwhile all others wait. */
const CALLS_LIMIT_MS = 5000;

/**
 * Starts another daemon and hands over to it. When this resolves with it, there is nothing left of ours but what has to be let go of; with an error
 * (a clause), nothing has changed.
 */
export async function replaceBy(
  parts: Replaceable,
  request: ReplacementRequest,
): Promise<Result<Successor, string>> {
  const { daemon, logger, servers } = parts;
  if (request.protocol !== HANDOVER_PROTOCOL) {
    return err(`it hands over by protocol ${HANDOVER_PROTOCOL}, not ${request.protocol}`);
  }
  await parts.begun;
  const obstacle = await daemon.findObstacleToHandover();
  if (obstacle !== undefined) return err(obstacle);
  const newcomer = start(parts, request);
  logger.log('info', `replacement begins with pid ${newcomer.pid}`);
  // Else it would take our end for a death, and start again what has just been stopped.
  void daemon.ending.then(() => newcomer.end());
  const handed = await handOver(parts, newcomer);
  if (handed.ok) {
    await giveConnections(servers, newcomer);
    return handed;
  }
  await newcomer.end();
  servers.release();
  daemon.thaw();
  logger.log('warn', `not replaced, going on: ${handed.error}`);
  return handed;
}

function start({ origin, isDetached }: Replaceable, request: ReplacementRequest): Newcomer {
  const child = spawnNewcomer({
    execPath: request.execPath,
    args: [...request.execArgv, request.script, ...origin.args],
    cwd: origin.cwd,
    env: {
      ...origin.environment,
      ...variablesOf(origin.startedWith),
      [HANDOVER_VARIABLE]: isDetached ? DETACHED : 'foreground',
    },
    isDetached,
  });
  return new Newcomer(child);
}

async function handOver(
  { daemon, servers, logger, isDetached, flushLog }: Replaceable,
  newcomer: Newcomer,
): Promise<Result<Successor, string>> {
  const hello = await newcomer.hear('hello', READY_LIMIT_MS);
  if (!hello.ok) return hello;
  const { protocol, version } = hello.value;
  if (protocol !== HANDOVER_PROTOCOL) return err(`it takes over by protocol ${protocol}`);
  const handles = servers.handles();
  await newcomer.tell({ say: 'offer', pid: daemon.pid, isDetached, sockets: handles.size });
  for (const [name, handle] of handles) await newcomer.tell({ say: 'socket', name }, handle);
  const ready = await newcomer.hear('ready', READY_LIMIT_MS);
  if (!ready.ok) return ready;
  const running = await servers.hold(CALLS_LIMIT_MS);
  if (running.length > 0) {
    return err(`after ${CALLS_LIMIT_MS / 1000} s calls are still under way: ${running.join(', ')}`);
  }
  // It may have changed while the other one came up.
  const obstacle = await daemon.findObstacleToHandover();
  if (obstacle !== undefined) return err(obstacle);
  logger.log('info', `handing over to pid ${newcomer.pid} (version ${version})`);
  if (!(await daemon.freeze())) return err('its state could not be written');
  await flushLog();
  for (const { fd, ...socket } of daemon.sockets.hand()) {
    await newcomer.tell({ say: 'program-socket', socket }, wrapSocket(fd));
  }
  await newcomer.tell({ say: 'go' });
  const taken = await newcomer.hear('taken', TAKEN_LIMIT_MS);
  return taken.ok ? ok({ newcomer, version }) : taken;
}

async function giveConnections(servers: OpenServers, newcomer: Newcomer): Promise<void> {
  await servers.leave(async (name, connection, unanswered) => {
    const text = unanswered.toString('base64');
    await newcomer.tell({ say: 'connection', name, unanswered: text }, connection);
  });
}
