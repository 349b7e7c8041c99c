import type { SignalName } from '../../src/os/signals.ts';
import type { Image } from './kernel.ts';

/** A server of no known kind that does nothing with the signals it catches: only KILL ends it. */
export function stubbornImage(caught: readonly SignalName[]): Image {
  return (_kernel, proc) => {
    for (const signal of caught) proc.handlers.set(signal, () => undefined);
  };
}
