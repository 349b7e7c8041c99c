import { err, ok, type Result } from '../../base/result.ts';

/** How a text is cut into tokens; each is one way of using Python's shlex. */
export interface LexerRules {
  /** Quotes may stand inside a word and are removed; a backslash escapes. Else quotes are kept. */
  readonly posix: boolean;
  /** Whether a character belongs to a word. What is no word, space, quote or comment is a token. */
  readonly isWord: (character: string) => boolean;
  /** Whether '#' begins a comment to the end of the line. */
  readonly comments: boolean;
}

/** The two failures that shlex knows, in its words. */
export type LexerFault = 'No closing quotation' | 'No escaped character';

const SPACES = ' \t\r\n';
const QUOTES = '\'"';

/**
 * Cuts `text` as Python's shlex does (CPython 3.11, Lib/shlex.py), oddities included: without
 * `posix`, a word continues after a comment.
 */
export function tokenize(text: string, rules: LexerRules): Result<readonly string[], LexerFault> {
  const characters = Array.from(text);
  const tokens: string[] = [];
  let at = 0;
  while (at < characters.length) {
    const read = rules.posix ? readPosix(characters, at, rules) : readPlain(characters, at, rules);
    if (!read.ok) return read;
    if (read.value.token !== undefined) tokens.push(read.value.token);
    at = read.value.next;
  }
  return ok(tokens);
}

interface Read {
  readonly token: string | undefined;
  readonly next: number;
}

function readPosix(
  characters: readonly string[],
  start: number,
  rules: LexerRules,
): Result<Read, LexerFault> {
  let token = '';
  let begun = false;
  let at = start;
  for (; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    if (SPACES.includes(character)) {
      if (begun) break;
    } else if (isComment(character, rules)) {
      at = endOfLine(characters, at);
      if (begun) break;
    } else if (character === '\\') {
      const escaped = characters[at + 1];
      if (escaped === undefined) return err('No escaped character');
      token += escaped;
      begun = true;
      at += 1;
    } else if (QUOTES.includes(character)) {
      const quoted = readQuoted(characters, at);
      if (!quoted.ok) return quoted;
      token += quoted.value.token;
      begun = true;
      at = quoted.value.next - 1;
    } else if (rules.isWord(character)) {
      token += character;
      begun = true;
    } else if (begun) {
      return ok({ token, next: at });
    } else {
      return ok({ token: character, next: at + 1 });
    }
  }
  return ok({ token: begun ? token : undefined, next: at + 1 });
}

/** A quoted part; inside double quotes a backslash escapes itself and the quote. */
function readQuoted(
  characters: readonly string[],
  start: number,
): Result<{ readonly token: string; readonly next: number }, LexerFault> {
  const quote = characters[start];
  let token = '';
  for (let at = start + 1; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    if (character === quote) return ok({ token, next: at + 1 });
    if (character === '\\' && quote === '"') {
      const escaped = characters[at + 1];
      if (escaped === undefined) return err('No escaped character');
      token += escaped === '"' || escaped === '\\' ? escaped : `\\${escaped}`;
      at += 1;
    } else {
      token += character;
    }
  }
  return err('No closing quotation');
}

function readPlain(
  characters: readonly string[],
  start: number,
  rules: LexerRules,
): Result<Read, LexerFault> {
  let token = '';
  for (let at = start; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    if (SPACES.includes(character)) {
      if (token !== '') return ok({ token, next: at + 1 });
    } else if (isComment(character, rules)) {
      at = endOfLine(characters, at);
    } else if (token === '' && QUOTES.includes(character)) {
      const closing = characters.indexOf(character, at + 1);
      if (closing === -1) return err('No closing quotation');
      return ok({ token: characters.slice(at, closing + 1).join(''), next: closing + 1 });
    } else if (rules.isWord(character) || QUOTES.includes(character)) {
      token += character;
    } else if (token !== '') {
      return ok({ token, next: at });
    } else {
      return ok({ token: character, next: at + 1 });
    }
  }
  return ok({ token: token === '' ? undefined : token, next: characters.length });
}

function isComment(character: string, rules: LexerRules): boolean {
  return rules.comments && character === '#';
}

/** The index of the line break that ends the line of `start`. */
function endOfLine(characters: readonly string[], start: number): number {
  const lineBreak = characters.indexOf('\n', start);
  return lineBreak === -1 ? characters.length : lineBreak;
}
