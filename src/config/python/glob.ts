import { directoryOf, joinPaths } from './paths.ts';
import { compareCodePoints } from './text.ts';

/** What globbing asks of the file system. */
export interface GlobFiles {
  isDirectory(path: string): boolean | undefined;
  exists(path: string): boolean;
  list(path: string): readonly string[];
}

const MAGIC = /[*?[]/;

/**
 * The paths that match an absolute `pattern`, in order of code points: Python's sorted(glob.glob(pattern)). '**' is '*', there
 * are no braces, and a leading dot has to be matched by a dot.
 */
export function glob(pattern: string, files: GlobFiles): readonly string[] {
  return [...expandPattern(pattern, files)].sort(compareCodePoints);
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
  const expression = toExpression(base);
  return files
    .list(directory)
    .filter((name) => base.startsWith('.') || !name.startsWith('.'))
    .filter((name) => expression.test(name));
}

/** One component as a regular expression (Python's fnmatch.translate). */
function toExpression(pattern: string): RegExp {
  let source = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    const close = character === '[' ? endOfSet(pattern, at) : -1;
    if (character === '*') source += '.*';
    else if (character === '?') source += '.';
    else if (close === -1) source += character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
    else {
      source += toSet(pattern.slice(at + 1, close));
      at = close;
    }
  }
  return new RegExp(`^${source}$`, 'su');
}

/** The index of the bracket that closes a set; one right after the opening is a member. -1: no set at all. */
function endOfSet(pattern: string, open: number): number {
  const first = pattern.charAt(open + 1) === '!' ? open + 2 : open + 1;
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
