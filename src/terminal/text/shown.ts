import { escapeForTerminal } from './escape.ts';
import { redactText } from '../../base/secrets/redact-text.ts';

/** A word or sentence from outside as it stands inside one of ours: without passwords, one line, harmless and bounded. */
export function shown(text: string, maxLength = 300): string {
  return escapeForTerminal(redactText(text.trim()), { maxLength });
}

/** A value as a shell would need it: quoted only where that matters. */
export function shellWord(text: string): string {
  const word = shown(text, 2_000);
  return /^[\w@%+=:,./~-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
