/** `T` without null among the values of its keys. */
export type WithoutNulls<T> = { [K in keyof T]: Exclude<T[K], null> };

/** The object without the keys that are null or undefined: in a config both mean "not given". */
export function withoutNulls<T extends object>(value: T): WithoutNulls<T> {
  // Object.entries loses the key types; the entries that stay are unchanged.
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null && item !== undefined)) as WithoutNulls<T>;
}
