import { byKind } from '../../base/by-kind.ts';
import type { Condition } from '../../policy/condition.ts';
import type { HealthTerms } from '../../policy/health.ts';
import { countOf, formatSpan } from '../text/quantities.ts';
import { shown } from '../text/shown.ts';

/** A condition as a clause in the present: 'the bridge has 4 ready workers'. Fits after "until" and after a tick mark. */
export const conditionWords = byKind<Condition, 'is', string>('is', {
  'bridge-appeared': 'the bridge has started',
  'bridge-ready': ({ workers }) => `the bridge has ${ready(workers)}`,
  'bridge-steady': ({ ms }) => `the bridge is steady for ${formatSpan(ms)}`,
  'bridge-gone': 'the bridge is gone',
  'new-worker-appeared': 'the master has started a new worker',
  'code-read-anew': 'the new workers have read the code themselves',
  'new-workers-ready': ({ count }) => `the master has ${countOf(count, 'ready new worker')}`,
  'reload-begun': 'its workers begin to change',
  'workers-complete': 'every worker is ready',
  'retired-gone': 'the old workers have finished',
  'workers-idle': 'nothing is in hand any more',
  'master-ended': 'the master has ended',
  told: 'the server has taken it',
  'logs-reopened': ({ by }) =>
    by === 'all'
      ? 'no process has a log file open that was moved away'
      : 'the master, which writes for all, has no log file open that was moved away',
  'took-over': 'the second master has taken the place of the first',
  'workers-steady': ({ count, ms }) => `exactly ${ready(count)} for ${formatSpan(ms)}`,
  'old-workers-left': ({ atMost }) =>
    atMost === 0
      ? 'every old worker is gone'
      : `at most ${countOf(atMost, 'old worker is', 'old workers are')} left`,
  'workers-ready': ({ count }) => `the master has ${ready(count)}`,
  drained: 'every worker of the master is gone',
  'workers-at-least': ({ count }) => `the master has at least ${countOf(count, 'worker')}`,
  settled: ({ workers, ms }) =>
    workers === undefined
      ? `everything is steady for ${formatSpan(ms)}`
      : `${countOf(workers, 'new worker is', 'new workers are')} steady for ${formatSpan(ms)}`,
  healthy: ({ urls, expect }) =>
    urls.length === 1
      ? `${shown(urls[0] ?? '')} answers ${expectWords(expect)}`
      : `${urls.length} health addresses answer ${expectWords(expect)}`,
  serving: ({ workers }) =>
    workers === undefined ? 'it runs and is ready' : `it runs with ${ready(workers)}`,
  stopped: 'the supervisor says that it is stopped',
  'nothing-left': 'no process of the program is left',
  'successor-appeared': 'the successor has started',
  'successor-ready': ({ workers }) =>
    workers === undefined ? 'the successor is ready' : `the successor has ${ready(workers)}`,
  'successor-steady': ({ ms }) => `the successor is steady for ${formatSpan(ms)}`,
  'successor-gone': 'the successor is gone',
  promoted: 'the successor is what the supervisor runs',
  'old-instance-gone': 'the old instance is gone',
  'sockets-held': 'the supervisor holds the listening sockets',
});

/** What a signal asks for that is sent for the sake of a condition. */
const ASKED: Readonly<Partial<Record<Condition['is'], string>>> = {
  'bridge-appeared': 'start a second master',
  'bridge-gone': 'finish and go',
  'new-worker-appeared': 'change to the new code',
  'workers-at-least': 'one more worker',
  'old-workers-left': 'let old workers finish and go',
  'reload-begun': 'change to the new version',
  'workers-idle': 'take nothing new',
  told: 'do it',
  'logs-reopened': 'open the log files anew',
  'master-ended': 'finish and stop',
  drained: 'finish and stop',
  stopped: 'finish and stop',
  'nothing-left': 'finish and stop',
};

/** What a signal asks for, told by the effect that is waited for. */
export const effectWords = (effect: Condition): string =>
  ASKED[effect.is] ?? `until ${conditionWords(effect)}`;

/** What the supervisor does while it ends the old instance. */
const RETIREMENT =
  'TERM by the supervisor; KILL when stopwaitsecs and graceful_timeout are both over (exit 11)';

/** What the words for a condition leave out. */
export function conditionDetails(
  condition: Condition,
): ReadonlyArray<{ readonly label: 'via' | 'until' | 'with'; readonly text: string }> {
  if (condition.is === 'old-instance-gone') return [{ label: 'via', text: RETIREMENT }];
  if (condition.is !== 'healthy') return [];
  const { urls, expect, ...asked } = condition;
  const several = urls.length < 2 ? [] : urls;
  return [
    ...several.map((url) => ({
      label: 'until' as const,
      text: `${shown(url)} answers ${expectWords(expect)}`,
    })),
    ...askedWords(asked),
  ];
}

/** What a request for health says beyond its URL. */
export function askedWords({
  host,
  headers = [],
}: HealthTerms): ReadonlyArray<{ readonly label: 'with'; readonly text: string }> {
  return [
    ...(host === undefined ? [] : [{ label: 'with' as const, text: `Host: ${shown(host)}` }]),
    ...headers.map((name) => ({ label: 'with' as const, text: `${shown(name)}: …` })),
  ];
}

/** '200, 204 or 300-399'. */
function expectWords(expect: HealthTerms['expect']): string {
  if (expect === undefined) return '2xx';
  const words = expect.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`));
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}

function ready(count: number): string {
  return countOf(count, 'ready worker');
}
