import stringWidth from 'fast-string-width';

/** Made when it is first needed: it takes some 30 ms, more than the rest of a command's start. */
let segmenter: Intl.Segmenter | undefined;

/** Columns that `text` takes on a terminal; wide characters take two, combining ones none. */
export function displayWidth(text: string): number {
  // A view that is drawn every second measures thousands of plain words.
  return /^[\x20-\x7e]*$/u.test(text) ? text.length : stringWidth(text);
}

/** `text` cut to at most `width` columns; a cut is shown by `ellipsis`. Never cuts a character in two. */
export function truncate(text: string, width: number, ellipsis = '…'): string {
  if (displayWidth(text) <= width) return text;
  const room = width - displayWidth(ellipsis);
  if (room < 0) return '';
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  let kept = '';
  for (const { segment } of segmenter.segment(text)) {
    if (displayWidth(kept + segment) > room) break;
    kept += segment;
  }
  return kept + ellipsis;
}

/** As {@link truncate}, but the end of `text` is kept as well: what tells names apart stands there as often as not. */
export function truncateMiddle(text: string, width: number, ellipsis = '…'): string {
  if (displayWidth(text) <= width) return text;
  const room = width - displayWidth(ellipsis);
  const endWidth = Math.floor(room / 3);
  if (endWidth < 2) return truncate(text, width, ellipsis);
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  let end = '';
  for (const { segment } of [...segmenter.segment(text)].reverse()) {
    if (displayWidth(segment + end) > endWidth) break;
    end = segment + end;
  }
  return truncate(text, width - displayWidth(end), ellipsis) + end;
}

/** `text` with blanks after it up to `width` columns. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** `text` with blanks before it up to `width` columns. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
}
