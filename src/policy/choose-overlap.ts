import { err, ok, type Result } from '../base/result.ts';
import { isSameProc } from '../os/proc.ts';
import { estimateSecondSet, findCodeTrap } from './choose-strategy.ts';
import {
  gunicornOf,
  knownOf,
  type GunicornFacts,
  type OverlapFacts,
  type ReloadFacts,
  type ReloadOptions,
} from './facts.ts';
import type { PlanNote } from './plan-note.ts';
import type { Refusal } from './refusal.ts';
import { isCarriedByBridge } from './steps.ts';

/** Two instances of a program at once, as a supervisor offers it that owns the listening sockets. */
export interface OverlapChoice {
  readonly overlap: OverlapFacts;
  readonly notes: readonly PlanNote[];
}

/**
 * Whether a second instance is to take the place of the first one, before any other strategy is thought of: the supervisor owns the sockets,
 * so it does not matter what the master has loaded or where it works. Undefined: another strategy has to be found.
 */
export function chooseOverlap(
  facts: ReloadFacts,
  options: ReloadOptions,
): Result<OverlapChoice | undefined, Refusal> {
  const overlap = facts.supervision?.overlap;
  const isAsked = options.strategy === 'overlap';
  if (overlap === undefined || overlap.sockets.length === 0) {
    return isAsked
      ? err({ code: 'strategy-impossible', strategy: 'overlap', why: whyNot(overlap) })
      : ok(undefined);
  }
  const gunicorn = gunicornOf(facts);
  // What a bridge of an interrupted run carries has to be brought home first.
  if (gunicorn !== undefined && isCarriedByBridge(gunicorn)) return ok(undefined);
  if (isAsked) {
    return ok({ overlap, notes: [{ code: 'strategy-asked', strategy: 'overlap' }] });
  }
  if (options.strategy !== 'auto' || options.surge !== undefined) return ok(undefined);
  if (options.reloadSignal !== undefined && gunicorn === undefined) return ok(undefined);
  const lack = gunicorn === undefined ? undefined : findLack(gunicorn);
  if (lack === undefined) return ok({ overlap, notes: [{ code: 'overlap-is-default' }] });
  // Without the memory it has to be a way that needs less; where none of those loads new code, it is the memory that is missing.
  const isOnlyWay = gunicorn !== undefined && findCodeTrap(gunicorn) !== undefined;
  return isOnlyWay && !options.allowDowntime ? err(lack) : ok(undefined);
}

/**
 * With --surge the successor of a job runner is started first. Undefined: it was not asked for, or a server of this kind takes no jobs. It is
 * refused where two of them must not or cannot run at a time.
 */
export function chooseJobSurge(
  facts: ReloadFacts,
  { surge, strategy, isSurgeConfigured }: ReloadOptions,
): Result<OverlapChoice | undefined, Refusal> {
  const { supervision } = facts;
  const server = knownOf(facts);
  if (surge === undefined || strategy === 'restart' || server === undefined) return ok(undefined);
  const { type } = server.server;
  const alone = type.runsAlone?.(server.live);
  if (type.kind !== 'job-runner' && alone === undefined) return ok(undefined);
  const refuse = (why: string): Result<undefined, Refusal> =>
    isSurgeConfigured === true
      ? ok(undefined)
      : err({ code: 'strategy-impossible', strategy: 'overlap', why });
  if (alone !== undefined) return refuse(alone);
  if (supervision?.overlap === undefined) {
    return refuse('only `reloadctl daemon` and `reloadctl run` can start a second job runner');
  }
  if (supervision.proc === undefined || !isSameProc(supervision.proc, server.master)) {
    return refuse('the process that the supervisor started is not the job runner itself');
  }
  return ok({
    overlap: supervision.overlap,
    notes: [{ code: 'strategy-asked', strategy: 'overlap' }],
  });
}

function whyNot(overlap: OverlapFacts | undefined): string {
  return overlap === undefined || overlap.reason === ''
    ? 'this supervisor does not own the listening sockets'
    : overlap.reason;
}

/** The memory that is missing for a second instance; undefined where it suffices or nobody knows. */
function findLack(gunicorn: GunicornFacts): Refusal | undefined {
  const neededBytes = estimateSecondSet(gunicorn);
  const { available: availableBytes } = gunicorn.memory;
  if (neededBytes === undefined || availableBytes === undefined) return undefined;
  return availableBytes >= neededBytes
    ? undefined
    : { code: 'no-memory', availableBytes, neededBytes };
}
