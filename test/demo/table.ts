import { padEnd, padStart } from '../../src/terminal/text/width.ts';
import type { Theme, Tone } from '../../src/terminal/theme.ts';

/** One cell: its text and why it stands out, if it does. */
export interface Cell {
  readonly text: string;
  readonly tone?: Tone | undefined;
}

/** One row of the table. */
export interface Row {
  readonly way: Cell;
  readonly sent: Cell;
  readonly failed: Cell;
  readonly longest: Cell;
  readonly serves: Cell;
  readonly exit: Cell;
}

/** Writes the demo's table for a terminal of one width. */
export interface Table {
  /** Whether cells have to be in their short form. */
  readonly isNarrow: boolean;
  header(): string;
  heading(text: string): string;
  row(row: Row): string;
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly align: 'left' | 'right';
}

/** 75 columns wide. */
const WIDE: Readonly<Record<keyof Row, Column>> = {
  way: { title: '', width: 23, align: 'left' },
  sent: { title: 'requests', width: 8, align: 'right' },
  failed: { title: 'failed', width: 6, align: 'right' },
  longest: { title: 'longest wait', width: 12, align: 'right' },
  serves: { title: 'serves after', width: 13, align: 'left' },
  exit: { title: 'exit', width: 4, align: 'right' },
};

/** 59 columns wide. */
const NARROW: Readonly<Record<keyof Row, Column>> = {
  way: { title: '', width: 21, align: 'left' },
  sent: { title: 'sent', width: 4, align: 'right' },
  failed: { title: 'failed', width: 6, align: 'right' },
  longest: { title: 'longest', width: 7, align: 'right' },
  serves: { title: 'serves', width: 7, align: 'left' },
  exit: { title: 'exit', width: 4, align: 'right' },
};

const ORDER = ['way', 'sent', 'failed', 'longest', 'serves', 'exit'] as const;
const GAP = '  ';
const WIDE_COLUMNS = 76;

/** The table for `columns` columns; from 59 on nothing is broken. */
export function createTable(columns: number, theme: Theme): Table {
  const isNarrow = columns < WIDE_COLUMNS;
  const widths = isNarrow ? NARROW : WIDE;
  const indent = isNarrow ? '' : GAP;
  const line = (row: Row): string =>
    ORDER.map((name) => {
      const { width, align } = widths[name];
      const { text, tone } = row[name];
      const own = name === 'way' ? indent + text : text;
      const aligned = align === 'left' ? padEnd(own, width) : padStart(own, width);
      return tone === undefined ? aligned : theme.paint(tone, aligned);
    })
      .join(GAP)
      .trimEnd();
  return {
    isNarrow,
    header: () => {
      const title = (name: keyof Row): Cell => ({ text: widths[name].title, tone: 'faint' });
      return line({
        way: { text: '' },
        sent: title('sent'),
        failed: title('failed'),
        longest: title('longest'),
        serves: title('serves'),
        exit: title('exit'),
      });
    },
    heading: (text) => theme.paint('strong', text),
    row: line,
  };
}
