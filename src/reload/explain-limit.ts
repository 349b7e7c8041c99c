import type { Condition } from '../policy/plan.ts';
import type { StepFailure } from './events.ts';
import type { Session } from './session.ts';

/** Why a condition was not true in its time, as far as the last look tells. */
export function explainLimit(session: Session, condition: Condition, limitMs: number): StepFailure {
  const limit: StepFailure = { why: 'limit', limitMs };
  switch (condition.is) {
    case 'healthy':
      return session.lastUnhealthy === undefined
        ? limit
        : { why: 'unhealthy', ...session.lastUnhealthy };
    case 'reload-begun':
      return {
        why: 'ignored',
        title: session.parts.serverType?.type.title ?? 'the server',
        limitMs,
      };
    case 'settled':
    case 'serving':
    case 'stopped':
    case 'promoted':
    case 'successor-gone':
    case 'old-instance-gone':
    case 'sockets-held':
      return session.supervisorSilence === undefined
        ? limit
        : { why: 'supervisor', message: session.supervisorSilence };
    case 'bridge-appeared':
    case 'bridge-ready':
    case 'bridge-steady':
    case 'bridge-gone':
    case 'new-worker-appeared':
    case 'new-workers-ready':
    case 'old-workers-left':
    case 'code-read-anew':
    case 'workers-complete':
    case 'retired-gone':
    case 'workers-idle':
    case 'master-ended':
    case 'told':
    case 'logs-reopened':
    case 'took-over':
    case 'workers-steady':
    case 'workers-ready':
    case 'workers-at-least':
    case 'drained':
    case 'nothing-left':
    case 'successor-appeared':
    case 'successor-ready':
    case 'successor-steady':
      return limit;
  }
}
