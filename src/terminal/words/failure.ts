import { byKind } from '../../base/by-kind.ts';
import type { Role } from '../../policy/plan.ts';
import type { StepFailure } from '../../reload/events.ts';
import { countOf, formatSpan } from '../text/quantities.ts';
import { shown } from '../text/shown.ts';
import { processWords, rolePlural, roleWords, signalWords } from './role.ts';

/** What was observed when a step failed, as a clause. */
export const failureWords = byKind<StepFailure, 'why', string>('why', {
  limit: ({ limitMs }) => `not seen within ${formatSpan(limitMs)}`,
  died: ({ role, pid }) => `${processWords(role, pid)} died`,
  denied: ({ role, pid }) => `no permission to signal ${processWords(role, pid)}`,
  unsafe: ({ role, pid, signal }) =>
    `${processWords(role, pid)} does not catch ${signalWords(signal)} and would die of it, so it was not sent`,
  unsteady: ({ role, ended }) => `${workersOf(role, ended)} ended soon after being ready`,
  supervisor: ({ message }) => `the supervisor said: ${shown(message)}`,
  unhealthy: ({ url, observed }) => `${shown(url)} said: ${shown(observed)}`,
  'health-url-wrong': ({ url, observed }) =>
    `${shown(url)} said: ${shown(observed)}, although the version that runs serves: the health check itself is wrong`,
  sick: ({ url, observed }) =>
    `the version that runs is not healthy itself: ${shown(url)} said: ${shown(observed)}`,
  preflight: (failure) => {
    const what = failure.timedOut ? 'it did not finish in time' : 'it did not load';
    return failure.detail.trim() === '' ? what : `${what}: ${shown(failure.detail)}`;
  },
  'old-code': ({ pid }) =>
    `the new workers run the code that master ${pid} had loaded before: preload_app was on when it started`,
  told: (failure) => `${shown(failure.shown)}: ${shown(failure.detail)}`,
  ignored: ({ title, limitMs }) =>
    `${shown(title)} showed no effect within ${formatSpan(limitMs)}: it has ignored it and goes on as before`,
  hook: ({ detail }) => `the hook failed: ${shown(detail)}`,
  interrupted: 'interrupted',
});

function workersOf(role: Role, count: number): string {
  return role === 'bridge' || role === 'successor'
    ? `${countOf(count, 'worker')} of the ${role}`
    : countOf(count, roleWords(role), rolePlural(role));
}
