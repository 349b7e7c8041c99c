import type { AtLimit, Limit, LimitReason, StepId } from '../../policy/plan.ts';
import { formatSpan } from '../text/quantities.ts';

/** Finds the number under which a step is shown; undefined when it is not. */
export type StepNumber = (id: StepId) => number | undefined;

const LIMIT_REASON: Readonly<Record<LimitReason, string>> = {
  'worker-timeout': "gunicorn's timeout",
  'graceful-timeout': 'graceful_timeout',
  asked: 'the timeout you set',
  settle: 'settling time',
  stopwaitsecs: 'stopwaitsecs',
  startsecs: 'startsecs and its retries',
  'master-loop': "the master's main loop",
  kernel: 'the kernel ends killed processes',
  hook: 'hooks',
  health: 'health check',
  'supervisor-call': "the supervisor's answer",
  'server-type': 'what servers of this type need',
  job: 'how long a job may take',
  'not-known': 'nothing says how long it may take',
};

/** Where a limit comes from, in the words of the program that sets it. */
export const limitReasonWords = (reason: LimitReason): string => LIMIT_REASON[reason];

/** A limit with its reason: 'at most 30 s: graceful_timeout', 'at most 30 s since step 4: graceful_timeout'. */
export function limitWords(limit: Limit, numberOf: StepNumber = () => undefined): string {
  const since = limit.since === undefined ? undefined : numberOf(limit.since);
  const start = since === undefined ? '' : ` since step ${since}`;
  return `at most ${formatSpan(limit.ms)}${start}: ${limitReasonWords(limit.reason)}`;
}

const AT_LIMIT: Readonly<Record<AtLimit, string>> = {
  refuse: 'undo, leave the old version as it is (exit 10)',
  kill: 'KILL whoever is still there and go on (exit 11)',
  degraded: 'stop here and say that the service is degraded (exit 12)',
  note: 'say so and go on',
};

/** What follows when a limit is reached. */
export const atLimitWords = (atLimit: AtLimit): string => AT_LIMIT[atLimit];
