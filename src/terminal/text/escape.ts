/** How {@link escapeForTerminal} treats a text. */
export interface EscapeOptions {
  /** Keep line feeds and tabs, for text that is printed as a block. CRLF becomes LF. */
  readonly block?: boolean;
  /** The most characters (UTF-16 units) of the result, the final "…" included. Default 300, of a block 30,000. */
  readonly maxLength?: number;
}

/**
 * Everything that a terminal could obey or hide: control characters of both sets, formatting characters (bidirectional
 * overrides, zero-width ones, tags), line and paragraph separators, lone surrogates, private use.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;

/**
 * Text from outside (names, outputs, descriptions, answers of servers) made safe to print: what a terminal could obey
 * is shown as \xNN or \u{NNNN}, and the length is bounded. Escaping twice changes nothing more.
 */
export function escapeForTerminal(text: string, options: EscapeOptions = {}): string {
  const block = options.block === true;
  const maxLength = options.maxLength ?? (block ? 30_000 : 300);
  let result = '';
  // CRLF is the one control sequence with a harmless meaning in a block.
  for (const character of block ? text.replaceAll('\r\n', '\n') : text) {
    const shown = UNPRINTABLE.test(character) ? visible(character, block) : character;
    if (result.length + shown.length > maxLength) return withEllipsis(result, maxLength);
    result += shown;
  }
  return result;
}

function visible(character: string, block: boolean): string {
  if (block && (character === '\n' || character === '\t')) return character;
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u{${code.toString(16).padStart(4, '0')}}`;
}

function withEllipsis(text: string, maxLength: number): string {
  const characters = Array.from(text);
  while (characters.join('').length > maxLength - 1) characters.pop();
  return `${characters.join('')}…`;
}
