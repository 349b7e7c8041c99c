import { directoryOf, joinPaths } from './paths.ts';
import { compareCodePoints } from './text.ts';

/** What globbing asks of the file system. */
export interface GlobFiles {
  isDirectory(path: string): boolean | undefined;
  exists(path: string): boolean;
  list(path: string): readonly string[];
}

const MAGIC = /[*?[]/;
/** So many directories are listed for one pattern: it could have all of a file system in it. */
const MAX_LISTED = 10_000;

/**
 * Python's sorted(glob.glob(pattern)) for an absolute pattern. '**' is '*', and only a dot matches
 * a leading dot. Undefined for a pattern that matches in too many directories.
 */
export function glob(pattern: string, files: GlobFiles): readonly string[] | undefined {
  let listed = 0;
  const bounded: GlobFiles = {
    ...files,
    list: (path) => {
      listed += 1;
      return listed > MAX_LISTED ? [] : files.list(path);
    },
  };
  const paths = [...expandPattern(pattern, bounded)].sort(compareCodePoints);
  return listed > MAX_LISTED ? undefined : paths;
}

function expandPattern(pattern: string, files: GlobFiles): readonly string[] {
  const directory = directoryOf(pattern);
  const base = pattern.slice(pattern.lastIndexOf('/') + 1);
  if (!MAGIC.test(pattern)) {
    if (base === '') return files.isDirectory(directory) === true ? [pattern] : [];
    return files.exists(pattern) ? [pattern] : [];
  }
  const directories =
    directory !== pattern && MAGIC.test(directory) ? expandPattern(directory, files) : [directory];
  return directories.flatMap((each) =>
    matchesIn(each, base, files).map((name) => joinPaths(each, name)),
  );
}

function matchesIn(directory: string, base: string, files: GlobFiles): readonly string[] {
  if (base === '') return files.isDirectory(directory) === true ? [''] : [];
  if (!MAGIC.test(base)) return files.exists(joinPaths(directory, base)) ? [base] : [];
  const parts = parseComponent(base);
  return files
    .list(directory)
    .filter((name) => base.startsWith('.') || !name.startsWith('.'))
    .filter((name) => matches(parts, Array.from(name)));
}

/** What one character of a name has to be; '*' stands for any number of any. */
type Part = '*' | ((character: string) => boolean);

/** One component (Python's fnmatch.translate). */
function parseComponent(pattern: string): readonly Part[] {
  const characters = Array.from(pattern);
  const parts: Part[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    const close = character === '[' ? endOfSet(characters, at) : -1;
    if (character === '*') parts.push('*');
    else if (character === '?') parts.push(() => true);
    else if (close === -1) parts.push((one) => one === character);
    else {
      const set = new RegExp(`^${toSet(characters.slice(at + 1, close).join(''))}$`, 'su');
      parts.push((one) => set.test(one));
      at = close;
    }
  }
  return parts;
}

/**
 * No regular expression, whose time could grow exponentially: only the last star is tried again.
 */
function matches(parts: readonly Part[], name: readonly string[]): boolean {
  let [at, part, star, retry] = [0, 0, -1, 0];
  while (at < name.length) {
    const wanted = parts[part];
    if (wanted === '*') {
      star = part;
      retry = at;
      part += 1;
    } else if (wanted?.(name[at] ?? '') === true) {
      at += 1;
      part += 1;
    } else {
      if (star === -1) return false;
      retry += 1;
      at = retry;
      part = star + 1;
    }
  }
  return parts.slice(part).every((rest) => rest === '*');
}

/** The index of the bracket that closes a set; a first one is a member. -1: no set at all. */
function endOfSet(pattern: readonly string[], open: number): number {
  const first = pattern[open + 1] === '!' ? open + 2 : open + 1;
  return pattern.indexOf(']', first + 1);
}

function toSet(content: string): string {
  const isNegated = content.startsWith('!');
  const members = Array.from(isNegated ? content.slice(1) : content);
  let source = '';
  for (let at = 0; at < members.length; at += 1) {
    const from = members[at] ?? '';
    const to = members[at + 1] === '-' ? members[at + 2] : undefined;
    if (to === undefined) source += escapeMember(from);
    else {
      // A range that runs backwards holds nothing, and is an error for RegExp.
      if (compareCodePoints(from, to) <= 0) source += `${escapeMember(from)}-${escapeMember(to)}`;
      at += 2;
    }
  }
  if (source === '') return isNegated ? '.' : '(?!)';
  return `[${isNegated ? '^' : ''}${source}]`;
}

function escapeMember(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');
}
