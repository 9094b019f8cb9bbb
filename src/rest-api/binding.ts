import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { excerpt, SluiceError } from "../core/errors.js";
import { jsonText } from "../core/json-text.js";
import { isPlainObject, type JsonValue } from "../core/json.js";
import type { ParentLink } from "../extract/reader.js";
import { type CompiledPath, compilePath } from "../rest/json-path.js";
import type { IncludeField } from "./config.js";
import type { ParentPlaceholder } from "./placeholders.js";

/** Longer keys of parent rows are hashed: they stand in the state. */
const LONGEST_KEY = 80;

/** A field of the parent that goes into every child row. */
export interface IncludedField {
  /** As the config says it: a key of the parent's row, or a JSONPath within it. */
  readonly key: string;
  /** `_<parent>_<key>`, or the name that the config gives. */
  readonly column: string;
}

/** What a child asks of its parent. */
export interface ParentNeeds {
  readonly placeholders: readonly ParentPlaceholder[];
  readonly included: readonly IncludedField[];
  /** Rows of the parent that share one request; undefined: each has one of its own. */
  readonly parentsPerRequest?: number | undefined;
}

/** What a child needs of one parent row, restored from its JSON form. */
export interface BoundValues {
  /** Placeholder values by JSONPath. */
  readonly values: ReadonlyMap<string, unknown>;
  readonly fields: ReadonlyMap<string, unknown>;
}

/** A field that a child needs is missing in a row of its parent. */
export class MissingParentFieldError extends SluiceError {
  override readonly name: string = "MissingParentFieldError";
  constructor(message: string, resource: string, hint: string) {
    super("SLUICE_MISSING_PARENT_FIELD", message, { resource, hint });
  }
}

/** The column of an included field: the config's name for it, or one of parent and field. */
export function includedField(parent: string, included: string | IncludeField): IncludedField {
  if (typeof included !== "string") return { key: included.field, column: included.as };
  const key = included;
  return {
    key,
    column: `_${parent}_${/^[\w-]+$/.test(key) ? key : key.replace(/[^\p{L}\p{N}]+/gu, "_").replace(/^_+|_+$/g, "")}`,
  };
}

/** Ties a child resource to its parent: picks what it needs of each parent row and adds the included fields to its own rows. */
export function parentLink(
  child: string,
  parent: string,
  { placeholders, included, parentsPerRequest }: ParentNeeds,
): ParentLink {
  const paths = new Map(
    placeholders.map((placeholder) => [placeholder.jsonPath, { placeholder, path: compilePath(placeholder.jsonPath) }]),
  );
  const fields = included.map((field) => ({ ...field, path: compilePath(field.key) }));
  const missing = (what: string, why: string, row: unknown, value?: null): MissingParentFieldError => {
    const keys = isPlainObject(row)
      ? `It has: ${Object.keys(row).slice(0, 50).join(", ")}.`
      : `The row is ${excerpt(row)}.`;
    return new MissingParentFieldError(
      `A row of "${parent}" has ${value === null ? "null as" : "no"} ${excerpt(what)}, which resource "${child}" needs for ${why}`,
      child,
      keys,
    );
  };
  const bindOne = (given: unknown): Bound => {
    const row: unknown = isPlainObject(given) ? given : { value: given };
    const values = [...paths].map(([jsonPath, { placeholder, path }]) => {
      const value = read(row, jsonPath, path);
      // One null among others would be lost in the list.
      if (value === undefined || (value === null && parentsPerRequest !== undefined))
        throw missing(jsonPath, placeholder.source, row, value);
      return [jsonPath, toJson(value)] as const;
    });
    const copies = fields.map(({ key, column, path }) => {
      const value = read(row, key, path);
      if (value === undefined) throw missing(key, `the column "${column}" (includeFromParent)`, row);
      return [column, toJson(value)] as const;
    });
    return {
      values: Object.fromEntries(values),
      ...(copies.length === 0 ? {} : { fields: Object.fromEntries(copies) }),
    };
  };
  const link: ParentLink = {
    resource: parent,
    keyOf(bound) {
      // Only what the request needs: an included field may change while the parent row stays the same.
      const text = jsonText(isPlainObject(bound) ? bound["values"] : null, { sortKeys: true });
      return text.length <= LONGEST_KEY ? text : createHash("sha256").update(text).digest("base64");
    },
    bind(rows) {
      const bound = rows.map(bindOne);
      return parentsPerRequest === undefined ? bound : inBatches(distinct(bound), parentsPerRequest);
    },
  };
  if (fields.length === 0) return link;
  return {
    ...link,
    include(row, bound, onReplaced) {
      // Scalars and lists have no place for another field: they become an object with the column that nested scalars have.
      const own = isPlainObject(row) ? row : { value: row };
      const { fields: copies } = restore(bound);
      for (const [column, value] of copies) {
        const present = Object.hasOwn(own, column) ? own[column] : null;
        if (present !== null && !isDeepStrictEqual(present, value)) onReplaced(column);
      }
      return Object.fromEntries([...Object.entries(own), ...copies]);
    },
  };
}

/** What a child needs of one parent row, as JSON. */
type Bound = {
  readonly values: Readonly<Record<string, JsonValue>>;
  readonly fields?: Readonly<Record<string, JsonValue>>;
};

/** Each once: a value that stands twice in the list of one request asks for nothing more. */
function distinct(bound: readonly Bound[]): Bound[] {
  const seen = new Set<string>();
  return bound.filter((one) => {
    const text = JSON.stringify(one);
    return !seen.has(text) && seen.add(text);
  });
}

/** For each request the values of so many rows: a list per placeholder. */
function inBatches(bound: readonly Bound[], size: number): Bound[] {
  const batches: Bound[] = [];
  for (let from = 0; from < bound.length; from += size) {
    const members = bound.slice(from, from + size);
    const paths = Object.keys(members[0]?.values ?? {});
    const values = paths.map((path) => [path, members.map((one) => one.values[path] ?? null)] as const);
    batches.push({ values: Object.fromEntries(values) });
  }
  return batches;
}

/** Reads what `bind` wrote. */
export function restore(bound: JsonValue): BoundValues {
  const part = (name: "values" | "fields"): ReadonlyMap<string, unknown> => {
    const entries = isPlainObject(bound) ? bound[name] : undefined;
    return new Map(isPlainObject(entries) ? Object.entries(entries).map(([key, value]) => [key, fromJson(value)]) : []);
  };
  return { values: part("values"), fields: part("fields") };
}

/** A key of the row as it stands (dlt's rule, so that `a.b` may be a key), otherwise a JSONPath. */
function read(row: unknown, key: string, path: CompiledPath): unknown {
  return isPlainObject(row) && Object.hasOwn(row, key) ? row[key] : path.first(row);
}

const BIGINT = "$bigint";
const ENTRIES = "$entries";

/** JSON form of a value: bytes as base64, bigint as `{ $bigint: "…" }`, an object that has such keys itself as `{ $entries: [[key, value], …] }`, dates as ISO 8601. */
function toJson(value: unknown): JsonValue {
  if (typeof value === "bigint") return { [BIGINT]: value.toString() };
  if (Array.isArray(value)) return value.map(toJson);
  if (isPlainObject(value)) {
    const entries = Object.entries(value).map(([key, item]) => [key, toJson(item)] as const);
    return Object.hasOwn(value, BIGINT) || Object.hasOwn(value, ENTRIES)
      ? { [ENTRIES]: entries }
      : Object.fromEntries(entries);
  }
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  // Dates and other instances have their own JSON form; functions and symbols have none.
  const json: unknown = JSON.parse(JSON.stringify(value) ?? "null");
  return json as JsonValue;
}

function fromJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromJson);
  if (!isPlainObject(value)) return value;
  if (typeof value[BIGINT] === "string") return BigInt(value[BIGINT]);
  const entries = Array.isArray(value[ENTRIES]) ? (value[ENTRIES] as [string, unknown][]) : Object.entries(value);
  return Object.fromEntries(entries.map(([key, item]) => [key, fromJson(item)]));
}
