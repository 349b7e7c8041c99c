import type { Program } from '../../config/program.ts';
import type { Os } from '../../os/os.ts';
import { SIGNAL_GAP_MS, type SignalName } from '../../os/signals.ts';
import type { RetiredInstance } from '../control.ts';
import type { Logger } from '../logs/logger.ts';
import type { ProcId } from '../../os/proc.ts';

/** What {@link endInstance} needs. */
export interface EndDeps {
  readonly os: Pick<Os, 'now' | 'sleep' | 'kill'>;
  readonly logger: Logger;
}

/** The process that is to end, and how long it has for that. */
export interface EndingInstance {
  readonly id: ProcId;
  readonly exited: Promise<unknown>;
  readonly patienceS: number;
}

/**
 * Stops an instance as the program says: its stop signal, or `signals` in its place, and KILL when its time is over. 'told': it has been sent
 * them before. Resolves when it has gone.
 */
export async function endInstance(
  { os, logger }: EndDeps,
  program: Pick<
    Program,
    'name' | 'stopsignal' | 'stopsignalNumber' | 'stopasgroup' | 'killasgroup'
  >,
  { id, exited, patienceS }: EndingInstance,
  signals: readonly SignalName[] | 'told' = [],
  onTold?: () => void,
): Promise<RetiredInstance> {
  const { name, stopsignal, stopsignalNumber, stopasgroup, killasgroup } = program;
  const beganMs = os.now();
  let killed = false;
  const patience = new AbortController();
  const gone = exited.then(() => {
    patience.abort();
  });
  const deliver = async (signal: Parameters<Os['kill']>[1], group: boolean): Promise<void> => {
    const outcome = await os.kill(id, signal, { group });
    if (outcome === 'denied') {
      logger.log('critical', `not permitted to send ${signal} to ${name} (${id.pid})`);
    }
  };
  // Those that a server needs are for its master alone.
  if (signals !== 'told') {
    for (const [index, signal] of signals.entries()) {
      if (index > 0) await os.sleep(SIGNAL_GAP_MS);
      await deliver(signal, false);
    }
    if (signals.length === 0) await deliver(stopsignal ?? stopsignalNumber, stopasgroup);
  }
  onTold?.();
  while (!patience.signal.aborted) {
    // A second without any patience must not become a loop without any pause.
    await os.sleep(Math.max(1, patienceS) * 1000, patience.signal).catch(() => undefined); // It has gone: the condition says so.
    if (hasGone(patience)) break;
    logger.log('warn', `killing '${name}' (${id.pid}) with SIGKILL`);
    killed = true;
    await deliver('SIGKILL', killasgroup);
  }
  await gone;
  return { pid: id.pid, killed, afterMs: Math.round(os.now() - beganMs) };
}

function hasGone({ signal }: AbortController): boolean {
  return signal.aborted;
}
