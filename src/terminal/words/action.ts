import type { Action } from '../../policy/actions.ts';
import type { Plan } from '../../policy/plan.ts';
import type { Outcome } from '../../reload/events.ts';

/** How an action is spoken of. */
interface ActionWords {
  /** As it is asked for. */
  readonly asked: string;
  /** What it has achieved when all went well. */
  readonly achieved: string;
  /** What it means that it was not done; 'not ' and what it achieves where nothing stands here. */
  readonly missed?: string;
  /** What a server cannot be told that does not know it; 'to ' and what is asked for otherwise. */
  readonly notOffered?: string;
  /** An old version is left in place when it is not done. */
  readonly keepsOldVersion?: true;
}

const WORDS: Readonly<Record<Action, ActionWords>> = {
  reload: { asked: 'reload', achieved: 'reloaded', notOffered: 'reload', keepsOldVersion: true },
  restart: { asked: 'restart', achieved: 'restarted', keepsOldVersion: true },
  'hard-restart': { asked: 'hard restart', achieved: 'restarted', keepsOldVersion: true },
  start: { asked: 'start', achieved: 'started' },
  stop: { asked: 'stop', achieved: 'stopped' },
  'reopen-logs': {
    asked: 'reopen the logs of',
    achieved: 'logs reopened',
    missed: 'logs not reopened',
    notOffered: 'reopen its logs',
  },
  scale: { asked: 'scale', achieved: 'scaled', notOffered: 'be given more or fewer workers' },
  upgrade: { asked: 'upgrade', achieved: 'upgraded', keepsOldVersion: true },
  check: {
    asked: 'check',
    achieved: 'the new code loads',
    missed: 'the new code does not load',
  },
};

/** An action as it is asked for: 'reload', 'hard restart'. */
export const actionWords = (action: Action): string => WORDS[action].asked;

/** What the action has achieved when all went well: 'reloaded'. */
export const achievedWords = (action: Action): string => WORDS[action].achieved;

/** What it means that the action was not done: 'not reloaded'. */
export const missedWords = (action: Action): string =>
  WORDS[action].missed ?? `not ${achievedWords(action)}`;

/** What a server that does not know the action cannot: 'reload', 'be told to upgrade'. */
export const notOfferedWords = (action: Action): string =>
  WORDS[action].notOffered ?? `be told to ${actionWords(action)}`;

/** Whether the action leaves an old version in place when it is not done. */
export const keepsOldVersion = (action: Action): boolean => WORDS[action].keepsOldVersion === true;

/** Whether an outcome means that what was asked for has been done. */
export function isDone(outcome: Outcome): boolean {
  return outcome === 'done' || outcome === 'done-with-kill';
}

/** What clients notice of a plan, as a sentence without its full stop; undefined where that is plain. */
export function clientsWords(plan: Plan): string | undefined {
  if (plan.clients !== undefined) return plan.clients;
  if (plan.action === 'check') return 'nothing: the running version is not touched';
  if (plan.action === 'stop') return 'requests in flight are answered, later ones are refused';
  if (plan.action === 'start') return undefined;
  switch (plan.strategy) {
    case 'bridge':
    case 'rolling':
    case 'overlap':
      return 'nothing: no request fails, and none waits for the new code to boot';
    case 'hup':
      return 'no request fails, but requests wait while the new code boots';
    case 'native':
      return undefined;
    case 'restart':
    case undefined:
      return holdsSockets(plan)
        ? 'no request is refused, but requests wait from the stop until the new version serves'
        : 'requests are refused from the stop until the new version serves';
  }
}

function holdsSockets({ steps }: Plan): boolean {
  return steps.some((step) => step.do === 'supervisor' && step.call === 'holdSockets');
}
