import { byKind } from '../../base/by-kind.ts';
import type { StepFailure } from '../../reload/events.ts';
import type { EventOf } from '../progress.ts';
import { shellWord } from '../text/shown.ts';
import { commandWords, sameCommand } from './command.ts';
import { remedies, type Asked } from './refusal.ts';

const again = ({ action, target }: Asked, ...options: string[]): string =>
  sameCommand(action, target, ...options);

/** What to do about a step that failed. */
const failureRemedies = byKind<StepFailure, 'why', readonly string[], [asked: Asked]>('why', {
  limit: (_, asked) => [
    `If it only needs longer, give it more time: ${again(asked, '--timeout SECONDS')}.`,
    `Otherwise see what it says: ${logCommand(asked)}.`,
  ],
  died: repairVersion,
  unsteady: repairVersion,
  preflight: repairVersion,
  ignored: repairVersion,
  told: repairVersion,
  denied: ({ pid }) => [`Run it as root, or as the user that process ${pid} belongs to.`],
  unsafe: (_, asked) => [
    `If it was still starting, try ${again(asked)} in a few seconds; if not, it is not the server it was taken for: see ${lookCommand(asked)}.`,
  ],
  supervisor: (_, asked) => [
    `Put right what it says, then ${again(asked)}. Its own log: \`reloadctl maintail\`.`,
  ],
  unhealthy: ({ url }, asked) => [
    `Look at it yourself: \`curl -i ${shellWord(url)}\`; its log: ${logCommand(asked)}.`,
  ],
  'health-url-wrong': ({ url, observed }, asked) => [
    `${
      observed === 'status 400'
        ? 'A 400 is mostly about the Host header: name a host that it serves in health_host'
        : 'Put health_url, health_host, health_headers or health_expect right'
    }, then ${again(asked)}. Try it: \`curl -i ${shellWord(url)}\`.`,
    'Where only the new version answers there, leave health_url out this once.',
  ],
  sick: repairVersion,
  'old-code': (_, asked) => [
    `Stop and start it: ${again(asked, '--strategy restart')}; with preload_app off, reloads work from then on.`,
  ],
  hook: (_, asked) => [`See why the hook failed, then ${again(asked)}.`],
  interrupted: (_, asked) => [`Run ${again(asked)} again when it suits.`],
});

function repairVersion(_: StepFailure, asked: Asked): readonly string[] {
  return [
    `Repair the new version or put the previous one back, then ${again(asked)}. Its log: ${logCommand(asked)}.`,
  ];
}

/** What shows that the new version itself is broken. */
const IS_BROKEN: ReadonlySet<StepFailure['why']> = new Set([
  'preflight',
  'died',
  'unsteady',
  'unhealthy',
]);

/** A refused version still lies where the master loads from. */
const ARMED =
  'Do not leave it there: a worker that is replaced for another reason (a crash, max_requests, a timeout) loads it, and can take the running version down.';

function remediesOf(result: EventOf<'result'>): readonly string[] {
  const { action, outcome, refusal, failure } = result;
  if (refusal !== undefined) return remedies(refusal, result);
  if (failure === undefined) return [];
  const isArmed = outcome === 'refused' && action !== 'check' && IS_BROKEN.has(failure.why);
  return isArmed ? [...repairVersion(failure, result), ARMED] : failureRemedies(failure, result);
}

/** What to do after a result that is not simply good; the first is the one to try first. Empty after a good one. */
export const nextSteps = byKind<EventOf<'result'>, 'outcome', readonly string[]>('outcome', {
  done: [],
  'done-with-kill': (result) => [
    result.killed === 0
      ? `See why the master died: ${logCommand(result)}.`
      : 'What the KILLed process was answering may have been cut off. If requests need longer, raise graceful_timeout, and stopwaitsecs with it.',
  ],
  busy: (asked) => [`Wait for the other one to end: ${again(asked, '--wait')}.`],
  down: (asked) => [
    `See why: ${logCommand(asked)}.`,
    `Put a version that works in place, then ${commandWords('start', asked.target)}.`,
  ],
  degraded: (asked) => [
    `See what runs: ${lookCommand(asked)}; and what it says: ${logCommand(asked)}.`,
    `Repair the new version or put the previous one back, then ${again(asked)}.`,
  ],
  interrupted: (asked) => [`Run ${again(asked)} again when it suits.`],
  refused: remediesOf,
  failed: remediesOf,
});

/** Only what a supervisor runs has a status. */
function lookCommand({ target }: Asked): string {
  return isBareProcess(target) ? '`ps -ef --forest`' : commandWords('status', target, '--long');
}

/** Only what a supervisor runs has a log that reloadctl could show. */
function logCommand({ target }: Asked): string {
  return isBareProcess(target)
    ? 'the error log that its configuration names'
    : commandWords('tail', target);
}

function isBareProcess(target: string): boolean {
  return /^pid(?:file)?:/u.test(target);
}
