/** Cells of a terminal that look the same. */
export interface Run {
  readonly column: number;
  /** In columns. */
  readonly width: number;
  readonly text: string;
  /** Of the sixteen colours of a terminal; undefined: as other text. */
  readonly color?: number | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
}

/** What a terminal shows from a moment on. */
export interface Frame {
  /** Since the recording began. */
  readonly atMs: number;
  readonly rows: ReadonlyArray<readonly Run[]>;
}

/** What to draw. */
export interface Recording {
  readonly columns: number;
  readonly frames: readonly Frame[];
  /** The picture in words, for those who do not see it. */
  readonly title: string;
  /** A line below the terminal. */
  readonly caption: string;
}

const CELL_WIDTH = 8.4;
const LINE_HEIGHT = 19;
const MARGIN = 20;
const BAR = 34;
/** The last frame stays for so long before the recording begins again. */
const HOLD_MS = 6000;

/** On a dark ground, which is legible on a light page and on a dark one. */
const GROUND = '#1b1f27';
const BORDER = '#3d4452';
const TEXT = '#d5dae3';
const MUTED = '#8b94a5';
const COLORS: Readonly<Record<number, string>> = {
  1: '#f47067',
  2: '#7ee787',
  3: '#e3b341',
  4: '#79b8ff',
  5: '#d2a8ff',
  6: '#76e3ea',
};

/**
 * A recording as an SVG that moves by CSS alone. Where nothing may move, or CSS is not understood, its last
 * frame is shown.
 */
export function drawRecording({ columns, frames, title, caption }: Recording): string {
  const height = Math.max(...frames.map(({ rows }) => rows.length));
  const size = {
    width: Math.ceil(columns * CELL_WIDTH) + 2 * MARGIN,
    height: BAR + height * LINE_HEIGHT + 2 * MARGIN + LINE_HEIGHT,
  };
  const lines = new Map<string, string>();
  const drawn = frames.map(({ rows }, index) => {
    const uses = rows.flatMap((row, at) => {
      const drawing = row.map(drawRun).join('');
      if (drawing === '') return [];
      if (!lines.has(drawing)) lines.set(drawing, `l${lines.size}`);
      return [`<use href="#${lines.get(drawing) ?? ''}" y="${at * LINE_HEIGHT}"/>`];
    });
    return `<g class="f f${index}">${uses.join('')}</g>`;
  });
  const definitions = [...lines].map(([drawing, id]) => `<text id="${id}">${drawing}</text>`);
  const captionAt = size.height - MARGIN + 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img" aria-label="${escape(title)}">`,
    `<title>${escape(title)}</title>`,
    `<style>${style(frames)}</style>`,
    `<defs>${definitions.join('\n')}</defs>`,
    `<rect x="0.5" y="0.5" width="${size.width - 1}" height="${size.height - 1}" rx="10" fill="${GROUND}" stroke="${BORDER}"/>`,
    ...[0, 1, 2].map((at) => `<circle cx="${MARGIN + at * 18}" cy="18" r="5.5" fill="${BORDER}"/>`),
    `<g transform="translate(${MARGIN} ${BAR + MARGIN})">`,
    ...drawn,
    '</g>',
    `<text x="${MARGIN}" y="${captionAt}" class="m">${escape(caption)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function style(frames: readonly Frame[]): string {
  const from = frames[0]?.atMs ?? 0;
  const total = (frames.at(-1)?.atMs ?? 0) - from + HOLD_MS;
  const percent = (ms: number): string => `${((100 * (ms - from)) / total).toFixed(2)}%`;
  const moving = frames.map(({ atMs }, index) => {
    const next = frames[index + 1];
    const end = next === undefined ? '' : `${percent(next.atMs)}{visibility:hidden}`;
    const begin = index === 0 ? '' : '0%{visibility:hidden}';
    return `@keyframes k${index}{${begin}${percent(atMs)}{visibility:visible}${end}}.f${index}{animation:k${index} ${total}ms step-end infinite}`;
  });
  return [
    `text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:${TEXT};white-space:pre}`,
    `.m{fill:${MUTED}}`,
    '.b{font-weight:bold}',
    '.d{opacity:.62}',
    ...Object.entries(COLORS).map(([color, value]) => `.c${color}{fill:${value}}`),
    `.f{visibility:hidden}.f${frames.length - 1}{visibility:visible}`,
    `@media (prefers-reduced-motion:no-preference){${moving.join('')}}`,
  ].join('\n');
}

function drawRun({ column, width, text, color, bold, dim }: Run): string {
  if (text.trim() === '') return '';
  const names = [
    ...(color === undefined || COLORS[color % 8] === undefined ? [] : [`c${color % 8}`]),
    ...(bold ? ['b'] : []),
    ...(dim || color === 8 ? ['d'] : []),
  ];
  const place = `x="${round(column * CELL_WIDTH)}" textLength="${round(width * CELL_WIDTH)}"`;
  const look = names.length === 0 ? '' : ` class="${names.join(' ')}"`;
  return `<tspan ${place}${look} xml:space="preserve">${escape(text)}</tspan>`;
}

const round = (value: number): string => String(Math.round(value * 10) / 10);

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
