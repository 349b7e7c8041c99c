/**
 * Control characters, line and paragraph separators, and marks that change the direction of text.
 */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Foreign text made safe for one line: what a terminal might act on becomes \xNN or \u{NNNN}, and
 * what is longer than `maxLength` characters ends in "…".
 */
export function printable(text: string, maxLength = 200): string {
  const kept = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return kept.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}
