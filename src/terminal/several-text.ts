import type { Several, TargetEnd } from '../reload/several.ts';
import { formatDuration } from './text/quantities.ts';
import { shown } from './text/shown.ts';
import { padEnd } from './text/width.ts';
import { wrapHanging } from './text/wrap.ts';
import type { Theme, Tone } from './theme.ts';
import { achievedWords, actionWords, isDone } from './words/action.ts';

/** How several targets went: a sentence, and where not all went well a row for each way in which it did not. */
export function renderSeveral(
  several: Several,
  theme: Theme,
  width: number,
): { readonly sentence: string; readonly rows: readonly string[] } {
  const { targets } = several;
  const isWhole = targets.every(({ outcome }) => isGood(outcome));
  const tone: Tone = isWhole ? 'good' : targets.some(isFailure) ? 'bad' : 'warn';
  return {
    sentence: theme.paint(tone, theme.plain(sentenceOf(several))),
    rows: isWhole ? [] : rowsOf(several, theme, width),
  };
}

const isGood = (outcome: TargetEnd['outcome']): boolean =>
  outcome !== 'error' && outcome !== 'not-begun' && outcome !== 'skipped' && isDone(outcome);

const isFailure = ({ outcome }: TargetEnd): boolean =>
  !isGood(outcome) && outcome !== 'not-begun' && outcome !== 'skipped';

function sentenceOf({ action, targets, elapsedMs, exitCode }: Several): string {
  const done = targets.filter(({ outcome }) => isGood(outcome)).length;
  const amount = done === targets.length ? `all ${done}` : `${done} of ${targets.length}`;
  const failed = targets.filter(isFailure).map(({ target }) => shown(target, 80));
  // After one that could not be started or stopped, the others are all the same.
  const what = action === 'start' || action === 'stop' ? 'not' : 'stopped at';
  const stopped = failed.length === 0 ? '' : `, ${what} ${failed.join(' and ')}`;
  const end = failed.length === 0 ? formatDuration(elapsedMs) : `exit ${exitCode}`;
  return `${actionWords(action)}: ${amount} ${achievedWords(action)}${stopped} (${end})`;
}

/** What stands before the targets of an outcome. */
const LABELS: Readonly<Record<TargetEnd['outcome'], string>> = {
  done: 'done',
  'done-with-kill': 'killed',
  refused: 'refused',
  down: 'DOWN',
  degraded: 'DEGRADED',
  failed: 'failed',
  busy: 'busy',
  interrupted: 'interrupted',
  error: 'failed',
  'not-begun': 'not begun',
  skipped: 'not running',
};

const LABEL_WIDTH = 'not running'.length + 2;

function rowsOf({ targets }: Several, theme: Theme, width: number): readonly string[] {
  const labels = [...new Set(targets.map(({ outcome }) => LABELS[outcome]))];
  return labels.flatMap((label) => {
    const names = targets
      .filter(({ outcome }) => LABELS[outcome] === label)
      .map(({ target }) => shown(target, 80));
    return wrapHanging(`  ${padEnd(label, LABEL_WIDTH)}`, theme.plain(names.join(', ')), width);
  });
}
