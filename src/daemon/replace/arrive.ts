import type { Os } from '../../os/os.ts';
import { isAlive } from '../adopt/foreign-processes.ts';
import type { DaemonLock } from '../daemon-lock.ts';
import type { Logger } from '../logs/logger.ts';
import type { HandedSocket } from '../sockets/socket-registry.ts';
import type { OpenServers } from '../server/open-servers.ts';
import type { HandedConnection, Offer, Predecessor } from './predecessor.ts';

/** For the other daemon to let go of its lock, and somebody who was quicker to see that there is nothing for him. */
const LOCK_PATIENCE_MS = 5000;
/** For the other daemon to end after it has handed over everything. */
const END_LIMIT_MS = 5000;
const LOOK_EVERY_MS = 50;

/** A daemon that takes over from another one. */
export interface Arrival {
  readonly predecessor: Predecessor;
  readonly offer: Offer;
}

/** How a daemon came to what the one before it had. */
export interface Inheritance {
  /** False: that one died before it could hand over. */
  readonly isHandedOver: boolean;
  readonly connections: readonly HandedConnection[];
  readonly programSockets: readonly HandedSocket[];
  /** What was asked for meanwhile, of that one or of us. To be called when we listen to signals ourselves. */
  readonly takeWish: () => 'shutdown' | 'restart' | undefined;
}

/** Takes over from the daemon that has started us, when everything is prepared. Throws 'busy' when a third one was quicker. */
export async function arrive(
  os: Pick<Os, 'process' | 'now' | 'sleep' | 'kill'>,
  { predecessor, offer }: Arrival,
  lock: DaemonLock,
  logger: Logger,
): Promise<Inheritance> {
  const old = await os.process(offer.pid);
  const isHandedOver = await predecessor.takeOver();
  await lock.take(LOCK_PATIENCE_MS);
  logger.log(
    isHandedOver ? 'info' : 'warn',
    isHandedOver
      ? `took over from pid ${offer.pid}`
      : `pid ${offer.pid} has died before it could hand over; going on without`,
  );
  // In the foreground it stays, for whoever waits for it.
  if (old !== undefined && offer.isDetached) void outlive(os, old, logger);
  const { connections, programSockets } = predecessor;
  return { isHandedOver, connections, programSockets, takeWish: () => predecessor.takeWish() };
}

/** Answers the clients of the daemon before us. */
export function takeConnections(
  servers: OpenServers,
  connections: readonly HandedConnection[],
): void {
  for (const { name, socket, unanswered } of connections) servers.take(name, socket, unanswered);
}

/** Two daemons must not live. */
async function outlive(
  os: Pick<Os, 'process' | 'now' | 'sleep' | 'kill'>,
  old: Parameters<typeof isAlive>[1],
  logger: Logger,
): Promise<void> {
  const endMs = os.now() + END_LIMIT_MS;
  while (os.now() < endMs) {
    if (!(await isAlive(os, old))) return;
    await os.sleep(LOOK_EVERY_MS);
  }
  logger.log('warn', `killing the daemon before this one (${old.pid}), which does not end`);
  await os.kill(old, 'SIGKILL');
}
