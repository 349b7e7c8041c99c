import {
  gunicornOf,
  knownOf,
  type GunicornFacts,
  type ReloadFacts,
  type ReloadOptions,
  type SupervisionFacts,
} from './facts.ts';
import type { Supervised } from './describe-plan.ts';
import {
  GUNICORN_DEFAULTS,
  limitBoot,
  limitGrace,
  limitInstanceExit,
  limitStart,
} from './limits.ts';
import type { Limit, Phase, Step } from './plan.ts';
import type { PlanNote } from './plan-note.ts';
import { holdSockets } from './plan-overlap.ts';
import { checkSteps, limitKnownBoot } from './plan-native.ts';
import { drainKnown, endingSignal, noteKnownStop } from './stop-known.ts';
import { knownSettings, preflight, retireBridge, stepId, verifyResult } from './steps.ts';

const SECOND = 1000;

/** supervisord looks at its timers once a second and needs as long again to reap. */
const SUPERVISOR_SLACK_MS = 5 * SECOND;

/** What is left of a program that got no stop signal of its own yet is asked first, then KILLed. */
const LEFTOVERS_MS = 2 * SECOND;

/** Whether the supervisor would KILL the master while requests still have time by gunicorn's own settings. */
function isCutShort(gunicorn: GunicornFacts | undefined, supervision: SupervisionFacts): boolean {
  // A supervisor that overlaps waits for both.
  if (gunicorn === undefined || supervision.overlap !== undefined) return false;
  const settings = knownSettings(gunicorn);
  return (
    supervision.stopwaitsecs < (settings?.gracefulTimeout ?? GUNICORN_DEFAULTS.gracefulTimeout)
  );
}

/** What a reader should know about a stop. */
export function noteStop(facts: ReloadFacts): readonly PlanNote[] {
  const gunicorn = gunicornOf(facts);
  const known = knownOf(facts);
  if (known !== undefined && facts.supervision !== undefined) {
    return noteKnownStop(known, facts.supervision);
  }
  if (facts.supervision === undefined || !isCutShort(gunicorn, facts.supervision)) return [];
  const settings = knownSettings(gunicorn);
  return [
    {
      code: 'stopwaitsecs-too-short',
      stopwaitsecs: facts.supervision.stopwaitsecs,
      gracefulTimeout: settings?.gracefulTimeout ?? GUNICORN_DEFAULTS.gracefulTimeout,
    },
  ];
}

/**
 * The steps that end a program and everything of it. A bridge goes first: with its master gone it would be promoted and keep the port.
 * Where the supervisor's KILL would come before graceful_timeout is over, gunicorn is asked to finish before the supervisor is.
 */
export function planStop(
  facts: ReloadFacts,
  { supervision, name }: Supervised,
  { thenStart }: { readonly thenStart: boolean },
): readonly Step[] {
  const gunicorn = gunicornOf(facts);
  const drainFirst: readonly Step[] =
    gunicorn !== undefined && gunicorn.maySignal && isCutShort(gunicorn, supervision)
      ? [
          {
            id: stepId('drain'),
            phase: 'switch',
            do: 'signal',
            signal: 'SIGTERM',
            to: 'master',
            via: 'direct',
            effect: { is: 'drained' },
            limit: limitGrace(knownSettings(gunicorn)),
            atLimit: 'note',
          },
        ]
      : [];
  const known = knownOf(facts);
  const alsoSend = known === undefined ? undefined : endingSignal(known, supervision);
  return [
    ...(known === undefined ? [] : drainKnown(facts, known, supervision)),
    ...(gunicorn?.bridge === undefined ? [] : retireBridge(gunicorn, 'switch', 'stop-bridge')),
    ...drainFirst,
    {
      id: stepId('stop'),
      phase: 'switch',
      do: 'supervisor',
      call: 'stopProcess',
      name,
      ...(alsoSend === undefined ? {} : { alsoSend }),
      effect: { is: 'stopped' },
      limit: limitStop(supervision),
      atLimit: 'degraded',
    },
    clearLeftovers(supervision, thenStart ? 'switch' : 'retire'),
  ];
}

function limitStop({ stopwaitsecs, overlap }: SupervisionFacts): Limit {
  return overlap === undefined
    ? { ms: stopwaitsecs * SECOND + SUPERVISOR_SLACK_MS, reason: 'stopwaitsecs' }
    : limitInstanceExit(stopwaitsecs, overlap.gracefulTimeout);
}

/** Ends whatever is left of a program, beside what the supervisor runs of it at this moment. */
function clearLeftovers({ stopasgroup, stopwaitsecs }: SupervisionFacts, phase: Phase): Step {
  const limit: Limit = stopasgroup
    ? { ms: LEFTOVERS_MS, reason: 'kernel' }
    : { ms: Math.max(LEFTOVERS_MS, stopwaitsecs * SECOND), reason: 'stopwaitsecs' };
  return { id: stepId('leftovers'), phase, do: 'clear-leftovers', limit, atLimit: 'kill' };
}

/**
 * What an earlier run of a program has left may hold its port and its pid file: a second gunicorn master that was promoted when the first
 * one died.
 */
export function clearOrphans(
  { server }: ReloadFacts,
  { supervision }: Supervised,
): readonly Step[] {
  return server.type === 'none' ? [clearLeftovers(supervision, 'switch')] : [];
}

/** The steps that start a program and see it serve. */
export function planStart(
  facts: ReloadFacts,
  options: ReloadOptions,
  { supervision, name }: Supervised,
  workers: number | undefined,
): readonly Step[] {
  const gunicorn = gunicornOf(facts);
  const known = knownOf(facts);
  const boot =
    known !== undefined
      ? limitKnownBoot(known, options)
      : gunicorn === undefined
        ? limitStart(facts.starts, options)
        : limitBoot(knownSettings(gunicorn), options);
  const attempts = 1 + Math.max(0, supervision.startretries);
  const tries: Limit = {
    ms: (supervision.startsecs + attempts) * attempts * SECOND + SUPERVISOR_SLACK_MS,
    reason: 'startsecs',
  };
  return [
    {
      id: stepId('start'),
      phase: 'switch',
      do: 'supervisor',
      call: 'startProcess',
      name,
      effect: { is: 'serving', workers },
      limit: boot.ms >= tries.ms ? boot : tries,
      atLimit: 'degraded',
    },
    ...verifyResult(options, workers, knownSettings(gunicorn)),
  ];
}

const limitsOf = (step: Step): readonly Limit[] => ('limit' in step ? [step.limit] : []);

/** A restart does not begin where the running master is, but where the configuration says. */
function startedAnew(gunicorn: GunicornFacts): GunicornFacts {
  const { directoryNow } = gunicorn.release;
  return gunicorn.preflight === undefined || directoryNow === undefined
    ? gunicorn
    : { ...gunicorn, preflight: { ...gunicorn.preflight, cwd: directoryNow } };
}

/** Stop, then start; with a check of the new code first unless it is a hard restart. */
export function planRestart(
  facts: ReloadFacts,
  options: ReloadOptions,
  supervised: Supervised,
  { hard }: { readonly hard: boolean },
): readonly Step[] {
  const gunicorn = gunicornOf(facts);
  const known = knownOf(facts);
  const settings = knownSettings(gunicorn);
  const stop = planStop(facts, supervised, { thenStart: true });
  const start = planStart(facts, options, supervised, settings?.workers);
  return [
    ...(hard || gunicorn === undefined
      ? []
      : preflight(startedAnew(gunicorn), options, 'check-config', 0)),
    ...(hard || known === undefined ? [] : checkSteps(known, options)),
    ...holdSockets(supervised, [...stop, ...start].flatMap(limitsOf), 'switch'),
    ...stop,
    ...start,
  ];
}
