import { parseInt10 } from '../../config/python/integer.ts';
import { repr } from '../../config/python/repr.ts';

/** What the words of `tail` ask for. */
export type TailRequest =
  | { readonly kind: 'follow'; readonly name: string; readonly channel: 'stdout' | 'stderr' }
  | {
      readonly kind: 'read';
      readonly name: string;
      readonly channel: 'stdout' | 'stderr';
      readonly bytes: number;
    }
  | { readonly kind: 'misuse'; readonly message: string; readonly help: boolean };

/** What the words of `maintail` ask for. */
export type MaintailRequest =
  | { readonly kind: 'follow' }
  | { readonly kind: 'read'; readonly bytes: number }
  | { readonly kind: 'misuse'; readonly message: string; readonly help: boolean };

const DEFAULT_BYTES = 1600;

/** The words of `tail`: [-N or -f] NAME [stdout or stderr] (supervisorctl.py, do_tail). */
export function parseTailWords(words: readonly string[]): TailRequest {
  if (words.length < 1) return misuse('too few arguments', true);
  if (words.length > 3) return misuse('too many arguments', true);
  const modifier = words[0]?.startsWith('-') === true ? words[0] : undefined;
  const rest = modifier === undefined ? words : words.slice(1);
  const [name] = rest;
  if (name === undefined) return misuse('tail requires process name');
  const word = rest.length > 1 ? (rest.at(-1) ?? '').toLowerCase() : 'stdout';
  const channel = (['stdout', 'stderr'] as const).find((each) => each === word);
  if (channel === undefined) return misuse(`bad channel ${repr(word)}`);
  if (modifier === '-f') return { kind: 'follow', name, channel };
  const bytes = modifier === undefined ? DEFAULT_BYTES : parseBytes(modifier);
  if (bytes === undefined) return misuse(`bad argument ${modifier ?? ''}`);
  return { kind: 'read', name, channel, bytes };
}

/** The words of `maintail`: [-N or -f] (supervisorctl.py, do_maintail). */
export function parseMaintailWords(words: readonly string[]): MaintailRequest {
  if (words.length > 1) return misuse('too many arguments', true);
  const [word] = words;
  if (word === undefined) return { kind: 'read', bytes: DEFAULT_BYTES };
  if (word === '-f') return { kind: 'follow' };
  const bytes = word.startsWith('-') ? parseBytes(word) : undefined;
  return bytes === undefined ? misuse(`bad argument ${word}`) : { kind: 'read', bytes };
}

/** '-100' is 100. A negative number ('--5') counts from the start of the log, as it does with supervisorctl. */
function parseBytes(modifier: string): number | undefined {
  const read = parseInt10(modifier.slice(1));
  if (!read.ok) return undefined;
  // More than any log has.
  const limit = Number.MAX_SAFE_INTEGER;
  return Math.max(-limit, Math.min(limit, Number(read.value)));
}

function misuse(message: string, help = false): Extract<TailRequest, { kind: 'misuse' }> {
  return { kind: 'misuse', message: `Error: ${message}`, help };
}
