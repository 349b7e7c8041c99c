import type { Condition } from '../../policy/plan.ts';
import { countOf, formatSpan } from '../text/quantities.ts';
import { shown } from '../text/shown.ts';

/** A condition as a clause in the present: 'the bridge has 4 ready workers'. Fits after "until" and after a tick mark. */
export function conditionWords(condition: Condition): string {
  switch (condition.is) {
    case 'bridge-appeared':
      return 'the bridge has started';
    case 'bridge-ready':
      return `the bridge has ${ready(condition.workers)}`;
    case 'bridge-steady':
      return `the bridge is steady for ${formatSpan(condition.ms)}`;
    case 'bridge-gone':
      return 'the bridge is gone';
    case 'new-worker-appeared':
      return 'the master has started a new worker';
    case 'code-read-anew':
      return 'the new workers have read the code themselves';
    case 'new-workers-ready':
      return `the master has ${countOf(condition.count, 'ready new worker')}`;
    case 'reload-begun':
      return 'its workers begin to change';
    case 'workers-complete':
      return 'every worker is ready';
    case 'retired-gone':
      return 'the old workers have finished';
    case 'workers-idle':
      return 'nothing is in hand any more';
    case 'master-ended':
      return 'the master has ended';
    case 'told':
      return 'the server has taken it';
    case 'logs-reopened':
      return condition.by === 'all'
        ? 'no process has a log file open that was moved away'
        : 'the master, which writes for all, has no log file open that was moved away';
    case 'took-over':
      return 'the second master has taken the place of the first';
    case 'workers-steady':
      return `exactly ${ready(condition.count)} for ${formatSpan(condition.ms)}`;
    case 'old-workers-left':
      return condition.atMost === 0
        ? 'every old worker is gone'
        : `at most ${countOf(condition.atMost, 'old worker is', 'old workers are')} left`;
    case 'workers-ready':
      return `the master has ${ready(condition.count)}`;
    case 'drained':
      return 'every worker of the master is gone';
    case 'workers-at-least':
      return `the master has at least ${countOf(condition.count, 'worker')}`;
    case 'settled':
      return condition.workers === undefined
        ? `everything is steady for ${formatSpan(condition.ms)}`
        : `${countOf(condition.workers, 'new worker is', 'new workers are')} steady for ${formatSpan(condition.ms)}`;
    case 'healthy':
      return condition.urls.length === 1
        ? `${shown(condition.urls[0] ?? '')} answers 2xx`
        : `${condition.urls.length} health addresses answer 2xx`;
    case 'serving':
      return condition.workers === undefined
        ? 'it runs and is ready'
        : `it runs with ${ready(condition.workers)}`;
    case 'stopped':
      return 'the supervisor says that it is stopped';
    case 'nothing-left':
      return 'no process of the program is left';
    case 'successor-appeared':
      return 'the successor has started';
    case 'successor-ready':
      return condition.workers === undefined
        ? 'the successor is ready'
        : `the successor has ${ready(condition.workers)}`;
    case 'successor-steady':
      return `the successor is steady for ${formatSpan(condition.ms)}`;
    case 'successor-gone':
      return 'the successor is gone';
    case 'promoted':
      return 'the successor is what the supervisor runs';
    case 'old-instance-gone':
      return 'the old instance is gone';
    case 'sockets-held':
      return 'the supervisor holds the listening sockets';
  }
}

function ready(count: number): string {
  return countOf(count, 'ready worker');
}
