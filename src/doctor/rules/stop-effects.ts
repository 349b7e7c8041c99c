import type { SignalName } from '../../os/signals.ts';
import { SERVER_TYPES } from '../../servers/registry.ts';
import type { ServerType, StopSignals } from '../../servers/server-type.ts';
import { gunicorn } from '../../servers/types/gunicorn.ts';
import type { SignalEffect } from '../finding.ts';

/** What a server is stopped with best: gracefully, or at once where no signal is graceful; undefined where nobody knows. */
export function bestStopSignal(server: string): SignalName | undefined {
  if (server === 'postgres') return 'SIGINT';
  const meanings = meaningsOf(server);
  const signals = Object.keys(meanings) as SignalName[];
  const graceful = signals.filter((signal) => meanings[signal] === 'graceful');
  // What supervisord sends by default, where it will do.
  if (graceful.includes('SIGTERM')) return 'SIGTERM';
  return graceful[0] ?? signals.find((signal) => meanings[signal] === 'fast');
}

/** What a stop signal does where it is no graceful stop of this server; undefined where it is one, or nobody knows. */
export function stopEffect(server: string, signal: SignalName): SignalEffect | undefined {
  if (server === 'postgres' && signal === 'SIGTERM') return 'waits-for-clients';
  if (reloadsAt(typeOf(server), signal)) return 'reloads';
  const meanings = meaningsOf(server);
  const meaning = meanings[signal];
  // Where no signal is graceful, one that stops it is as good as any.
  const hasGraceful = Object.values(meanings).includes('graceful');
  if (meaning === 'fast') return hasGraceful ? 'cuts-off' : undefined;
  return meaning === 'no-stop' ? 'goes-on' : undefined;
}

const typeOf = (server: string): ServerType | undefined =>
  [gunicorn, ...SERVER_TYPES].find(({ name }) => name === server);

function meaningsOf(server: string): StopSignals {
  return typeOf(server)?.stopSignals ?? NOT_DESCRIBED[server] ?? {};
}

/** Whether one of its ways to run reloads at the signal, or executes itself anew. */
function reloadsAt(type: ServerType | undefined, signal: SignalName): boolean {
  if (type === undefined || type.stopSignals[signal] === 'fast') return false;
  const ways = [type.actions, ...(type.variants ?? []).map(({ actions }) => actions ?? {})];
  return ways
    .flatMap(({ reload, upgrade }) => [reload, upgrade])
    .some((way) => way?.send.by === 'signal' && way.send.signal === signal);
}

/** Servers whose whole type is not described; the signal table of their manuals. */
const NOT_DESCRIBED: Readonly<Record<string, StopSignals>> = {
  postgres: { SIGINT: 'graceful', SIGQUIT: 'fast', SIGHUP: 'no-stop' },
};
