import type { SignalName } from '../../src/os/signals.ts';
import type { SentSignal } from './kernel.ts';
import type { Site } from './site.ts';

/** What only a gunicorn master is to get. */
const FOR_MASTERS: ReadonlySet<SignalName> = new Set<SignalName>([
  'SIGHUP',
  'SIGUSR2',
  'SIGTTIN',
  'SIGTTOU',
  'SIGWINCH',
]);

const ENDING: ReadonlySet<SignalName> = new Set<SignalName>(['SIGTERM', 'SIGINT', 'SIGQUIT']);

/**
 * What reloadctl, or the supervisor on its behalf, should not have sent: anything to a process that is not of the program, a master's signal
 * to somebody else, a signal that ended or stopped a process which does not catch it, a KILL without an earlier request to go.
 */
export function findWrongSignals(site: Site): readonly string[] {
  const masters = new Set(site.masters.map(({ proc }) => proc));
  return site.kernel.sent.flatMap((sent, index) => {
    const { signal, from, to } = sent;
    const isOurs = from.argv[0] === 'reloadctl';
    if (!isOurs && from !== site.supervisord.proc) return [];
    const name = `${signal} to ${to.pid} (${to.argv.join(' ')}) at ${sent.atMs}`;
    if (site.decoys.includes(to) || to === site.supervisord.proc) return [`${name}: not ours`];
    if (site.gunicornOnly && FOR_MASTERS.has(signal) && !masters.has(to)) {
      return [`${name}: no master`];
    }
    if (isEndedByAccident(sent)) return [`${name}: ${sent.effect}`];
    const wasAsked = site.kernel.sent.slice(0, index).some((earlier) => isRequest(earlier, to.pid));
    return signal === 'SIGKILL' && !wasAsked ? [`${name}: never asked to go`] : [];
  });
}

const isEndedByAccident = ({ signal, effect }: SentSignal): boolean =>
  effect === 'stopped' || (effect === 'ended' && !ENDING.has(signal) && signal !== 'SIGKILL');

const isRequest = ({ signal, to }: SentSignal, pid: number): boolean =>
  ENDING.has(signal) && to.pid === pid;
