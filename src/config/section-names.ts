import { err, ok, type Result } from '../base/result.ts';
import { repr } from './python/repr.ts';
import { strip } from './python/text.ts';

/** What stands behind the first colon of a section's name, spaces included: 'a' of 'program:a'. */
export function nameInSection(section: string): string {
  return section.slice(section.indexOf(':') + 1);
}

/**
 * The name of a program or group, trimmed; no space, colon or slash. The error is supervisord's.
 */
export function parseName(text: string): Result<string, string> {
  const name = strip(text);
  const forbidden = [' ', ':', '/'].find((character) => name.includes(character));
  return forbidden === undefined
    ? ok(name)
    : err(`Invalid name: ${repr(text)} because of character: ${repr(forbidden)}`);
}
