import type { Os } from '../../os/os.ts';
import type { DaemonEvent, EventBus } from './daemon-event.ts';

const PERIODS = [
  { type: 'TICK_5', seconds: 5 },
  { type: 'TICK_60', seconds: 60 },
  { type: 'TICK_3600', seconds: 3600 },
] as const satisfies ReadonlyArray<{ type: DaemonEvent['type']; seconds: number }>;

/** All other periods are multiples of this one. */
const SHORTEST_S = 5;

/**
 * Emits TICK events whenever the clock on the wall passes a multiple of their period, at once; supervisord is up to a second late. A clock that was
 * set makes one tick, not those in between. Returns what ends it.
 */
export function startTicks(
  os: Pick<Os, 'wallClock' | 'sleep'>,
  emit: EventBus['emit'],
): () => void {
  const stop = new AbortController();
  const last = new Map<string, number>();
  void tick();
  return () => {
    stop.abort();
  };

  async function tick(): Promise<void> {
    while (!stop.signal.aborted) {
      const nowS = os.wallClock() / 1000;
      for (const { type, seconds } of PERIODS) {
        const when = Math.floor(nowS / seconds) * seconds;
        const previous = last.get(type);
        last.set(type, when);
        if (previous !== undefined && previous !== when) emit({ type, when });
      }
      const nextS = (Math.floor(nowS / SHORTEST_S) + 1) * SHORTEST_S;
      try {
        await os.sleep(Math.ceil((nextS - nowS) * 1000), stop.signal);
      } catch {
        return; // Nothing else than our own abort ends it early.
      }
    }
  }
}
