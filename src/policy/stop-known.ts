import { isSameProc } from '../os/proc.ts';
import type { SignalName } from '../os/signals.ts';
import type { StopMeaning, StopWay } from '../servers/server-type.ts';
import type { KnownServerFacts, ReloadFacts, SupervisionFacts } from './facts.ts';
import type { Limit, Step } from './plan.ts';
import type { PlanNote } from './plan-note.ts';
import { sendStep, type Sent } from './send-step.ts';

const SECOND = 1000;

/** For a job runner that has no limit of its own: long enough for most jobs, short enough for somebody who waits. */
const JOB_SECS = 3600;

/** What the supervisor's stop signal means to a server. */
function meaningOf(
  server: KnownServerFacts,
  { stopsignal }: SupervisionFacts,
): StopMeaning | 'unknown' {
  return stopsignal === undefined
    ? 'unknown'
    : (server.server.stopSignals[stopsignal] ?? 'unknown');
}

/** How long what is in flight may take before the supervisor is asked to stop the server. */
export function limitDrain(server: KnownServerFacts, { stopwaitsecs }: SupervisionFacts): Limit {
  const { type, actions } = server.server;
  const graceSecs = actions.gracefulStop?.graceSecs;
  if (type.kind === 'job-runner') {
    const seconds = Math.max(stopwaitsecs, graceSecs ?? JOB_SECS);
    return { ms: seconds * SECOND, reason: 'job' };
  }
  const seconds = graceSecs ?? stopwaitsecs;
  return { ms: seconds * SECOND, reason: graceSecs === undefined ? 'stopwaitsecs' : 'server-type' };
}

/** Whether the supervisor's own stop lets everything in flight end. */
function isGraceful(server: KnownServerFacts, supervision: SupervisionFacts): boolean {
  const meaning = meaningOf(server, supervision);
  // What nobody knows a better signal for is left to the supervisor.
  if (meaning === 'unknown' && supervision.stopsignal === undefined) return true;
  return (
    meaning === 'graceful' &&
    limitDrain(server, supervision).ms <= supervision.stopwaitsecs * SECOND
  );
}

/**
 * What comes before the supervisor's stop of a server of a known type, where that would cut something off: its own graceful stop, else
 * its own way to take nothing new until it is idle; the latter first for a job runner that shows how many jobs it has.
 */
export function drainKnown(
  facts: ReloadFacts,
  server: KnownServerFacts,
  supervision: SupervisionFacts,
): readonly Step[] {
  if (isGraceful(server, supervision)) return [];
  const { gracefulStop } = server.server.actions;
  const limit = limitDrain(server, supervision);
  const base = { phase: 'switch', limit, atLimit: 'note' } as const;
  if (gracefulStop !== undefined && !isQuietBetter(server)) {
    const sent = sendStep(facts, server, 'stop', gracefulStop, {
      ...base,
      id: 'graceful-stop',
      effect: { is: 'master-ended' },
    });
    if (!sent.ok) return [];
    return [...sendFirst(facts, server, gracefulStop, base), sent.value];
  }
  return quietFirst(facts, server, limit);
}

/** Whether jobs get all the time that there is only before the server is told to end, because it has a limit of its own for them then. */
export function isQuietBetter({ server: { type, actions } }: KnownServerFacts): boolean {
  return actions.quiet !== undefined && type.kind === 'job-runner' && type.countJobs !== undefined;
}

/** Has a server take nothing new, until it is idle; nothing where it cannot. */
export function quietFirst(
  facts: ReloadFacts,
  server: KnownServerFacts,
  limit: Limit,
): readonly Step[] {
  const { quiet } = server.server.actions;
  if (quiet === undefined) return [];
  const sent = sendStep(facts, server, 'stop', quiet, {
    phase: 'switch',
    limit,
    atLimit: 'note',
    id: 'quiet',
    effect: { is: 'workers-idle' },
  });
  return sent.ok ? [sent.value] : [];
}

function sendFirst(
  facts: ReloadFacts,
  server: KnownServerFacts,
  { first }: StopWay,
  base: Pick<Sent, 'phase' | 'limit' | 'atLimit'>,
): readonly Step[] {
  if (first === undefined) return [];
  const way = { send: { by: 'signal', signal: first } } as const;
  const sent = sendStep(facts, server, 'stop', way, {
    ...base,
    id: 'before-graceful-stop',
    effect: { is: 'told' },
  });
  return sent.ok ? [sent.value] : [];
}

/** What ends the supervised process gracefully where the supervisor's own signal would not; undefined where that does, or nobody knows. */
export function gracefulSignals(
  server: KnownServerFacts,
  supervision: SupervisionFacts,
): readonly SignalName[] | undefined {
  const { gracefulStop } = server.server.actions;
  const isSupervised =
    supervision.proc !== undefined && isSameProc(supervision.proc, server.master);
  if (meaningOf(server, supervision) === 'graceful' || !isSupervised) return undefined;
  if (gracefulStop?.send.by !== 'signal') return undefined;
  const { first, send } = gracefulStop;
  return [...(first === undefined ? [] : [first]), send.signal];
}

/** A signal that ends the master, where the supervisor's own would not; undefined where it would. */
export function endingSignal(
  server: KnownServerFacts,
  supervision: SupervisionFacts,
): SignalName | undefined {
  const send = server.server.actions.fastStop?.send;
  if (meaningOf(server, supervision) !== 'no-stop' || send?.by !== 'signal') return undefined;
  return send.signal;
}

/** What a reader should know about the stop of a server of a known type. */
export function noteKnownStop(
  server: KnownServerFacts,
  supervision: SupervisionFacts,
): readonly PlanNote[] {
  const { type, actions } = server.server;
  const { stopsignal } = supervision;
  const notes: PlanNote[] = [];
  const means = meaningOf(server, supervision);
  if (stopsignal !== undefined && means !== 'graceful') {
    const send = actions.gracefulStop?.send;
    notes.push({
      code: 'stop-not-graceful',
      title: type.title,
      stopsignal,
      means,
      graceful: send?.by === 'signal' ? send.signal : undefined,
    });
  }
  if (type.kind === 'job-runner') {
    const seconds = limitDrain(server, supervision).ms / SECOND;
    notes.push({ code: 'jobs-finish', title: type.title, seconds });
  }
  return notes;
}
