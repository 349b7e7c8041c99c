import { displayWidth, truncate } from '../text/width.ts';
import type { Theme, Tone } from '../theme.ts';

/** A piece of text with its look. */
export interface Span {
  readonly text: string;
  readonly tone?: Tone | undefined;
}

/**
 * One line of exactly fitting parts: `left` from the left edge, cut where it is too long; `right` at the right edge, never
 * cut. No wider than `width` columns.
 */
export function layRow(theme: Theme, width: number, left: readonly Span[], right?: Span): string {
  const end = right === undefined ? '' : truncate(theme.plain(right.text), width, '');
  const room = Math.max(0, width - (end === '' ? 0 : displayWidth(end) + 2));
  const painted = paintWithin(theme, room, left);
  if (end === '') return painted.text;
  const gap = ' '.repeat(Math.max(0, width - painted.width - displayWidth(end)));
  return painted.text + gap + paint(theme, right?.tone, end);
}

function paintWithin(
  theme: Theme,
  room: number,
  spans: readonly Span[],
): { readonly text: string; readonly width: number } {
  let text = '';
  let used = 0;
  for (const span of spans) {
    const full = theme.plain(span.text);
    const kept = truncate(full, room - used, theme.symbols.ellipsis);
    text += paint(theme, span.tone, kept);
    used += displayWidth(kept);
    if (kept !== full) break;
  }
  return { text, width: used };
}

function paint(theme: Theme, tone: Tone | undefined, text: string): string {
  return tone === undefined ? text : theme.paint(tone, text);
}
