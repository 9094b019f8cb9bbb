import { ConfigError } from "../core/errors.js";
import type { JsonObject, JsonValue } from "../core/json.js";
import { isTable } from "./places.js";

/** The types that a setting can be asked for, by name. */
export interface ValueTypes {
  /** Numbers and booleans as their text. */
  readonly string: string;
  /** Also decimal text. */
  readonly number: number;
  /** Also `yes`, `true`, `t`, `y`, `1` and `no`, `false`, `f`, `n`, `0` in any case. */
  readonly boolean: boolean;
  /** A TOML table, or the text of a JSON object. */
  readonly object: JsonObject;
  /** A TOML array, or the text of a JSON array. */
  readonly list: readonly JsonValue[];
  /** As it is written; environment variables are text. */
  readonly any: JsonValue;
}

const TRUE = new Set(["yes", "true", "t", "y", "1"]);
const FALSE = new Set(["no", "false", "f", "n", "0"]);

type Converters = { readonly [T in keyof ValueTypes]: (value: JsonValue) => ValueTypes[T] | undefined };

const CONVERTERS: Converters = {
  string: (value) => (typeof value === "object" ? undefined : String(value)),
  number: (value) => (typeof value === "number" ? value : typeof value === "string" ? parseNumber(value) : undefined),
  boolean: (value) => (typeof value === "object" ? undefined : parseBoolean(String(value).trim().toLowerCase())),
  object: (value) => parsedAs(value, isTable),
  list: (value) => parsedAs(value, isList),
  any: (value) => value,
};

/** `value` as the type that was asked for. Throws `ConfigError` that names the path and the place, never the value. */
export function coerce<T extends keyof ValueTypes>(
  value: JsonValue,
  type: T,
  path: string,
  place: string,
): ValueTypes[T] {
  const converted = CONVERTERS[type](value);
  if (converted !== undefined) return converted;
  const found = isTable(value)
    ? `a table (${Object.keys(value).join(", ")})`
    : isList(value)
      ? "a list"
      : `a ${typeof value}`;
  const hint =
    isTable(value) && type === "string"
      ? `Name one of its keys, or ask for the whole: get("${path}", "object").`
      : undefined;
  throw new ConfigError(
    `"${path}" in ${place} is ${found} that cannot be read as ${type}`,
    hint === undefined ? {} : { hint },
  );
}

function parseNumber(text: string): number | undefined {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : undefined;
}

function parseBoolean(word: string): boolean | undefined {
  return TRUE.has(word) ? true : FALSE.has(word) ? false : undefined;
}

function parsedAs<T extends JsonValue>(value: JsonValue, is: (value: JsonValue) => value is T): T | undefined {
  if (is(value)) return value;
  if (typeof value !== "string") return undefined;
  try {
    const parsed = JSON.parse(value) as JsonValue;
    return is(parsed) ? parsed : undefined;
  } catch {
    return undefined; // Not JSON: the caller reports it with path and place; the parser's message would quote the secret.
  }
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
