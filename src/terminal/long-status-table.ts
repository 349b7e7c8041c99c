import { formatAge, formatBytes, formatCompact } from './text/quantities.ts';
import { shown } from './text/shown.ts';
import { displayWidth, padEnd, padStart, truncate } from './text/width.ts';
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
  readonly reloaded: { readonly agoMs: number; readonly outcome: string } | undefined;
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

const GAP = '  ';
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

type ColumnName = keyof typeof COLUMNS;

/** Which columns give way first where the terminal is too narrow for all. The name and the state never do. */
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
  const all = Object.keys(COLUMNS) as ColumnName[];
  const widths = new Map(all.map((name) => [name, naturalWidth(name, rows, theme)]));
  const names = width === undefined ? all : fit(all, widths, width);
  if (width !== undefined) widths.set('name', roomForName(names, widths, width));
  const heading = names.map((name) => lay(name, { text: COLUMNS[name].heading }, widths, theme));
  return [
    theme.paint('faint', heading.join(GAP).trimEnd()),
    ...rows.map((row) =>
      names
        .map((name) => lay(name, COLUMNS[name].cell(row), widths, theme))
        .join(GAP)
        .trimEnd(),
    ),
  ];
}

function fit(
  all: readonly ColumnName[],
  widths: ReadonlyMap<ColumnName, number>,
  width: number,
): readonly ColumnName[] {
  let names = all;
  for (const dispensable of DISPENSABLE) {
    if (totalWidth(names, widths) <= width) return names;
    names = names.filter((name) => name !== dispensable);
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
): string {
  const width = widths.get(name) ?? 0;
  const kept = truncate(theme.plain(text), width, theme.symbols.ellipsis);
  const column: Column = COLUMNS[name];
  const padded = column.right === true ? padStart(kept, width) : padEnd(kept, width);
  return tone === undefined ? padded : padded.replace(kept, () => theme.paint(tone, kept));
}

function workersCell({ workers }: LongStatusRow): Cell {
  if (workers === undefined) return { text: NOTHING };
  if (workers.ready === undefined) return { text: `?/${workers.total}` };
  const text = `${workers.ready}/${workers.total}`;
  return workers.ready < workers.total ? { text, tone: 'warn' } : { text };
}

function reloadedCell({ reloaded }: LongStatusRow): Cell {
  if (reloaded === undefined) return { text: NOTHING };
  return { text: `${formatAge(reloaded.agoMs)}, ${shown(reloaded.outcome, 40)}` };
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
