import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Every executable file `name` on PATH, in its order. */
export function findOnPath(name: string): readonly string[] {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => join(directory, name))
    .filter(isExecutable);
}

/** Whether we may execute `file`. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // Not there, or not ours to execute.
  }
}
