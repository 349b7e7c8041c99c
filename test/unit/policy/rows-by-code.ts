/** For each variant of a union, told apart by its code, something. A variant without a row does not compile. */
export type RowsByCode<U extends { readonly code: string }, T> = Readonly<Record<U['code'], T>>;
