/** The members of a union whose property `T` can be `K`. */
export type MemberOf<U, T extends keyof U, K> = U extends unknown
  ? K extends U[T]
    ? U
    : never
  : never;

/** What holds for a member of a union: a value, or how that follows from the member. */
export type Said<M, R, A extends readonly unknown[] = []> = R | ((member: M, ...rest: A) => R);

/** The value of an entry for this member. */
export function say<M, R, A extends readonly unknown[]>(
  entry: Said<M, R, A>,
  member: M,
  ...rest: A
): R {
  return typeof entry === 'function'
    ? (entry as (member: M, ...rest: A) => R)(member, ...rest)
    : entry;
}

/**
 * Makes a function of a table with an entry for each kind of a union. A missing kind does not
 * compile.
 */
export function byKind<U, T extends keyof U, R, A extends readonly unknown[] = []>(
  kind: T,
  table: { readonly [K in U[T] & string]: Said<MemberOf<U, T, K>, R, A> },
): (member: U, ...rest: A) => R {
  return (member, ...rest) =>
    say(table[member[kind] as U[T] & string] as Said<U, R, A>, member, ...rest);
}
