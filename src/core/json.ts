/** A value that JSON can carry unchanged. Paginator states, bound parent values and cursors are of this type, so that the journal can hold them. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** A JSON value in which integers beyond 2^53 are `bigint`s; written by `jsonText`. */
export type ExactJson =
  | null
  | boolean
  | number
  | string
  | bigint
  | readonly ExactJson[]
  | { readonly [key: string]: ExactJson | undefined };

/** One record as the API sent it, or as a processing step returned it. Integers beyond 2^53 arrive as `bigint`. */
export type Row = Record<string, unknown>;

/** A copy of `value` with every string in it (not the keys) replaced by what `change` returns. */
export function mapStrings(value: JsonValue, change: (text: string) => string): JsonValue {
  if (typeof value === "string") return change(value);
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map((item) => mapStrings(item, change));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, item === undefined ? item : mapStrings(item, change)]),
  );
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** True for plain objects: not null, not an array, not a Date or another class instance that has its own JSON form. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const proto: unknown = Object.getPrototypeOf(value);
  return proto === Object.prototype || proto === null;
}

/** True for an object whose values are all texts. */
export function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  return isPlainObject(value) && Object.values(value).every((item) => typeof item === "string");
}
