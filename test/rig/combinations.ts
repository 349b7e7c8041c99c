import type { PythonName } from './python.ts';

const isEverything = process.env.RELOADCTL_TEST_ALL !== undefined;

/**
 * The rows of a table of tests that do the same with both environments: all of them in `make test-all`, those with the newest one
 * (or all, where there is none) in `make test`. Not for what the releases do differently.
 */
export function combinations<T extends PythonName | { readonly python: PythonName }>(
  rows: readonly T[],
): readonly T[] {
  const isNewest = (row: T): boolean => (typeof row === 'string' ? row : row.python) === 'newest';
  const newest = rows.filter(isNewest);
  return isEverything || newest.length === 0 ? rows : newest;
}
