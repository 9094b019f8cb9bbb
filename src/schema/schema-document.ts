import { parseDocument, stringify } from "yaml";
import { excerpt, messageOf } from "../core/errors.js";
import { isPlainObject } from "../core/json.js";
import { didYouMean } from "../core/nearest.js";
import { SchemaError } from "./errors.js";
import { type ColumnSchema, DATA_TYPES, type StoredSchema, type TableSchema } from "./model.js";
import { copyDocument, newDocument } from "./stored-document.js";

/** Longer texts are no schemas: 10,000 columns have 1 MB. */
const MAX_CHARACTERS = 16 * 1024 * 1024;
const MAX_ALIASES = 100;

/** What dlt's documents know besides `x-…`; a key that is none of them is a slip that would do nothing. */
const SETTINGS = ["schema_contract", "detections", "default_hints", "preferred_types"] as const;
const TABLE = [
  "name",
  "columns",
  "write_disposition",
  "resource",
  "parent",
  "description",
  "schema_contract",
  "table_sealed",
  "filters",
  "table_format",
  "file_format",
  "references",
] as const;
const COLUMN = [
  "name",
  "data_type",
  "nullable",
  "precision",
  "scale",
  "timezone",
  "variant",
  "partition",
  "cluster",
  "unique",
  "sort",
  "primary_key",
  "merge_key",
  "row_key",
  "parent_key",
  "root_key",
  "hard_delete",
  "dedup_sort",
  "incremental",
  "description",
] as const satisfies readonly (keyof ColumnSchema)[];

type Fail = (path: string, what: string) => SchemaError;

/**
 * A schema as YAML, in the form that dlt exports and imports (`<name>.schema.yaml`): names stand as keys only, the type of a
 * column first. Equal schemas give equal text. YAML 1.1 in what is quoted, since Python reads that.
 */
export function schemaToYaml(stored: StoredSchema): string {
  const tables = Object.entries(stored.tables).map(([name, table]) => [name, withoutNames(table)] as const);
  return stringify({ ...stored, tables: Object.fromEntries(tables) }, { version: "1.1", lineWidth: 0 });
}

/**
 * Reads a schema from YAML or JSON: what {@link schemaToYaml} or dlt wrote, or one written by hand, of which `name` and
 * `tables` or `settings` are enough. `file` is for messages. Throws `SchemaError` with the path of what is wrong.
 */
export function schemaFromYaml(text: string, file: string): StoredSchema {
  if (text.length > MAX_CHARACTERS)
    throw new SchemaError(`${file} has ${text.length} characters; a schema has at most ${MAX_CHARACTERS}`);
  const value = parse(text, file);
  const fail: Fail = (path, what) =>
    new SchemaError(`${file}: ${path} ${what}`, {
      path,
      hint: "`sluice schema` prints a schema in the form that is read here.",
    });
  if (!isPlainObject(value)) throw fail("the document", `must be a schema, found ${excerpt(value)}`);
  const { name } = value;
  const tables = value["tables"] ?? {};
  if (typeof name !== "string") throw fail("name", `must be a text, found ${excerpt(name)}`);
  if (!isPlainObject(tables)) throw fail("tables", `must hold tables by name, found ${excerpt(tables)}`);
  for (const [key, table] of Object.entries(tables)) checkTable(`tables.${key}`, table, fail);
  for (const key of ["settings", "normalizers"] as const)
    if (value[key] !== undefined && !isPlainObject(value[key]))
      throw fail(key, `must be an object, found ${excerpt(value[key])}`);
  if (isPlainObject(value["settings"])) checkKeys("settings", value["settings"], SETTINGS, fail);
  const empty = newDocument(name);
  return copyDocument({
    ...empty,
    ...value,
    tables: { ...empty.tables, ...(tables as unknown as StoredSchema["tables"]) },
    previous_hashes: Array.isArray(value["previous_hashes"]) ? value["previous_hashes"].map(String) : [],
  });
}

function parse(text: string, file: string): unknown {
  try {
    const document = parseDocument(text, { uniqueKeys: true });
    if (document.errors[0] !== undefined) throw document.errors[0];
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    throw new SchemaError(`${file} is not YAML: ${messageOf(cause)}`, { cause });
  }
}

function checkTable(path: string, table: unknown, fail: Fail): void {
  if (!isPlainObject(table)) throw fail(path, `must be a table, found ${excerpt(table)}`);
  checkKeys(path, table, TABLE, fail);
  const { columns } = table;
  if (!isPlainObject(columns)) throw fail(`${path}.columns`, `must hold columns by name, found ${excerpt(columns)}`);
  for (const [name, column] of Object.entries(columns)) {
    const at = `${path}.columns.${name}`;
    if (!isPlainObject(column)) throw fail(at, `must be a column, found ${excerpt(column)}`);
    checkKeys(at, column, COLUMN, fail);
    const { data_type: type } = column;
    if (type !== undefined && !DATA_TYPES.some((known) => known === type))
      throw fail(`${at}.data_type`, `must be one of ${DATA_TYPES.join(", ")}; found ${excerpt(type)}`);
  }
}

function checkKeys(path: string, object: object, known: readonly string[], fail: Fail): void {
  const stray = Object.keys(object).find((key) => !key.startsWith("x-") && !known.includes(key));
  if (stray !== undefined)
    throw fail(`${path}.${stray}`, `is not a hint${didYouMean(stray, known)}; known are ${known.join(", ")} and x-…`);
}

function withoutNames(table: TableSchema): object {
  const { name: _, columns, ...rest } = table;
  const entries = Object.entries(columns).map(([column, schema]) => [column, columnForm(schema)] as const);
  return { columns: Object.fromEntries(entries), ...sorted(rest) };
}

function columnForm(column: ColumnSchema): object {
  const { name: _, data_type, nullable, ...rest } = column;
  return {
    ...(data_type === undefined ? {} : { data_type }),
    ...(nullable === undefined ? {} : { nullable }),
    ...sorted(rest),
  };
}

function sorted(properties: object): object {
  return Object.fromEntries(Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1)));
}
