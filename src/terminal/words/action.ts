import type { Action, Plan } from '../../policy/plan.ts';
import type { Outcome } from '../../reload/events.ts';

/** An action as it is asked for: 'reload', 'hard restart'. */
export function actionWords(action: Action): string {
  switch (action) {
    case 'reload':
    case 'restart':
    case 'start':
    case 'stop':
    case 'scale':
    case 'upgrade':
    case 'signal':
    case 'check':
      return action;
    case 'reopen-logs':
      return 'reopen the logs of';
    case 'hard-restart':
      return 'hard restart';
  }
}

/** What the action has achieved when all went well: 'reloaded'. */
export function achievedWords(action: Action): string {
  switch (action) {
    case 'reload':
      return 'reloaded';
    case 'restart':
    case 'hard-restart':
      return 'restarted';
    case 'start':
      return 'started';
    case 'stop':
      return 'stopped';
    case 'reopen-logs':
      return 'logs reopened';
    case 'scale':
      return 'scaled';
    case 'upgrade':
      return 'upgraded';
    case 'signal':
      return 'signalled';
    case 'check':
      return 'the new code loads';
  }
}

/** What it means that the action was not done: 'not reloaded'. */
export function missedWords(action: Action): string {
  if (action === 'check') return 'the new code does not load';
  return action === 'reopen-logs' ? 'logs not reopened' : `not ${achievedWords(action)}`;
}

/** Whether the action leaves an old version in place when it is not done. */
export function keepsOldVersion(action: Action): boolean {
  return (
    action === 'reload' || action === 'restart' || action === 'hard-restart' || action === 'upgrade'
  );
}

/** Whether an outcome means that what was asked for has been done. */
export function isDone(outcome: Outcome): boolean {
  return outcome === 'done' || outcome === 'done-with-kill';
}

/** What clients notice of a plan, as a sentence without its full stop; undefined where that is plain. */
export function clientsWords(plan: Plan): string | undefined {
  if (plan.clients !== undefined) return plan.clients;
  if (plan.action === 'check') return 'nothing: the running version is not touched';
  if (plan.action === 'stop') return 'requests in flight are answered, later ones are refused';
  if (plan.action === 'start' || plan.action === 'signal') return undefined;
  switch (plan.strategy) {
    case 'bridge':
    case 'rolling':
    case 'overlap':
      return 'nothing: no request fails, and none waits for the new code to boot';
    case 'hup':
      return 'no request fails, but requests wait while the new code boots';
    case 'native':
      return undefined;
    case 'drain':
      return 'jobs that run end; new ones wait until it is started again';
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
