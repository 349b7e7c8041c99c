/** Shorter values stand in too many places by chance. */
const MIN_LENGTH = 6;

/**
 * Values read as secrets in this process, by their beginnings: one look-up at each place of a text.
 */
const known = new Map<string, Set<string>>();

/**
 * Has {@link hideKnownSecrets} hide `value` from now on. An ordinary word or number is not noted:
 * it could not be told from a program's name.
 */
export function rememberSecret(value: string): void {
  if (value.length < MIN_LENGTH || /^(?:[a-z]+|\d+)$/u.test(value)) return;
  const start = value.slice(0, MIN_LENGTH);
  const same = known.get(start) ?? new Set();
  same.add(value);
  known.set(start, same);
}

/** For tests, which share a process: one test's secret may be an ordinary word in the next. */
export function forgetSecrets(): void {
  known.clear();
}

/** `text` with every value that has been remembered replaced by ***. */
export function hideKnownSecrets(text: string): string {
  if (known.size === 0) return text;
  let shown = '';
  let copied = 0;
  for (let at = 0; at + MIN_LENGTH <= text.length; at += 1) {
    const same = known.get(text.slice(at, at + MIN_LENGTH));
    if (same === undefined) continue;
    let longest = 0;
    for (const value of same) {
      if (value.length > longest && text.startsWith(value, at)) longest = value.length;
    }
    if (longest === 0) continue;
    shown += `${text.slice(copied, at)}***`;
    copied = at + longest;
    at = copied - 1;
  }
  return shown + text.slice(copied);
}
