import { ConfigError, excerpt } from "../core/errors.js";
import { isPlainObject } from "../core/json.js";
import { didYouMean } from "../core/nearest.js";
import { isPointInTime } from "../normalize/iso-timestamp.js";
import { camelCaseKeys } from "../rest/canonical.js";
import {
  CONTRACT_MODES,
  DATA_TYPES,
  MERGE_STRATEGIES,
  REPLACE_STRATEGIES,
  WRITE_DISPOSITIONS,
} from "../schema/model.js";
import type { ResourceHints } from "./hints.js";

/** Reads the value of a key in canonical form; undefined when the key does not take it. `path` is where it stands. */
type Reader = (value: unknown, path: string) => unknown;

/** What a key takes. */
interface Rule {
  readonly expects: string;
  readonly read: Reader;
}

type Rules = Readonly<Record<string, Rule>>;

const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";

const text = rule("a text", isText);
const flag = rule("true or false", (value) => typeof value === "boolean");
const count = rule("a whole number from 0", (value) => Number.isInteger(value) && Number(value) >= 0);
const key = rule(
  "the name of a field or a list of names",
  (value) => isText(value) || (Array.isArray(value) && value.every(isText)),
);
const time = rule(
  "a date or a time in ISO 8601, such as 2024-01-31T00:00:00Z",
  (value) => typeof value === "string" && isPointInTime(value),
);
const mode = oneOf(CONTRACT_MODES);
const disposition = oneOf(WRITE_DISPOSITIONS);
const anything = rule("anything", () => true);

const FLAGS = ["nullable", "timezone", "variant", "partition", "cluster", "unique", "sort"] as const;
const KEY_FLAGS = [
  "primaryKey",
  "mergeKey",
  "rowKey",
  "parentKey",
  "rootKey",
  "hardDelete",
  "rowVersion",
  "incremental",
] as const;

const COLUMN: Rules = {
  name: text,
  dataType: oneOf(DATA_TYPES),
  precision: count,
  scale: count,
  dedupSort: oneOf(["asc", "desc"]),
  description: text,
  ...Object.fromEntries([...FLAGS, ...KEY_FLAGS].map((name) => [name, flag])),
};

const NESTED: Readonly<Record<Exclude<keyof ResourceHints, "tableName" | "nestedHints">, Rule>> = {
  writeDisposition: orObject(disposition, {
    disposition,
    strategy: oneOf([...MERGE_STRATEGIES, ...REPLACE_STRATEGIES]),
    deduplicated: flag,
    validityColumnNames: rule(
      "a list of two names",
      (value) => Array.isArray(value) && value.length === 2 && value.every(isText),
    ),
    activeRecordTimestamp: time,
    boundaryTimestamp: time,
    rowVersionColumnName: text,
  }),
  primaryKey: key,
  mergeKey: key,
  columns: { expects: "columns by name, or a list of columns with names", read: readColumns },
  schemaContract: orObject(mode, { tables: mode, columns: mode, dataType: mode }),
  maxTableNesting: count,
  references: rule("a list", (value) => Array.isArray(value)),
  tableFormat: text,
  fileFormat: text,
};

const HINTS: Readonly<Record<keyof ResourceHints, Rule>> = {
  ...NESTED,
  tableName: rule("a name or a function of the row", (value) => isText(value) || typeof value === "function"),
  nestedHints: {
    expects: "hints by the path of the nested table",
    read: (value, path) =>
      isPlainObject(value)
        ? Object.fromEntries(
            Object.entries(value).map(([name, hints]) => [name, readObject(hints, NESTED, `${path}.${name}`)]),
          )
        : undefined,
  },
};

/**
 * Hints from code in either spelling, as canonical ones: keys in camelCase, without those that are undefined or null. The
 * compiler sees the mistakes of those who have one; everybody else learns of them here, and not by rows that were appended
 * where they should have been merged.
 *
 * @param where what has the hints, for messages: `resource "users"`
 * @param others keys besides hints, which are not looked at
 * @throws ConfigError for unknown keys and for values that a key does not take
 */
export function checkedHints<T extends ResourceHints>(
  given: object,
  where: string,
  others: readonly Exclude<keyof T & string, keyof ResourceHints>[] = [],
): T {
  const rules: Rules = { ...HINTS, ...Object.fromEntries(others.map((name) => [name, anything])) };
  return readObject(given, rules, where) as T; // Every key is one of T's, with a value that it takes.
}

function readObject(given: unknown, rules: Rules, path: string): Record<string, unknown> {
  if (typeof given !== "object" || given === null)
    throw new ConfigError(`${path} is ${excerpt(given)}; it must be an object`, { path });
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(camelCaseKeys({ ...given }, path))) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("x-")) continue;
    const known = rules[name];
    if (known === undefined)
      throw new ConfigError(`${path} has no option "${name}"${didYouMean(name, Object.keys(rules))}`, {
        path,
        hint: `Its options are: ${Object.keys(rules).join(", ")}.`,
      });
    const canonical = known.read(value, `${path}.${name}`);
    if (canonical === undefined)
      throw new ConfigError(`${path}.${name} is ${excerpt(value)}; it must be ${known.expects}`, {
        path: `${path}.${name}`,
      });
    result[name] = canonical;
  }
  return result;
}

/** Columns keep the spelling that they have: they are the stored schema's own, and vendors' hints (`x-…`) are among them. */
function readColumns(value: unknown, path: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, hint] of Object.entries(value)) readObject(hint, COLUMN, `${path}.${name}`);
  return value;
}

function rule(expects: string, holds: (value: unknown) => boolean): Rule {
  return { expects, read: (value) => (holds(value) ? value : undefined) };
}

function oneOf(words: readonly string[]): Rule {
  return rule(words.map((word) => `"${word}"`).join(", "), (value) => words.some((word) => word === value));
}

function orObject({ expects, read }: Rule, rules: Rules): Rule {
  return {
    expects: `${expects}, or an object`,
    read: (value, path) => (isPlainObject(value) ? readObject(value, rules, path) : read(value, path)),
  };
}
