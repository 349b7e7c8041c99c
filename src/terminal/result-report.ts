import type { Outcome } from '../reload/events.ts';
import { renderOutput } from './output-block.ts';
import type { EventOf, Progress } from './progress.ts';
import { escapeForTerminal } from './text/escape.ts';
import { padEnd } from './text/width.ts';
import { wrapHanging } from './text/wrap.ts';
import type { Theme, Tone } from './theme.ts';
import { explainRemarks, explainResult, resultSentence, type Explained } from './words/result.ts';
import { outputOf } from './words/refusal.ts';

const LABEL_WIDTH = 'serving'.length + 2;

/** How an outcome looks. */
const TONES: Readonly<Record<Outcome, Tone>> = {
  done: 'good',
  'done-with-kill': 'warn',
  refused: 'warn',
  busy: 'warn',
  interrupted: 'warn',
  down: 'bad',
  degraded: 'bad',
  failed: 'bad',
};

/** The line for stdout that tells how an action ended. */
export function renderSentence(result: EventOf<'result'>, theme: Theme): string {
  const sentence = theme.plain(escapeForTerminal(resultSentence(result), { maxLength: 2_000 }));
  return theme.paint(TONES[result.outcome], sentence);
}

/** The lines for stderr that explain it; none when all went well. `width` in columns. */
export function renderExplanation(progress: Progress, theme: Theme, width: number): string[] {
  return renderRows(explainResult(progress), theme, width);
}

/** The lines for stderr about what happened beside the steps, for a renderer that has not told it yet. */
export function renderRemarkRows(progress: Progress, theme: Theme, width: number): string[] {
  return renderRows(explainRemarks(progress), theme, width);
}

/** What a refusal itself quotes, unless the same was already told by an event. */
export function renderRefusalOutput(progress: Progress, theme: Theme): readonly string[] {
  const refusal = progress.result?.refusal;
  const text = refusal === undefined ? undefined : outputOf(refusal);
  if (text === undefined || progress.outputs.length > 0) return [];
  return renderOutput({ source: 'preflight', text }, theme);
}

function renderRows(rows: readonly Explained[], theme: Theme, width: number): string[] {
  return rows.flatMap(({ label, text }) => {
    const [first = '', ...rest] = wrapHanging(
      `  ${padEnd(label, LABEL_WIDTH)}`,
      theme.plain(text),
      width,
    );
    const head = first.slice(0, 2 + LABEL_WIDTH);
    return [theme.paint('faint', head) + first.slice(head.length), ...rest];
  });
}
