import type { AtLimit, Limit, LimitReason, StepId } from '../../policy/plan.ts';
import { formatSpan } from '../text/quantities.ts';

/** Finds the number under which a step is shown; undefined when it is not. */
export type StepNumber = (id: StepId) => number | undefined;

/** Where a limit comes from, in the words of the program that sets it. */
export function limitReasonWords(reason: LimitReason): string {
  switch (reason) {
    case 'worker-timeout':
      return "gunicorn's timeout";
    case 'graceful-timeout':
      return 'graceful_timeout';
    case 'asked':
      return 'the timeout you set';
    case 'settle':
      return 'settling time';
    case 'stopwaitsecs':
      return 'stopwaitsecs';
    case 'startsecs':
      return 'startsecs and its retries';
    case 'master-loop':
      return "the master's main loop";
    case 'kernel':
      return 'the kernel ends killed processes';
    case 'hook':
      return 'hooks';
    case 'health':
      return 'health check';
    case 'supervisor-call':
      return "the supervisor's answer";
    case 'server-type':
      return 'what servers of this type need';
    case 'job':
      return 'how long a job may take';
  }
}

/** A limit with its reason: 'at most 30 s: graceful_timeout', 'at most 30 s since step 4: graceful_timeout'. */
export function limitWords(limit: Limit, numberOf: StepNumber = () => undefined): string {
  const since = limit.since === undefined ? undefined : numberOf(limit.since);
  const start = since === undefined ? '' : ` since step ${since}`;
  return `at most ${formatSpan(limit.ms)}${start}: ${limitReasonWords(limit.reason)}`;
}

/** What follows when a limit is reached. */
export function atLimitWords(atLimit: AtLimit): string {
  switch (atLimit) {
    case 'refuse':
      return 'undo, leave the old version as it is (exit 10)';
    case 'kill':
      return 'KILL whoever is still there and go on (exit 11)';
    case 'degraded':
      return 'stop here and say that the service is degraded (exit 12)';
    case 'note':
      return 'say so and go on';
  }
}
