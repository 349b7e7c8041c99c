import { formatAge, formatBytes, formatCompact } from './text/quantities.ts';
import { shown } from './text/shown.ts';
import { displayWidth, truncate, truncateMiddle } from './text/width.ts';
import type { StatusRow } from './status-table.ts';
import type { Theme, Tone } from './theme.ts';

/** One process as `status --long` shows it. undefined: not known or not there. */
export interface LongStatusRow extends StatusRow {
  readonly pid: number | undefined;
  /** The server type: 'gunicorn'. */
  readonly type: string | undefined;
  readonly version: string | undefined;
  /** `ready` is undefined where it cannot be seen. */
  readonly workers: { readonly ready: number | undefined; readonly total: number } | undefined;
  readonly memoryBytes: number | undefined;
  /** 100 is one core. */
  readonly cpuPercent: number | undefined;
  readonly uptimeMs: number | undefined;
  /** The last reload that is on record. */
  readonly reloaded:
    | {
        readonly agoMs: number;
        readonly outcome: string;
        /** The code that was refused lies where the next worker loads from. */
        readonly armed?: true;
      }
    | undefined;
}

interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

interface Column {
  readonly heading: string;
  readonly right?: boolean;
  readonly cell: (row: LongStatusRow) => Cell;
}

/** A cell in its place: the blanks around it make it as wide as its column. */
export interface LaidCell {
  readonly before: string;
  readonly text: string;
  readonly after: string;
  readonly tone: Tone | undefined;
}

/** The same columns for every row. */
export interface LaidTable {
  readonly heading: readonly LaidCell[];
  readonly rows: ReadonlyArray<readonly LaidCell[]>;
}

/** What a table is fitted into. */
export interface TableLayout {
  /** In columns; undefined: as wide as it gets. */
  readonly width?: number | undefined;
  /** Which columns give way first; the name and the state never do. */
  readonly dispensable?: readonly ColumnName[];
  /** Widths below which a column does not go, so that a table that is drawn again stays where it is. */
  readonly atLeast?: Partial<Readonly<Record<ColumnName, number>>>;
  /** A name that is longer is shortened before a column gives way for it. */
  readonly nameAtMost?: number | undefined;
}

/** The blanks between two columns. */
export const GAP = '  ';
const NOTHING = '-';

const COLUMNS = {
  name: { heading: 'NAME', cell: ({ name }) => ({ text: shown(name) }) },
  state: {
    heading: 'STATE',
    cell: ({ state }) => ({ text: shown(state, 40), tone: stateTone(state) }),
  },
  pid: { heading: 'PID', right: true, cell: ({ pid }) => ({ text: orNothing(pid, String) }) },
  type: { heading: 'TYPE', cell: ({ type }) => ({ text: orNothing(type, shown) }) },
  version: { heading: 'VERSION', cell: ({ version }) => ({ text: orNothing(version, shown) }) },
  workers: { heading: 'WORKERS', right: true, cell: workersCell },
  memory: {
    heading: 'MEM',
    right: true,
    cell: ({ memoryBytes }) => ({ text: orNothing(memoryBytes, formatBytes) }),
  },
  cpu: {
    heading: 'CPU',
    right: true,
    cell: ({ cpuPercent }) => ({
      text: orNothing(cpuPercent, (percent) => `${percent.toFixed(percent < 9.95 ? 1 : 0)}%`),
    }),
  },
  uptime: {
    heading: 'UPTIME',
    right: true,
    cell: ({ uptimeMs }) => ({ text: orNothing(uptimeMs, formatCompact) }),
  },
  reloaded: { heading: 'RELOADED', cell: reloadedCell },
} as const satisfies Readonly<Record<string, Column>>;

/** The columns of `status --long`. */
export type ColumnName = keyof typeof COLUMNS;

/** Which columns give way first where the terminal is too narrow for all. */
const DISPENSABLE: readonly ColumnName[] = [
  'version',
  'cpu',
  'type',
  'memory',
  'pid',
  'uptime',
  'reloaded',
  'workers',
];

/** `status --long`: a heading and a line a process. `width` in columns; undefined: as wide as it gets. */
export function renderLongStatus(
  rows: readonly LongStatusRow[],
  theme: Theme,
  width?: number,
): string[] {
  const table = layLongStatus(rows, theme, { width });
  const join = (cells: readonly LaidCell[]): string =>
    cells
      .map(({ before, text, after, tone }) => before + paint(theme, tone, text) + after)
      .join(GAP)
      .trimEnd();
  return [theme.paint('faint', join(table.heading)), ...table.rows.map(join)];
}

/** The cells of `status --long`, in the characters that the output can show, not yet painted. */
export function layLongStatus(
  rows: readonly LongStatusRow[],
  theme: Theme,
  { width, dispensable = DISPENSABLE, atLeast = {}, nameAtMost = Infinity }: TableLayout,
): LaidTable {
  const all = Object.keys(COLUMNS) as ColumnName[];
  const widths = new Map(
    all.map((name) => [name, Math.max(atLeast[name] ?? 0, naturalWidth(name, rows, theme))]),
  );
  const natural = widths.get('name') ?? 0;
  widths.set('name', Math.min(natural, nameAtMost));
  const names = width === undefined ? all : fit(all, dispensable, widths, width);
  // What the other columns leave is the name's.
  if (width !== undefined) {
    widths.set('name', natural);
    widths.set('name', roomForName(names, widths, width));
  }
  return {
    heading: names.map((name) => lay(name, { text: COLUMNS[name].heading }, widths, theme)),
    rows: rows.map((row) => names.map((name) => lay(name, COLUMNS[name].cell(row), widths, theme))),
  };
}

function paint(theme: Theme, tone: Tone | undefined, text: string): string {
  return tone === undefined ? text : theme.paint(tone, text);
}

function fit(
  all: readonly ColumnName[],
  dispensable: readonly ColumnName[],
  widths: ReadonlyMap<ColumnName, number>,
  width: number,
): readonly ColumnName[] {
  let names = all;
  for (const next of dispensable) {
    if (totalWidth(names, widths) <= width) return names;
    names = names.filter((name) => name !== next);
  }
  return names;
}

function totalWidth(names: readonly ColumnName[], widths: ReadonlyMap<ColumnName, number>): number {
  const text = names.reduce((sum, name) => sum + (widths.get(name) ?? 0), 0);
  return text + GAP.length * (names.length - 1);
}

function roomForName(
  names: readonly ColumnName[],
  widths: ReadonlyMap<ColumnName, number>,
  width: number,
): number {
  const natural = widths.get('name') ?? 0;
  const others = totalWidth(names, widths) - natural;
  return Math.max(4, Math.min(natural, width - others));
}

function naturalWidth(name: ColumnName, rows: readonly LongStatusRow[], theme: Theme): number {
  const { heading, cell } = COLUMNS[name];
  return Math.max(heading.length, ...rows.map((row) => displayWidth(theme.plain(cell(row).text))));
}

function lay(
  name: ColumnName,
  { text, tone }: Cell,
  widths: ReadonlyMap<ColumnName, number>,
  theme: Theme,
): LaidCell {
  const width = widths.get(name) ?? 0;
  const shorten = name === 'name' ? truncateMiddle : truncate;
  const kept = shorten(theme.plain(text), width, theme.symbols.ellipsis);
  const column: Column = COLUMNS[name];
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(kept)));
  return column.right === true
    ? { before: blanks, text: kept, after: '', tone }
    : { before: '', text: kept, after: blanks, tone };
}

function workersCell({ workers }: LongStatusRow): Cell {
  if (workers === undefined) return { text: NOTHING };
  if (workers.ready === undefined) return { text: `?/${workers.total}` };
  const text = `${workers.ready}/${workers.total}`;
  return workers.ready < workers.total ? { text, tone: 'warn' } : { text };
}

function reloadedCell({ reloaded }: LongStatusRow): Cell {
  if (reloaded === undefined) return { text: NOTHING };
  const text = `${formatAge(reloaded.agoMs)}, ${shown(reloaded.outcome, 40)}`;
  return reloaded.armed === true ? { text: `${text}, armed`, tone: 'warn' } : { text };
}

function stateTone(state: string): Tone {
  switch (state) {
    case 'RUNNING':
      return 'good';
    case 'STARTING':
    case 'STOPPING':
    case 'BACKOFF':
      return 'warn';
    case 'STOPPED':
      return 'faint';
    default:
      return 'bad';
  }
}

function orNothing<T>(value: T | undefined, words: (value: T) => string): string {
  return value === undefined ? NOTHING : words(value);
}
