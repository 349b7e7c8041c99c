import { styleText } from 'node:util';

/** Why a piece of text stands out. What that looks like is decided here alone. */
export type Tone = 'strong' | 'faint' | 'good' | 'bad' | 'warn' | 'active' | 'chosen';

/** The marks of the list of steps and of the bars. */
interface Symbols {
  readonly done: string;
  readonly failed: string;
  readonly pending: string;
  readonly warning: string;
  readonly spinner: readonly string[];
  readonly barFull: string;
  readonly barEmpty: string;
  readonly ellipsis: string;
}

/** How text is put on one output: with or without colour, with or without anything beyond ASCII. */
export interface Theme {
  readonly symbols: Symbols;
  /** `text` in the colour of `tone`; unchanged without colour. To be applied after everything is measured. */
  paint(tone: Tone, text: string): string;
  /** `text` in the characters that the output can show. To be applied before anything is measured. */
  plain(text: string): string;
}

/** What a {@link Theme} depends on. */
export interface ThemeOptions {
  readonly color: boolean;
  readonly unicode: boolean;
}

type Format = Parameters<typeof styleText>[0];

const FORMATS: Readonly<Record<Tone, Format>> = {
  strong: 'bold',
  faint: 'dim',
  good: 'green',
  bad: 'red',
  warn: 'yellow',
  active: 'cyan',
  chosen: 'inverse',
};

const UNICODE: Symbols = {
  done: '✓',
  failed: '✗',
  pending: '·',
  warning: '!',
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
  barFull: '█',
  barEmpty: '░',
  ellipsis: '…',
};

const ASCII: Symbols = {
  done: '+',
  failed: 'x',
  pending: '.',
  warning: '!',
  spinner: ['|', '/', '-', '\\'],
  barFull: '#',
  barEmpty: '.',
  ellipsis: '...',
};

const ASCII_FOR: Readonly<Record<string, string>> = { '→': '->', '…': '...', '·': '-', '×': 'x' };

/** The theme for these abilities. */
export function createTheme(options: ThemeOptions): Theme {
  return {
    symbols: options.unicode ? UNICODE : ASCII,
    paint: options.color
      ? (tone, text) =>
          // Whether the stream wants colour was decided once, by supportsColor.
          text === '' ? '' : styleText(FORMATS[tone], text, { validateStream: false })
      : (_tone, text) => text,
    plain: options.unicode ? (text) => text : toAscii,
  };
}

/**
 * Whether to colour what goes to `stream`: node's own rules (a terminal with colours; NO_COLOR, NODE_DISABLE_COLORS,
 * FORCE_COLOR and TERM=dumb are honoured). A fake stream in tests has no colours.
 */
export function supportsColor(stream: object): boolean {
  try {
    // Node 20 forgets to ask the stream when the format is a list, so that one name is asked for.
    return styleText('bold', '.', { stream: stream as NodeJS.WritableStream }) !== '.';
  } catch {
    // Not a stream of node's: nothing is known of its colours.
    return false;
  }
}

/**
 * Whether the environment promises a UTF-8 terminal, by the order of precedence of locale(7). The Linux console (TERM=linux)
 * has UTF-8 but no glyphs for the marks.
 */
export function supportsUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find(
    (value) => value !== undefined && value !== '',
  );
  return env.TERM !== 'linux' && locale !== undefined && /utf-?8/iu.test(locale);
}

function toAscii(text: string): string {
  return text.replace(/[^\n\t\x20-\x7e]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return ASCII_FOR[character] ?? `\\u{${code.toString(16).padStart(4, '0')}}`;
  });
}
