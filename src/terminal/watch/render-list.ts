import type { Span } from '../live/row.ts';
import { GAP, layLongStatus, type ColumnName, type LaidCell } from '../long-status-table.ts';
import type { Theme } from '../theme.ts';
import { chosenIndex, listedPrograms } from './listed-programs.ts';
import type { ScreenRow } from './screen-row.ts';
import { fitRow } from './screen-row.ts';
import type { WatchState } from './watch-state.ts';

/** What the title of the pane says as well goes first. */
const DISPENSABLE: readonly ColumnName[] = [
  'version',
  'pid',
  'type',
  'reloaded',
  'uptime',
  'memory',
  'cpu',
  'workers',
];

/** Numbers that grow must not push the columns about. */
const AT_LEAST: Partial<Readonly<Record<ColumnName, number>>> = {
  name: 10,
  state: 8,
  memory: 7,
  cpu: 5,
  uptime: 6,
  reloaded: 13,
};

/** One long name must not cost all programs their figures; the title of the pane has all of it. */
const LEAST_NAME = 16;
const NAME_SHARE = 0.35;

const MARK = '> ';
const NO_MARK = '  ';

/** Which part of the list is on the screen: the chosen program always is. */
export function shownRange(
  count: number,
  chosen: number,
  rows: number,
): { readonly from: number; readonly to: number } {
  const from = Math.max(0, Math.min(chosen - Math.floor(rows / 2), count - rows));
  return { from, to: Math.min(count, from + rows) };
}

/** The heading and the programs, one row each; `rows` are for the programs. */
export function renderList(
  state: WatchState,
  theme: Theme,
  rows: number,
): { readonly heading: ScreenRow; readonly programs: readonly ScreenRow[] } {
  const listed = listedPrograms(state);
  const width = state.columns - MARK.length;
  // The whole list decides on the widths, so that scrolling does not change them.
  const table = layLongStatus(listed, theme, {
    width,
    dispensable: DISPENSABLE,
    atLeast: AT_LEAST,
    nameAtMost: Math.max(LEAST_NAME, Math.floor(width * NAME_SHARE)),
  });
  // A name has at least a few columns, however narrow the screen is.
  const fit = (...spans: readonly Span[]): ScreenRow => fitRow(theme, state.columns, spans);
  const heading = fit({ text: NO_MARK }, ...toSpans(table.heading, 'faint'));
  if (listed.length === 0) return { heading, programs: [emptyRow(state, theme)] };
  const chosen = chosenIndex(state, listed);
  const { from, to } = shownRange(listed.length, chosen, rows);
  const programs = table.rows.slice(from, to).map((cells, index): ScreenRow => {
    const isChosen = from + index === chosen;
    const tone = state.trouble === undefined ? undefined : 'faint';
    const spans = toSpans(cells, tone);
    if (!isChosen) return fit({ text: NO_MARK }, ...spans);
    const [name, ...others] = spans;
    return fit(
      { text: MARK, tone: 'active' },
      { text: name?.text ?? '', tone: 'chosen' },
      ...others,
    );
  });
  return { heading, programs };
}

function emptyRow(state: WatchState, theme: Theme): ScreenRow {
  const text =
    state.programs === undefined
      ? 'Looking …'
      : state.programs.length === 0
        ? 'The supervisor has no programs.'
        : 'No program passes the filter.';
  return fitRow(theme, state.columns, [{ text: NO_MARK + text, tone: 'faint' }]);
}

/** `tone` instead of those of the cells. */
function toSpans(cells: readonly LaidCell[], tone?: Span['tone']): readonly Span[] {
  return cells.flatMap((cell, index): readonly Span[] => {
    const before = (index === 0 ? '' : GAP) + cell.before;
    const look = tone ?? cell.tone;
    // One piece a column, so that the pieces of one look are the same ones at the next.
    return [
      ...(before === '' ? [] : [{ text: before }]),
      { text: cell.text, tone: look },
      ...(cell.after === '' ? [] : [{ text: cell.after }]),
    ];
  });
}
