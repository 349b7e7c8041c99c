import type { DaemonEvent, EventBus } from './daemon-event.ts';

/**
 * A bus on which everybody hears of all events in the order in which they happened: what a handler emits is told when everybody has heard of
 * the event before. A handler that throws is a bug, which `onBug` is told; the others go on.
 */
export function createEventBus(onBug: (error: unknown) => void): EventBus {
  const handlers = new Set<(event: DaemonEvent) => void>();
  const waiting: DaemonEvent[] = [];
  let isTelling = false;

  function tell(event: DaemonEvent): void {
    for (const handler of [...handlers]) {
      if (!handlers.has(handler)) continue;
      try {
        handler(event);
      } catch (error) {
        onBug(error);
      }
    }
  }

  return {
    emit(event) {
      waiting.push(event);
      if (isTelling) return;
      isTelling = true;
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) tell(next);
      isTelling = false;
    },
    subscribe(handler) {
      // A function of its own, so that one handler can be subscribed twice.
      const subscribed = (event: DaemonEvent): void => {
        handler(event);
      };
      handlers.add(subscribed);
      return () => {
        handlers.delete(subscribed);
      };
    },
  };
}
