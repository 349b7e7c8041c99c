import type { Span } from '../live/row.ts';
import { countOf, formatSpan } from '../text/quantities.ts';
import { shown } from '../text/shown.ts';
import { displayWidth } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import { KEY_BINDINGS } from './key-bindings.ts';
import { layoutOf } from './layout.ts';
import { chosenIndex, listedPrograms } from './listed-programs.ts';
import { renderHelp } from './render-help.ts';
import { renderList, shownRange } from './render-list.ts';
import { renderPane } from './render-pane.ts';
import { fitRow, type ScreenRow } from './screen-row.ts';
import { isAtWork, type WatchAction, type WatchState } from './watch-state.ts';

/** What the screen shows: exactly as many rows as it has, none of them wider than it. */
export function renderWatch(state: WatchState, theme: Theme): readonly ScreenRow[] {
  const layout = layoutOf(state);
  const body =
    state.mode.is === 'help'
      ? renderHelp(theme, state.columns, layout.heading + layout.programs + layout.pane)
      : renderBody(state, theme);
  const room = layout.heading + layout.programs + layout.pane;
  return [
    ...(layout.header === 0 ? [] : [renderHeader(state, theme)]),
    ...(layout.trouble === 0 ? [] : [renderTrouble(state, theme)]),
    ...[...body, ...Array<ScreenRow>(room).fill([])].slice(0, room),
    ...(layout.footer === 0 ? [] : [renderFooter(state, theme)]),
  ];
}

function renderBody(state: WatchState, theme: Theme): readonly ScreenRow[] {
  const layout = layoutOf(state);
  const { heading, programs } = renderList(state, theme, layout.programs);
  const blank = Array<ScreenRow>(layout.programs).fill([]);
  return [
    ...(layout.heading === 0 ? [] : [heading]),
    ...[...programs, ...blank].slice(0, layout.programs),
    ...renderPane(state, theme, layout.pane),
  ];
}

function renderHeader(state: WatchState, theme: Theme): ScreenRow {
  const listed = listedPrograms(state);
  const { from, to } = shownRange(
    listed.length,
    chosenIndex(state, listed),
    layoutOf(state).programs,
  );
  const facts = [
    ...countsOf(state),
    state.filter === '' ? undefined : `filter "${shown(state.filter, 60)}"`,
    state.sort === 'supervisor' && !state.isReversed
      ? undefined
      : `by ${state.sort}${state.isReversed ? ' reversed' : ''}`,
    to - from < listed.length ? `rows ${from + 1}-${to} of ${listed.length}` : undefined,
  ].filter((fact) => fact !== undefined);
  return fitRow(
    theme,
    state.columns,
    [
      { text: 'reloadctl', tone: 'strong' },
      { text: `  ${facts.join(', ')}  ` },
      { text: shown(state.source, 100), tone: 'faint' },
    ],
    [{ text: state.clock }],
  );
}

/** '3 programs', then how many are in which state where they are not all running. */
function countsOf({ programs }: WatchState): readonly string[] {
  if (programs === undefined) return [];
  const counts = new Map<string, number>();
  for (const { state } of programs) counts.set(state, (counts.get(state) ?? 0) + 1);
  counts.delete('RUNNING');
  return [
    countOf(programs.length, 'program'),
    ...[...counts].map(([word, count]) => `${count} ${shown(word, 40)}`),
  ];
}

function renderTrouble(state: WatchState, theme: Theme): ScreenRow {
  const sinceMs = state.sampledAtMs ?? state.trouble?.sinceMs ?? state.askedAtMs ?? state.nowMs;
  const age = formatSpan(Math.floor((state.nowMs - sinceMs) / 1000) * 1000);
  const why = state.trouble === undefined ? 'no answer' : shown(state.trouble.why, 200);
  const text = `${theme.symbols.warning} nothing new for ${age}, retrying: ${why}`;
  return fitRow(theme, state.columns, [{ text, tone: 'bad' }]);
}

function renderFooter(state: WatchState, theme: Theme): ScreenRow {
  const row = (...spans: readonly Span[]): ScreenRow => fitRow(theme, state.columns, spans);
  switch (state.mode.is) {
    case 'filter':
      return row(
        { text: 'Filter: ', tone: 'active' },
        { text: `${state.filter}_` },
        { text: '   Enter keeps it, Esc takes it back', tone: 'faint' },
      );
    case 'confirm':
      return row({ text: questionOf(state, state.mode), tone: 'warn' });
    case 'help':
      return row({ text: 'Any key closes the help.', tone: 'faint' });
    case 'browse':
      return state.message === undefined
        ? renderKeys(state, theme)
        : row({ text: state.message.text, tone: state.message.tone });
  }
}

const KEY_GAP = '  ';

/** The keys that have room, whole ones only. */
function renderKeys(state: WatchState, theme: Theme): ScreenRow {
  const named = KEY_BINDINGS.flatMap(({ bindings }) => bindings).flatMap(({ keys, short }) =>
    short === undefined ? [] : [{ key: keys.split(' ')[0] ?? keys, short }],
  );
  const all = isAtWork(state) ? [{ key: 'Ctrl-C', short: 'end it' }, ...named] : named;
  const shownKeys = dropWhatHasNoRoom(all, state.columns);
  const spans = shownKeys.flatMap(({ key, short }, index): Span[] => [
    { text: index === 0 ? '' : KEY_GAP },
    { text: key, tone: 'active' },
    { text: ` ${short}`, tone: 'faint' },
  ]);
  return fitRow(theme, state.columns, spans);
}

/** Help and the way out, which come last, stay longest; the ones before them go from the right. */
function dropWhatHasNoRoom<T extends { readonly key: string; readonly short: string }>(
  keys: readonly T[],
  columns: number,
): readonly T[] {
  const width = keys.reduce((sum, { key, short }) => sum + displayWidth(`${key} ${short}`), 0);
  if (width + KEY_GAP.length * (keys.length - 1) <= columns || keys.length === 0) return keys;
  const least = Math.max(0, keys.length - 3);
  return dropWhatHasNoRoom(
    keys.filter((_, index) => index !== least),
    columns,
  );
}

function questionOf(
  state: WatchState,
  { action, key }: { readonly action: WatchAction; readonly key: string },
): string {
  const name = shown(state.programs?.find((program) => program.key === key)?.name ?? key, 60);
  const cost =
    action === 'restart'
      ? 'It is stopped and started where nothing gentler loads the new code.'
      : 'Nothing of it will serve.';
  const word = action === 'restart' ? 'Restart' : 'Stop';
  // The answer comes first where the sentence has no room.
  return state.columns < 90
    ? `${word} ${name}? y: yes, any other key: no`
    : `${word} ${name}? ${cost} y: yes, any other key: no`;
}
