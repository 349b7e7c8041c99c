import { padEnd, padStart } from '../../../src/terminal/text/width.ts';
import { wrapText } from '../../../src/terminal/text/wrap.ts';

/** One column: numbers stand to the right. */
interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** Rows that belong together, below a heading of their own unless it is ''. */
export interface Group {
  readonly heading: string;
  readonly rows: ReadonlyArray<readonly string[]>;
}

/** A table with its words, to be printed or written. */
export interface Table {
  readonly title: string;
  /** What the headings of the groups are; '' when they have none. */
  readonly groupTitle: string;
  readonly columns: readonly Column[];
  readonly groups: readonly Group[];
  /** Paragraphs that say how to read it. */
  readonly notes: readonly string[];
}

/** Text is read more easily when it is no wider. */
const MOST_TEXT_COLUMNS = 80;
/** Below this the gaps between columns are narrow. */
const ROOMY_COLUMNS = 64;

/** A table as lines for a terminal `room` columns wide; from 60 on it fits. */
export function toLines({ title, columns, groups, notes }: Table, room: number): readonly string[] {
  const all = [columns.map((column) => column.title), ...groups.flatMap(({ rows }) => rows)];
  const widths = columns.map((_, index) => Math.max(...all.map((row) => row[index]?.length ?? 0)));
  const gap = room < ROOMY_COLUMNS ? ' ' : '  ';
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, index) => {
        const pad = align === 'left' ? padEnd : padStart;
        return pad(cells[index] ?? '', widths[index] ?? 0);
      })
      .join(gap)
      .trimEnd();
  return [
    title,
    ...notes.flatMap((note) => wrapText(note, Math.min(room, MOST_TEXT_COLUMNS))),
    '',
    line(columns.map((column) => column.title)),
    ...groups.flatMap(({ heading, rows }) => [
      ...(heading === '' ? [] : [heading]),
      ...rows.map(line),
    ]),
    '',
  ];
}

/** A table as a section of Markdown. */
export function toMarkdown({ title, groupTitle, columns, groups, notes }: Table): string {
  const hasGroups = groupTitle !== '';
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeCell).join(' | ')} |`;
  const titles = columns.map((column) => column.title);
  const rules = columns.map(({ align }) => (align === 'left' ? ':--' : '--:'));
  return [
    `## ${title}`,
    '',
    ...notes.flatMap((note) => [note, '']),
    line(hasGroups ? [groupTitle, ...titles] : titles),
    line(hasGroups ? [':--', ...rules] : rules),
    ...groups.flatMap(({ heading, rows }) =>
      rows.map((row, index) => line(hasGroups ? [index === 0 ? heading : '', ...row] : row)),
    ),
    '',
  ].join('\n');
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
