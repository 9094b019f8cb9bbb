import { ExactNumber } from "../core/exact-number.js";

/** Any object whose keys become columns. */
export type Dict = Readonly<Record<string, unknown>>;

/** True for objects that are flattened: no list, no `Date`, no bytes. For values as `plainValue` gives them. */
export function isDict(value: unknown): value is Dict {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof ExactNumber)
  );
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
