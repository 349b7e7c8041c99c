import type { Role } from '../../policy/plan.ts';
import type { StepFailure } from '../../reload/events.ts';
import { countOf, formatSpan } from '../text/quantities.ts';
import { shown } from '../text/shown.ts';
import { processWords, rolePlural, roleWords, signalWords } from './role.ts';

/** What was observed when a step failed, as a clause. */
export function failureWords(failure: StepFailure): string {
  switch (failure.why) {
    case 'limit':
      return `not seen within ${formatSpan(failure.limitMs)}`;
    case 'died':
      return `${processWords(failure.role, failure.pid)} died`;
    case 'denied':
      return `no permission to signal ${processWords(failure.role, failure.pid)}`;
    case 'unsafe':
      return `${processWords(failure.role, failure.pid)} does not catch ${signalWords(failure.signal)} and would die of it, so it was not sent`;
    case 'unsteady':
      return `${workersOf(failure.role, failure.ended)} ended soon after being ready`;
    case 'supervisor':
      return `the supervisor said: ${shown(failure.message)}`;
    case 'unhealthy':
      return `${shown(failure.url)} said: ${shown(failure.observed)}`;
    case 'preflight': {
      const what = failure.timedOut ? 'it did not finish in time' : 'it did not load';
      return failure.detail.trim() === '' ? what : `${what}: ${shown(failure.detail)}`;
    }
    case 'old-code':
      return `the new workers run the code that master ${failure.pid} had loaded before: preload_app was on when it started`;
    case 'told':
      return `${shown(failure.shown)}: ${shown(failure.detail)}`;
    case 'ignored':
      return `${shown(failure.title)} showed no effect within ${formatSpan(failure.limitMs)}: it has ignored it and goes on as before`;
    case 'hook':
      return `the hook failed: ${shown(failure.detail)}`;
    case 'interrupted':
      return 'interrupted';
  }
}

function workersOf(role: Role, count: number): string {
  return role === 'bridge' || role === 'successor'
    ? `${countOf(count, 'worker')} of the ${role}`
    : countOf(count, roleWords(role), rolePlural(role));
}
