import type { OverlapChoice } from './choose-overlap.ts';
import { limitKnownBoot } from './plan-native.ts';
import type { ReloadFacts, ReloadOptions, SupervisionFacts } from './facts.ts';
import { limitBoot, limitInstanceExit, limitSettle, proveMs, SUCCESSOR_CALL } from './limits.ts';
import type { Limit, Phase, Step } from './plan.ts';
import { gracefulSignals } from './stop-known.ts';
import {
  knownSettings,
  retireLeftoverBridge,
  scaleWorkers,
  stepId,
  verifyResult,
} from './steps.ts';

const SECOND = 1000;

/** Between the proof and the promotion nothing takes long; a machine under heavy load gets this much more. */
const LEASE_MARGIN_MS = 30 * SECOND;

/** What is to be planned: a program whose listening sockets the supervisor owns. */
export interface OverlapSubject {
  readonly supervision: SupervisionFacts;
  /** 'group:name' for the supervisor. */
  readonly name: string;
  readonly choice: OverlapChoice;
  /** How many workers the new instance starts, and how many there are to be at the end; undefined where nobody knows. */
  readonly workers: { readonly configured: number; readonly after: number } | undefined;
}

/**
 * The steps of an overlap: a second whole instance beside the first one, on the same sockets; when it has proved itself it becomes the one that the
 * supervisor runs, and the first one finishes what it does. docs/strategies.md describes them with a diagram.
 */
export function planOverlap(
  facts: ReloadFacts,
  options: ReloadOptions,
  subject: OverlapSubject,
): { readonly steps: readonly Step[]; readonly undo: readonly Step[] } {
  const { name, supervision, choice } = subject;
  const workers = subject.workers?.configured;
  const after = subject.workers?.after;
  const gunicorn = facts.server.type === 'gunicorn' ? facts.server : undefined;
  const settings = gunicorn === undefined ? undefined : knownSettings(gunicorn);
  const recycles = (settings?.maxRequests ?? 0) > 0;
  const boot = limitSuccessorBoot(facts, supervision, options);
  const retireSignals =
    facts.server.type === 'known' ? gracefulSignals(facts.server, supervision) : undefined;
  const start = stepId('start-successor');
  const promote = stepId('promote');
  const aliveMs = supervision.startsecs * SECOND;
  return {
    steps: [
      ...(gunicorn === undefined ? [] : retireLeftoverBridge(gunicorn, options)),
      ...(choice.overlap.successor === undefined
        ? []
        : [stopSuccessor(subject, 'leftover-successor', 'refuse')]),
      {
        id: start,
        phase: 'prove',
        do: 'supervisor',
        call: 'startSuccessor',
        name,
        seconds: Math.ceil((boot.ms + limitSettle(options).ms + LEASE_MARGIN_MS) / SECOND),
        effect: { is: 'successor-appeared' },
        limit: SUCCESSOR_CALL,
        atLimit: 'refuse',
      },
      {
        id: stepId('successor-boots'),
        phase: 'prove',
        do: 'wait',
        until: { is: 'successor-ready', workers, ms: aliveMs },
        limit: { ...boot, since: start },
        atLimit: 'refuse',
      },
      {
        id: stepId('successor-holds'),
        phase: 'prove',
        do: 'wait',
        until: { is: 'successor-steady', workers, ms: proveMs(options), recycles },
        limit: limitSettle(options),
        atLimit: 'refuse',
      },
      {
        id: promote,
        phase: 'switch',
        do: 'supervisor',
        call: 'promoteSuccessor',
        name,
        ...(retireSignals === undefined ? {} : { retireSignals }),
        effect: { is: 'promoted' },
        limit: SUCCESSOR_CALL,
        // As long as the supervisor has not made the change, the old instance is what it was.
        atLimit: 'refuse',
      },
      {
        id: stepId('old-instance'),
        phase: 'retire',
        do: 'wait',
        until: { is: 'old-instance-gone' },
        limit: { ...limitExit(subject), since: promote },
        atLimit: 'degraded',
      },
      ...(gunicorn === undefined || workers === undefined || after === undefined
        ? []
        : scaleWorkers(gunicorn, 'retire', 'restore-count', workers, after)),
      ...verifyResult(options, after, settings),
    ],
    undo: [stopSuccessor(subject, 'undo-successor', 'degraded')],
  };
}

/** Keeps the listening sockets open while a program is stopped and started, so that connections wait instead of being refused. */
export function holdSockets(
  supervision: SupervisionFacts,
  name: string,
  covered: readonly Limit[],
  phase: Phase,
): readonly Step[] {
  if ((supervision.overlap?.sockets.length ?? 0) === 0) return [];
  const ms = covered.reduce((sum, limit) => sum + limit.ms, LEASE_MARGIN_MS);
  return [
    {
      id: stepId('hold-sockets'),
      phase,
      do: 'supervisor',
      call: 'holdSockets',
      name,
      seconds: Math.ceil(ms / SECOND),
      effect: { is: 'sockets-held' },
      limit: SUCCESSOR_CALL,
      atLimit: 'note',
    },
  ];
}

/** A server of no known kind is ready when it has lived for startsecs. */
function limitSuccessorBoot(
  { server }: ReloadFacts,
  { startsecs }: SupervisionFacts,
  options: ReloadOptions,
): Limit {
  const aliveMs = startsecs * SECOND + 10 * SECOND;
  if (server.type === 'known') {
    const limit = limitKnownBoot(server, options);
    return options.timeoutMs === undefined ? { ...limit, ms: Math.max(limit.ms, aliveMs) } : limit;
  }
  const gunicorn = server.type === 'gunicorn' ? server : undefined;
  if (gunicorn !== undefined || options.timeoutMs !== undefined) {
    return limitBoot(gunicorn === undefined ? undefined : knownSettings(gunicorn), options);
  }
  return { ms: aliveMs, reason: 'startsecs' };
}

const limitExit = ({ supervision, choice }: OverlapSubject): Limit =>
  limitInstanceExit(supervision.stopwaitsecs, choice.overlap.gracefulTimeout);

function stopSuccessor(subject: OverlapSubject, id: string, atLimit: 'refuse' | 'degraded'): Step {
  return {
    id: stepId(id),
    phase: 'prove',
    do: 'supervisor',
    call: 'stopSuccessor',
    name: subject.name,
    effect: { is: 'successor-gone' },
    limit: limitExit(subject),
    atLimit,
  };
}
