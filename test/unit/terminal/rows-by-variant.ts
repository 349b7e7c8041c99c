/**
 * For each variant of a union, told apart by field `K`, one or more examples with the words for it. A variant without a row
 * does not compile.
 */
export type RowsByVariant<U extends Record<K, string>, K extends keyof U> = {
  readonly [V in U[K]]: ReadonlyArray<readonly [Extract<U, Record<K, V>>, string]>;
};

/** The rows of every variant in one list, for it.each. */
export function allRows<U extends Record<K, string>, K extends keyof U>(
  table: RowsByVariant<U, K>,
): ReadonlyArray<readonly [U, string]> {
  return Object.values<ReadonlyArray<readonly [U, string]>>(table).flat();
}
