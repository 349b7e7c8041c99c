import type { SignalName } from '../../os/signals.ts';
import type { ServerType } from '../../servers/server-type.ts';
import type { StopEffect } from '../../servers/configured.ts';

/** The best way to stop a server: gracefully, or else at once; undefined where nobody knows. */
export function bestStopSignal({
  configured,
  stopSignals: meanings,
}: ServerType): SignalName | undefined {
  if (configured?.bestStop !== undefined) return configured.bestStop;
  const signals = Object.keys(meanings) as SignalName[];
  const graceful = signals.filter((signal) => meanings[signal] === 'graceful');
  // What supervisord sends by default, where it will do.
  if (graceful.includes('SIGTERM')) return 'SIGTERM';
  return graceful[0] ?? signals.find((signal) => meanings[signal] === 'fast');
}

/**
 * What a stop signal does that is no graceful stop of this server; undefined if it is, or unknown.
 */
export function stopEffect(type: ServerType, signal: SignalName): StopEffect | undefined {
  if (reloadsAt(type, signal)) return 'reloads';
  const meanings = type.stopSignals;
  const meaning = meanings[signal];
  // Where no signal is graceful, one that stops it is as good as any.
  const hasGraceful = Object.values(meanings).includes('graceful');
  if (meaning === 'fast') return hasGraceful ? 'cuts-off' : undefined;
  return meaning === 'no-stop' ? 'goes-on' : undefined;
}

/** Whether one of its ways to run reloads at the signal, or executes itself anew. */
function reloadsAt(type: ServerType, signal: SignalName): boolean {
  if (type.stopSignals[signal] === 'fast') return false;
  const ways = [type.actions, ...(type.variants ?? []).map(({ actions }) => actions ?? {})];
  return ways
    .flatMap(({ reload, upgrade }) => [reload, upgrade])
    .some((way) => way?.send.by === 'signal' && way.send.signal === signal);
}
