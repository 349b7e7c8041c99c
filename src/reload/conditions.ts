import type { MemberOf } from '../base/by-kind.ts';
import { isSameProc, type ProcId } from '../os/proc.ts';
import type { Condition } from '../policy/condition.ts';
import type { Role } from '../policy/plan.ts';
import { checkHealthy } from './check-health.ts';
import type { StepFailure } from './events.ts';
import { findLeftovers } from './leftover-processes.ts';
import { watchLogs } from './open-logs.ts';
import type { Session } from './session.ts';
import {
  areSocketsHeld,
  checkOldInstanceGone,
  checkSuccessor,
  checkSuccessorAppeared,
  isPromoted,
  isSuccessorGone,
} from './successor-conditions.ts';
import { checkServing, isStopped } from './supervised.ts';
import { TRUE, verdict, type Check } from './watch.ts';
import {
  areIdle,
  checkBridge,
  checkCodeReadAnew,
  checkNewWorkers,
  checkSettled,
  checkWorkersSteady,
  freshOf,
  ignored,
  isBridgeGone,
  oldOf,
  takeOver,
  withMaster,
} from './worker-checks.ts';

/** A process that may be KILLed. */
export interface Victim {
  readonly id: ProcId;
  readonly role: Role;
}

/** All that the executor has to know of a condition. */
interface ConditionEntry<C extends Condition> {
  /** Begins to look; made before whatever is to cause it. */
  readonly check: (session: Session, condition: C) => Check | Promise<Check>;
  /** Who keeps it from being true after its time; nobody where it is left out. */
  readonly victims?: (session: Session, condition: C) => Promise<readonly Victim[]>;
  /** Who of them is asked once more before, each by itself: what should have told them may have been lost on the way. */
  readonly lastChance?: 'everyone' | 'all-but-first';
  /** The workers whose end is waited for: what they answer may be cut off. */
  readonly leaving?: (session: Session) => readonly ProcId[];
  /** Why it was not true in its time, as far as the last look tells; undefined: nobody knows. */
  readonly reason?: (session: Session, limitMs: number) => StepFailure | undefined;
}

const whether =
  (isTrue: (session: Session) => Promise<boolean>) =>
  (session: Session): Check =>
  async () =>
    verdict(await isTrue(session));

const as = (role: Role, ids: readonly ProcId[]): readonly Victim[] =>
  ids.map((id) => ({ id, role }));

/** What cannot be seen while the supervisor does not answer. */
const supervisorSilence = ({ answers }: Session): StepFailure | undefined =>
  answers.supervisorSilence === undefined
    ? undefined
    : { why: 'supervisor', message: answers.supervisorSilence };

const CONDITIONS: {
  readonly [K in Condition['is']]: ConditionEntry<MemberOf<Condition, 'is', K>>;
} = {
  'bridge-appeared': {
    check: (session) => withMaster(session, ({ bridge }) => verdict(bridge !== undefined)),
  },
  'bridge-ready': {
    check: (session, { workers }) => checkBridge(session, { workers, ms: 0, recycles: true }),
  },
  'bridge-steady': { check: checkBridge },
  'bridge-gone': {
    check: whether(isBridgeGone),
    victims: ({ roles: { bridge }, seen }) =>
      Promise.resolve(bridge === undefined ? [] : as('bridge', [bridge, ...seen.bridgeWorkers])),
    lastChance: 'all-but-first',
  },
  'new-worker-appeared': {
    check: (session) => withMaster(session, (view) => verdict(freshOf(session, view).length > 0)),
  },
  'new-workers-ready': { check: (session, { count }) => checkNewWorkers(session, count) },
  'reload-begun': {
    check: (session) =>
      withMaster(session, (view) =>
        verdict(
          freshOf(session, view).length > 0 ||
            session.roles.oldWorkers.some(
              (old) => !view.workers.some(({ proc }) => isSameProc(proc, old)),
            ),
        ),
      ),
    reason: ignored,
  },
  'workers-complete': {
    check: (session) =>
      withMaster(session, async ({ workers }) =>
        verdict(
          workers.length > 0 && (await session.serving.countReady(workers)) === workers.length,
        ),
      ),
  },
  'retired-gone': {
    check: (session) => withMaster(session, ({ retiring }) => verdict(retiring.length === 0)),
  },
  'workers-idle': {
    check: (session) =>
      withMaster(session, async (view) => {
        session.serving.finishingSinceMs ??= session.os.now();
        return verdict(await areIdle(session, view));
      }),
  },
  'master-ended': {
    check: (session) => async () => {
      // First looked at when it has been told.
      session.serving.finishingSinceMs ??= session.os.now();
      const hasEnded = (await session.look()) === undefined;
      if (hasEnded) session.serving.finishingSinceMs = undefined;
      return verdict(hasEnded);
    },
    victims: ({ roles: { master }, seen: { masterWorkers } }) =>
      Promise.resolve(
        master === undefined
          ? []
          : [...as('master', [master]), ...as('old-workers', masterWorkers)],
      ),
  },
  told: { check: () => () => Promise.resolve(TRUE) },
  'logs-reopened': { check: (session, { by }) => watchLogs(session, by) },
  'took-over': { check: (session) => () => takeOver(session) },
  'old-workers-left': {
    check: (session, { atMost }) =>
      withMaster(session, (view) => verdict(oldOf(session, view).length <= atMost)),
    victims: async (session, { atMost }) => {
      const view = await session.look();
      const old = view === undefined ? [] : oldOf(session, view);
      return as('old-workers', old.slice(0, Math.max(0, old.length - atMost)));
    },
    lastChance: 'everyone',
    leaving: (session) => oldOf(session, session.seen.view ?? { workers: [] }),
  },
  'code-read-anew': { check: checkCodeReadAnew },
  'workers-ready': {
    check: (session, { count }) =>
      withMaster(session, async ({ workers }) =>
        verdict((await session.serving.countReady(workers)) >= count),
      ),
  },
  'workers-steady': { check: checkWorkersSteady },
  drained: {
    check: whether(async (session) => ((await session.look())?.workers.length ?? 0) === 0),
  },
  'workers-at-least': {
    check: (session, { count }) =>
      withMaster(session, ({ workers }) => verdict(workers.length >= count)),
  },
  settled: { check: checkSettled, reason: supervisorSilence },
  healthy: {
    check: checkHealthy,
    reason: ({ answers: { unhealthy } }) =>
      unhealthy === undefined ? undefined : { why: 'unhealthy', ...unhealthy },
  },
  serving: {
    check: (session, { workers }) => checkServing(session, workers),
    reason: supervisorSilence,
  },
  stopped: { check: whether(isStopped), reason: supervisorSilence },
  'nothing-left': {
    check: whether(async (session) => (await findLeftovers(session)).length === 0),
    victims: async (session) => as('leftovers', await findLeftovers(session)),
  },
  'successor-appeared': { check: checkSuccessorAppeared },
  'successor-ready': {
    check: (session, { workers, ms: aliveMs }) =>
      checkSuccessor(session, { workers, ms: 0, aliveMs, recycles: true }),
  },
  'successor-steady': {
    check: (session, wanted) => checkSuccessor(session, { ...wanted, aliveMs: 0 }),
  },
  'successor-gone': { check: whether(isSuccessorGone), reason: supervisorSilence },
  promoted: { check: whether(isPromoted), reason: supervisorSilence },
  'old-instance-gone': {
    check: checkOldInstanceGone,
    leaving: ({ seen }) => seen.leavingWorkers,
    reason: supervisorSilence,
  },
  'sockets-held': { check: whether(areSocketsHeld), reason: supervisorSilence },
};

/** What the executor knows of a condition. */
export const entryOf = ({ is }: Condition): ConditionEntry<Condition> =>
  CONDITIONS[is] as ConditionEntry<Condition>;

/** Begins to look at a condition. */
export const checkOf = async (session: Session, condition: Condition): Promise<Check> =>
  entryOf(condition).check(session, condition);

/** Why a condition was not true in its time. */
export const explainLimit = (
  session: Session,
  condition: Condition,
  limitMs: number,
): StepFailure => entryOf(condition).reason?.(session, limitMs) ?? { why: 'limit', limitMs };
