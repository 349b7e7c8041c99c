import type { Span } from '../live/row.ts';
import { displayWidth, truncate } from '../text/width.ts';
import type { Theme } from '../theme.ts';

/**
 * One row of the screen, never wider than it: pieces of text with their look, so that a piece that has changed can be drawn alone, or a
 * line that has been painted already.
 */
export type ScreenRow = readonly Span[] | string;

/** A row of exactly fitting parts: `left` from the left edge, cut where it is too long; `right` at the right edge, left out where
 * it would take more than half of the row. */
export function fitRow(
  theme: Theme,
  width: number,
  left: readonly Span[],
  right: readonly Span[] = [],
): readonly Span[] {
  const end = right.map((span) => ({ ...span, text: theme.plain(span.text) }));
  const endWidth = widthOf(end);
  const room = width - endWidth - 2;
  if (endWidth === 0 || room < width / 2) return cut(theme, width, left);
  const fitted = cut(theme, room, left);
  return [...fitted, { text: ' '.repeat(width - endWidth - widthOf(fitted)) }, ...end];
}

/** The columns that a row takes. */
export function widthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { text }) => sum + displayWidth(text), 0);
}

function cut(theme: Theme, width: number, spans: readonly Span[]): readonly Span[] {
  const fitted: Span[] = [];
  let room = width;
  for (const { text, tone } of spans) {
    const plain = theme.plain(text);
    const kept = truncate(plain, room, theme.symbols.ellipsis);
    fitted.push({ text: kept, tone });
    room -= displayWidth(kept);
    if (kept !== plain) break;
  }
  return fitted;
}
