import type { Theme } from '../theme.ts';
import { padEnd } from '../text/width.ts';
import { KEY_BINDINGS } from './key-bindings.ts';
import { fitRow, type ScreenRow } from './screen-row.ts';

const KEYS_WIDTH = 10;

/** The keys and what they do, in at most `rows` rows; on a low screen without the topics. */
export function renderHelp(theme: Theme, columns: number, rows: number): readonly ScreenRow[] {
  const row = (keys: string, does: string): ScreenRow =>
    fitRow(theme, columns, [
      { text: `  ${padEnd(theme.plain(keys), KEYS_WIDTH)}`, tone: 'active' },
      { text: does },
    ]);
  const all = KEY_BINDINGS.flatMap(({ topic, bindings }, index) => [
    ...(index === 0 ? [] : [[]]),
    fitRow(theme, columns, [{ text: topic, tone: 'strong' }]),
    ...bindings.map(({ keys, does }) => row(keys, does)),
  ]);
  if (all.length <= rows) return all;
  return KEY_BINDINGS.flatMap(({ bindings }) =>
    bindings.map(({ keys, does }) => row(keys, does)),
  ).slice(0, rows);
}
