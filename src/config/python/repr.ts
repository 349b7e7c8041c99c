const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Python's repr() of a string; supervisord's messages show values this way. */
export function repr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let shown = quote;
  for (const character of text) shown += reprOfCharacter(character, quote);
  return shown + quote;
}

/** Python's ascii() of a string: repr() with everything outside ASCII escaped. */
export function ascii(text: string): string {
  return repr(text).replace(/[^\x20-\x7e]/gu, escapeCodePoint);
}

function reprOfCharacter(character: string, quote: string): string {
  if (character === quote || character === '\\') return `\\${character}`;
  return (
    NAMED[character] ??
    (character !== ' ' && /^[\p{C}\p{Z}]$/u.test(character)
      ? escapeCodePoint(character)
      : character)
  );
}

function escapeCodePoint(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  const hex = point.toString(16);
  if (point <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return point <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
