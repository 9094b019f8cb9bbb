type NullableKeys<T> = { [K in keyof T]-?: null extends T[K] ? K : undefined extends T[K] ? K : never }[keyof T];

/** `T` with the keys that may be null or undefined optional, and neither among their values. */
export type WithoutNulls<T> = Omit<T, NullableKeys<T>> & { [K in NullableKeys<T>]?: Exclude<T[K], null | undefined> };

/** The object without the keys that are null or undefined: in a config both mean "not given". */
export function withoutNulls<T extends object>(value: T): WithoutNulls<T> {
  // Object.entries loses the key types; the entries that stay are unchanged.
  return Object.fromEntries(
    Object.entries(value).filter(([, item]) => item !== null && item !== undefined),
  ) as WithoutNulls<T>;
}
