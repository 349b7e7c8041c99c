import type { Progress, StepRow } from '../progress.ts';
import { isOnlyNoted, numberOf, pidOf } from '../progress.ts';
import { countOf, formatDuration } from '../text/quantities.ts';
import { wrapHanging } from '../text/wrap.ts';
import type { Theme, Tone } from '../theme.ts';
import { failureWords } from '../words/failure.ts';
import { limitWords } from '../words/limit.ts';
import { limitOf, stepWords } from '../words/step.ts';
import { layRow } from './row.ts';

/** From this part of its limit on a step is shown in the colour of a warning. */
const NEAR_LIMIT = 0.75;

/** Room for the step that matters and its detail, however much there is to undo. */
const LEAST_ROWS = 4;

/** What a list of steps is drawn with. `width` in columns; `nowMs` on the clock of the events; `tick` turns the spinner. */
export interface ListView {
  readonly theme: Theme;
  readonly width: number;
  readonly nowMs: number;
  readonly tick: number;
}

/**
 * The steps with their marks and times, the running one with its limit below, a failed one with what was seen. At most
 * `maxRows` lines: steps far from the running one are counted instead of listed.
 */
export function renderStepList(progress: Progress, view: ListView, maxRows: number): string[] {
  const skipped = progress.steps.filter(({ state }) => state === 'skipped').length;
  const steps = progress.steps
    .filter(({ state }) => state !== 'skipped')
    .map((row) => renderStep(row, progress, view));
  if (skipped > 0) {
    steps.push([
      countRow(view, view.theme.symbols.pending, `${countOf(skipped, 'step')} not begun`),
    ]);
  }
  const undo = progress.undo.map((row) => renderStep(row, progress, view));
  const undoLines = undo.length === 0 ? [] : [view.theme.paint('faint', '  undo'), ...undo.flat()];
  const undoRoom = Math.max(0, maxRows - LEAST_ROWS);
  const undoShown = undoLines.slice(Math.max(0, undoLines.length - undoRoom));
  const focus = progress.steps.findIndex(({ state }) => state !== 'done');
  const room = maxRows - undoShown.length;
  return [...fold(steps, focus === -1 ? steps.length : focus, room, view), ...undoShown];
}

/** Keeps the blocks around `focus` that fit into `maxRows` lines and counts the others. */
function fold(
  blocks: ReadonlyArray<readonly string[]>,
  focus: number,
  maxRows: number,
  view: ListView,
): string[] {
  const rowsOf = (from: number, to: number): number =>
    blocks.slice(from, to).reduce((sum, block) => sum + block.length, 0);
  if (rowsOf(0, blocks.length) <= maxRows) return blocks.flat();
  let from = Math.min(focus, blocks.length - 1);
  let to = from + 1;
  // Two rows are for the counts. What comes next matters a little more than what is done.
  for (let grown = true; grown;) {
    grown = false;
    if (to < blocks.length && rowsOf(from, to + 1) <= maxRows - 2) {
      to += 1;
      grown = true;
    }
    if (from > 0 && rowsOf(from - 1, to) <= maxRows - 2) {
      from -= 1;
      grown = true;
    }
  }
  const { symbols } = view.theme;
  const before = from === 0 ? [] : [countRow(view, symbols.done, `${countOf(from, 'step')} done`)];
  const left = blocks.length - to;
  const after = left === 0 ? [] : [countRow(view, symbols.pending, countOf(left, 'more step'))];
  return [...before, ...blocks.slice(from, to).flat(), ...after].slice(0, maxRows);
}

function countRow(view: ListView, mark: string, text: string): string {
  return layRow(view.theme, view.width, [{ text: `  ${mark} ${text}`, tone: 'faint' }]);
}

function renderStep(row: StepRow, progress: Progress, view: ListView): string[] {
  const { theme, width } = view;
  const title = stepWords(row.step, (role) => pidOf(progress, role));
  const elapsed = elapsedOf(row, view.nowMs);
  const { mark, markTone, titleTone } = lookOf(row, view);
  const near = isNearLimit(row, progress, view.nowMs);
  const first = layRow(
    theme,
    width,
    [
      { text: '  ' },
      { text: mark, tone: markTone },
      { text: ` ${numberWords(row, progress)}`, tone: 'faint' },
      { text: title, tone: titleTone },
    ],
    elapsed === undefined
      ? undefined
      : { text: formatDuration(elapsed), tone: near ? 'warn' : 'faint' },
  );
  return [first, ...detailOf(row, progress, near, view)];
}

/** The number by which limits and explanations name a step; steps of the undo section have none. */
function numberWords(row: StepRow, progress: Progress): string {
  const width = numberWidth(progress);
  const number = progress.undo.includes(row) ? undefined : numberOf(progress, row.step.id);
  return number === undefined ? '' : `${String(number).padStart(width)}  `;
}

function detailIndent(progress: Progress): string {
  return ' '.repeat(4 + numberWidth(progress) + 2);
}

function numberWidth(progress: Progress): number {
  return String(progress.steps.length).length;
}

function detailOf(row: StepRow, progress: Progress, near: boolean, view: ListView): string[] {
  const { theme, width } = view;
  if (row.state === 'failed' && row.failure !== undefined) {
    return wrapHanging(detailIndent(progress), theme.plain(failureWords(row.failure)), width, {
      breakWords: true,
    }).map((line) => theme.paint(toneOfFailure(row), line));
  }
  const limit = row.state === 'running' ? limitOf(row.step) : undefined;
  if (limit === undefined) return [];
  const text = limitWords(limit, (id) => numberOf(progress, id));
  return [
    layRow(theme, width, [{ text: detailIndent(progress) + text, tone: near ? 'warn' : 'faint' }]),
  ];
}

function lookOf(
  row: StepRow,
  view: ListView,
): { readonly mark: string; readonly markTone: Tone; readonly titleTone: Tone | undefined } {
  const { symbols } = view.theme;
  switch (row.state) {
    case 'stopped':
      return { mark: symbols.warning, markTone: 'warn', titleTone: undefined };
    case 'pending':
    case 'skipped':
      return { mark: symbols.pending, markTone: 'faint', titleTone: 'faint' };
    case 'running':
      return {
        mark: symbols.spinner[view.tick % symbols.spinner.length] ?? symbols.pending,
        markTone: 'active',
        titleTone: undefined,
      };
    case 'done':
      return { mark: symbols.done, markTone: 'good', titleTone: undefined };
    case 'failed':
      return {
        mark: isOnlyNoted(row) ? symbols.warning : symbols.failed,
        markTone: toneOfFailure(row),
        titleTone: undefined,
      };
  }
}

function toneOfFailure(row: StepRow): Tone {
  return isOnlyNoted(row) ? 'warn' : 'bad';
}

function elapsedOf(row: StepRow, nowMs: number): number | undefined {
  if (row.elapsedMs !== undefined) return row.elapsedMs;
  if (row.state !== 'running' || row.startedAtMs === undefined) return undefined;
  return Math.max(0, nowMs - row.startedAtMs);
}

function isNearLimit(row: StepRow, progress: Progress, nowMs: number): boolean {
  const limit = limitOf(row.step);
  if (row.state !== 'running' || limit === undefined) return false;
  const since = progress.steps.find(({ step }) => step.id === limit.since) ?? row;
  return nowMs - (since.startedAtMs ?? nowMs) > limit.ms * NEAR_LIMIT;
}
