import type { JsonValue } from "../core/json.js";
import { isPlainObject } from "../core/json.js";
import { SchemaError } from "./errors.js";
import type { ColumnSchema, SchemaContract, StoredSchema, TableSchema } from "./model.js";

/** Properties of a table without its name and columns. Null removes a property. */
export type TableProps = { readonly [P in Exclude<keyof TableSchema, "name" | "columns">]?: TableSchema[P] | null };

/** Columns and properties to merge into a table, names normalised; see {@link Schema.mergeTable}. */
export interface TablePatch {
  readonly name: string;
  readonly props: TableProps;
  readonly columns: readonly ColumnSchema[];
}

/** Settings that a source gives to all its tables. Null: back to the default. */
export interface SchemaDefaults {
  readonly maxNesting: number | null;
  readonly rootKey: boolean | null;
  readonly contract: SchemaContract | null;
}

/** One step of a schema's evolution, as the journal keeps it. Applying the same steps in the same order gives the same schema. */
export type SchemaChange =
  | { readonly op: "merge-table"; readonly patch: TablePatch }
  | { readonly op: "set-column"; readonly table: string; readonly column: ColumnSchema }
  | { readonly op: "drop-column"; readonly table: string; readonly column: string }
  | { readonly op: "drop-tables"; readonly tables: readonly string[] }
  | { readonly op: "defaults"; readonly defaults: SchemaDefaults }
  | { readonly op: "settings"; readonly settings: StoredSchema["settings"] }
  | { readonly op: "exactness"; readonly table: string; readonly column: string; readonly exact: boolean };

const OPERATIONS: ReadonlySet<unknown> = new Set<SchemaChange["op"]>([
  "merge-table",
  "set-column",
  "drop-column",
  "drop-tables",
  "defaults",
  "settings",
  "exactness",
]);

/** The changes in a journal record. Throws `SchemaError` when it is none; the journal's checksums vouch for the rest. */
export function readChanges(record: JsonValue): readonly SchemaChange[] {
  if (!Array.isArray(record) || !record.every(isSchemaChange)) {
    throw new SchemaError("A schema record of the load package cannot be read", {
      hint: "It was written by another version. Drop the pending package and run again.",
    });
  }
  return record;
}

function isSchemaChange(value: unknown): value is SchemaChange {
  return isPlainObject(value) && OPERATIONS.has(value["op"]);
}
