import type { StepFailure } from '../../reload/events.ts';
import type { EventOf } from '../progress.ts';
import { shellWord } from '../text/shown.ts';
import { commandWords, sameCommand } from './command.ts';
import { remedies, type Asked } from './refusal.ts';

/** What to do after a result that is not simply good; the first is the one to try first. Empty after a good one. */
export function nextSteps(result: EventOf<'result'>): readonly string[] {
  const asked = { action: result.action, target: result.target };
  switch (result.outcome) {
    case 'done':
      return [];
    case 'done-with-kill':
      if (result.killed === 0) return [`See why it died: ${logCommand(asked)}.`];
      return [
        'What the KILLed process was answering may have been cut off. If requests need longer, raise graceful_timeout, and stopwaitsecs with it.',
      ];
    case 'busy':
      return [
        `Wait for the other one to end: ${sameCommand(result.action, result.target, '--wait')}.`,
      ];
    case 'down':
      return [
        `See why: ${logCommand(asked)}.`,
        `Put a version that works in place, then ${commandWords('start', result.target)}.`,
      ];
    case 'degraded':
      return [
        `See what runs: ${lookCommand(asked)}; and what it says: ${logCommand(asked)}.`,
        `Repair the new version or put the previous one back, then ${sameCommand(result.action, result.target)}.`,
      ];
    case 'interrupted':
      return [`Run ${sameCommand(result.action, result.target)} again when it suits.`];
    case 'refused':
    case 'failed':
      if (result.refusal !== undefined) return remedies(result.refusal, asked);
      return result.failure === undefined ? [] : failureRemedies(result.failure, asked);
  }
}

/** What to do about a step that failed. */
function failureRemedies(failure: StepFailure, asked: Asked): readonly string[] {
  const again = sameCommand(asked.action, asked.target);
  switch (failure.why) {
    case 'limit':
      return [
        `If it only needs longer, give it more time: ${sameCommand(asked.action, asked.target, '--timeout SECONDS')}.`,
        `Otherwise see what it says: ${logCommand(asked)}.`,
      ];
    case 'died':
    case 'unsteady':
    case 'preflight':
    case 'ignored':
    case 'told':
      return [
        `Repair the new version or put the previous one back, then ${again}. Its log: ${logCommand(asked)}.`,
      ];
    case 'denied':
      return [`Run it as root, or as the user that process ${failure.pid} belongs to.`];
    case 'unsafe':
      return [
        `If it was still starting, try ${again} in a few seconds; if not, it is not the server it was taken for: see ${lookCommand(asked)}.`,
      ];
    case 'supervisor':
      return [`Put right what it says, then ${again}. Its own log: \`reloadctl maintail\`.`];
    case 'unhealthy':
      return [
        `Look at it yourself: \`curl -i ${shellWord(failure.url)}\`; its log: ${logCommand(asked)}.`,
      ];
    case 'old-code':
      return [
        `Stop and start it: ${sameCommand(asked.action, asked.target, '--strategy restart')}; with preload_app off, reloads work from then on.`,
      ];
    case 'hook':
      return [`See why the hook failed, then ${again}.`];
    case 'interrupted':
      return [`Run ${again} again when it suits.`];
  }
}

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
