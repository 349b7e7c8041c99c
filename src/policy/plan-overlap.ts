import type { OverlapChoice } from './choose-overlap.ts';
import {
  gunicornOf,
  knownOf,
  type KnownServerFacts,
  type ReloadFacts,
  type ReloadOptions,
  type SupervisionFacts,
} from './facts.ts';
import { checkSteps, limitKnownBoot } from './plan-native.ts';
import type { SignalName } from '../os/signals.ts';
import type { Supervised } from './describe-plan.ts';
import { limitBoot, limitInstanceExit, limitSettle, proveMs, SUCCESSOR_CALL } from './limits.ts';
import type { Limit, Phase, Step } from './plan.ts';
import { gracefulSignals, isQuietBetter, limitDrain, quietFirst } from './stop-known.ts';
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
export interface OverlapSubject extends Supervised {
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
  const gunicorn = gunicornOf(facts);
  const settings = knownSettings(gunicorn);
  const recycles = (settings?.maxRequests ?? 0) > 0;
  const boot = limitSuccessorBoot(facts, supervision, options);
  const known = knownOf(facts);
  const jobs =
    known?.server.type.kind === 'job-runner' ? planJobs(facts, known, supervision) : undefined;
  const retireSignals =
    jobs?.signals ?? (known === undefined ? undefined : gracefulSignals(known, supervision));
  const start = stepId('start-successor');
  const promote = stepId('promote');
  const aliveMs = supervision.startsecs * SECOND;
  return {
    steps: [
      ...(gunicorn === undefined ? [] : retireLeftoverBridge(gunicorn, options)),
      ...(choice.overlap.successor === undefined
        ? []
        : [stopSuccessor(subject, 'leftover-successor', 'refuse')]),
      ...(known === undefined || jobs === undefined ? [] : checkSteps(known, options)),
      {
        id: start,
        phase: 'prove',
        do: 'supervisor',
        call: 'startSuccessor',
        name,
        seconds: Math.ceil(
          (boot.ms + limitSettle(options).ms + LEASE_MARGIN_MS + (jobs?.quietMs ?? 0)) / SECOND,
        ),
        ...(choice.overlap.sockets.length === 0 ? { withoutSockets: true } : {}),
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
      ...(jobs?.quiet ?? []),
      {
        id: promote,
        phase: 'switch',
        do: 'supervisor',
        call: 'promoteSuccessor',
        name,
        ...(retireSignals === undefined ? {} : { retireSignals }),
        ...(jobs === undefined ? {} : { patienceSecs: Math.ceil(jobs.limit.ms / SECOND) }),
        effect: { is: 'promoted' },
        limit: SUCCESSOR_CALL,
        // As long as the supervisor has not made the change, the old instance is what it was, unless it takes nothing any more.
        atLimit: (jobs?.quiet.length ?? 0) > 0 ? 'degraded' : 'refuse',
      },
      {
        id: stepId('old-instance'),
        phase: 'retire',
        do: 'wait',
        until: { is: 'old-instance-gone' },
        limit: {
          ...(jobs === undefined ? limitExit(subject) : limitLastJob(jobs)),
          since: promote,
        },
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

/** How the old instance of a job runner comes to its end. */
interface JobsPlan {
  /** For the jobs in hand. */
  readonly limit: Limit;
  /** To its main process alone, whatever the supervisor would send to whom. */
  readonly signals: readonly SignalName[] | undefined;
  /** What it is told before it is told to end. */
  readonly quiet: readonly Step[];
  readonly quietMs: number;
}

function planJobs(
  facts: ReloadFacts,
  known: KnownServerFacts,
  supervision: SupervisionFacts,
): JobsPlan {
  const { stopsignal } = supervision;
  const limit = limitDrain(known, supervision);
  const quiet = isQuietBetter(known) ? quietFirst(facts, known, limit) : [];
  return {
    limit,
    signals:
      gracefulSignals(known, supervision) ?? (stopsignal === undefined ? undefined : [stopsignal]),
    quiet,
    quietMs: quiet.length === 0 ? 0 : limit.ms,
  };
}

/** The supervisor KILLs it when its time is over, which has to be seen. */
const limitLastJob = ({ limit }: JobsPlan): Limit => ({ ...limit, ms: limit.ms + 15 * SECOND });

/** Keeps the listening sockets open while a program is stopped and started, so that connections wait instead of being refused. */
export function holdSockets(
  { supervision, name }: Supervised,
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
  facts: ReloadFacts,
  { startsecs }: SupervisionFacts,
  options: ReloadOptions,
): Limit {
  const aliveMs = startsecs * SECOND + 10 * SECOND;
  const known = knownOf(facts);
  if (known !== undefined) {
    const limit = limitKnownBoot(known, options);
    return options.timeoutMs === undefined ? { ...limit, ms: Math.max(limit.ms, aliveMs) } : limit;
  }
  const gunicorn = gunicornOf(facts);
  if (gunicorn !== undefined || options.timeoutMs !== undefined) {
    return limitBoot(knownSettings(gunicorn), options);
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
