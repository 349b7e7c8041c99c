import { isAbsolute, resolve } from 'node:path/posix';

/** Whose home directories '~' and '~name' mean. */
export interface Homes {
  /** $HOME, else the home directory of our user. */
  readonly own: string | undefined;
  of(name: string): string | undefined;
}

/** Python's os.path.expanduser(): a leading '~' or '~name'; an unknown name stays as it is. */
export function expandUser(path: string, homes: Homes): string {
  const [, name, rest] = /^~([^/]*)(.*)$/s.exec(path) ?? [];
  if (name === undefined || rest === undefined) return path;
  const home = name === '' ? homes.own : homes.of(name);
  if (home === undefined) return path;
  const expanded = home.replace(/(?<!\/)\/+$/, '') + rest;
  return expanded === '' ? '/' : expanded;
}

/** supervisord's normalize_path(): '~' expanded, absolute, without '.' and '..'. */
export function normalizePath(path: string, cwd: string, homes: Homes): string {
  return resolve(cwd, expandUser(path, homes));
}

/** Python's os.path.dirname(): everything before the last slash; '' for a bare name. */
export function directoryOf(path: string): string {
  const head = path.slice(0, path.lastIndexOf('/') + 1);
  return /^\/+$/.test(head) ? head : head.replace(/(?<!\/)\/+$/, '');
}

/** Python's os.path.join() of two paths: the second alone when it is absolute. Not normalised. */
export function joinPaths(directory: string, path: string): string {
  if (isAbsolute(path) || directory === '') return path;
  return directory.endsWith('/') ? directory + path : `${directory}/${path}`;
}
