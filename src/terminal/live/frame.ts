import type { Progress } from '../progress.ts';
import { formatDuration } from '../text/quantities.ts';
import { shown } from '../text/shown.ts';
import { displayWidth } from '../text/width.ts';
import { wrapHanging } from '../text/wrap.ts';
import { headline, subjectWords } from '../words/headline.ts';
import { noteWeight, noteWords } from '../words/note.ts';
import { holderWords, isWorrying, pastRemarkWords, remarkWords } from '../words/remark.ts';
import { layRow } from './row.ts';
import { renderStepList, type ListView } from './step-list.ts';
import { renderWorkerBars } from './worker-bars.ts';

/** A frame shows the latest remarks; the transcript has them all. */
const REMARKS_IN_FRAME = 3;

/** A transcript stays readable: a rolling reload of many workers has a hundred steps. */
const STEP_ROWS_IN_TRANSCRIPT = 40;

/** How a frame is drawn: {@link ListView} and how many rows there are. */
export interface FrameView extends ListView {
  readonly rows: number;
  /** What the action is about, until its plan is there. */
  readonly target: string;
}

/** What a terminal shows while an action runs: never wider than `width`, never higher than `rows`. */
export function renderFrame(progress: Progress, view: FrameView): string[] {
  if (progress.plan === undefined) return [renderBeginning(progress, view)];
  const head = [...renderHead(progress, view, view.nowMs), ...renderNotes(progress, view)];
  const remarks = renderRemarks(progress, view, REMARKS_IN_FRAME);
  const bars = renderWorkerBars(progress, view.theme, view.width);
  const foot = [...section(remarks), ...section(bars)];
  const room = view.rows - head.length - foot.length - 1;
  // On a terminal of a few rows the steps matter most.
  if (room < 4) {
    const [title = ''] = head;
    return [title, ...renderStepList(progress, view, view.rows - 1)];
  }
  return [...head, '', ...renderStepList(progress, view, room), ...foot];
}

/** What stays on the terminal when the action has ended: the same without what has no meaning any more. */
export function renderTranscript(progress: Progress, view: ListView): string[] {
  const elapsed = progress.result?.elapsedMs ?? view.nowMs;
  return [
    ...renderHead(progress, view, elapsed),
    ...renderNotes(progress, view),
    ...renderStepList(progress, view, STEP_ROWS_IN_TRANSCRIPT),
    ...renderRemarks(progress, view, Infinity),
  ];
}

/** Before there is a plan: somebody else is waited for, or the program is looked at. */
function renderBeginning(progress: Progress, view: FrameView): string {
  const { theme, width, tick } = view;
  const spinner = theme.symbols.spinner[tick % theme.symbols.spinner.length] ?? '';
  const waiting = progress.remarks.findLast(({ event }) => event === 'lock-wait');
  const what =
    waiting?.event === 'lock-wait'
      ? `waiting for ${holderWords(waiting)}`
      : `looking at ${shown(view.target, 80)}`;
  return layRow(theme, width, [{ text: spinner, tone: 'active' }, { text: ` ${what}` }]);
}

function renderHead(progress: Progress, view: ListView, elapsedMs: number): string[] {
  const { theme, width } = view;
  if (progress.plan === undefined) return [];
  const title = headline(progress.plan);
  const subject = subjectWords(progress.plan);
  const elapsed = { text: formatDuration(elapsedMs), tone: 'faint' } as const;
  const inOne = `${title}  ${subject}  ${elapsed.text}`;
  const head = { text: title, tone: 'strong' } as const;
  if (displayWidth(theme.plain(inOne)) <= width) {
    return [layRow(theme, width, [head, { text: `  ${subject}`, tone: 'faint' }], elapsed)];
  }
  return [
    layRow(theme, width, [head], elapsed),
    layRow(theme, width, [{ text: `  ${subject}`, tone: 'faint' }]),
  ];
}

function renderNotes(progress: Progress, view: ListView): string[] {
  const { theme, width } = view;
  const notes = progress.plan?.notes ?? [];
  return notes.flatMap((note) => {
    const weight = noteWeight(note);
    // Why this strategy was chosen is for `plan`; here only what may surprise somebody.
    if (weight === 'why') return [];
    const tone = weight === 'warn' ? 'warn' : 'faint';
    const mark = weight === 'warn' ? theme.symbols.warning : theme.symbols.pending;
    return wrapHanging(`  ${mark} `, theme.plain(noteWords(note)), width, {
      breakWords: true,
    }).map((line) => theme.paint(tone, line));
  });
}

function renderRemarks(progress: Progress, view: ListView, most: number): string[] {
  const { theme, width } = view;
  const remarks = most === Infinity ? progress.remarks : progress.remarks.slice(-most);
  const wordsOf = progress.plan === undefined ? remarkWords : pastRemarkWords;
  return remarks.flatMap((remark) =>
    wrapHanging(
      `  ${isWorrying(remark) ? theme.symbols.warning : theme.symbols.pending} `,
      theme.plain(wordsOf(remark)),
      width,
      { breakWords: true },
    ).map((line) => theme.paint(isWorrying(remark) ? 'warn' : 'faint', line)),
  );
}

function section(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}
