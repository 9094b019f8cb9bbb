import { isPlainObject } from "../core/json.js";
import type { ColumnSchema, TableSchema } from "./model.js";
import type { TablePatch } from "./schema-change.js";

/** Properties that several columns of a table share: hints that carry one replace it as a whole. */
const COMPOUND = ["primary_key", "merge_key", "partition", "cluster", "incremental"] as const;

type Columns = Record<string, ColumnSchema>;

/** True when the column has a type, so that it exists at the destination. */
export function isComplete(column: ColumnSchema): boolean {
  return column.data_type !== undefined;
}

/** Names of the columns that have `property`. */
export function columnsWith(columns: Readonly<Columns>, property: keyof ColumnSchema): string[] {
  return Object.values(columns)
    .filter((column) => column[property] !== undefined && column[property] !== false)
    .map((column) => column.name);
}

/**
 * Puts `column` into `columns` in place of the one with its name. A column that becomes complete moves to the end, so that
 * the order is that of the first data (dlt 4.5b); otherwise the position stays.
 */
export function putColumn(columns: Columns, column: ColumnSchema): void {
  const present = columns[column.name];
  if (present !== undefined && !isComplete(present) && isComplete(column)) delete columns[column.name];
  columns[column.name] = column;
}

/**
 * Merges a patch into a table as dlt does (4.5b): nothing is removed by absence, but a compound property that the patch
 * carries is first taken from all columns. `holdsData`: columns were loaded before, so their types stay.
 */
export function applyPatch(table: TableSchema, patch: TablePatch, holdsData: boolean): void {
  clearCompound(table.columns, patch.columns);
  for (const hint of patch.columns) putColumn(table.columns, mergeColumn(table.columns[hint.name], hint, holdsData));
  const marks = patch.props["x-normalizer"];
  const processing = { ...table["x-normalizer"], ...(isPlainObject(marks) ? marks : {}) };
  for (const [property, value] of Object.entries(patch.props)) {
    if (value === null) Reflect.deleteProperty(table, property);
    else if (value !== undefined) Reflect.set(table, property, value);
  }
  if (Object.keys(processing).length > 0) table["x-normalizer"] = processing;
}

/** Removes the compound properties that any of `hints` carries from all columns. */
function clearCompound(columns: Columns, hints: readonly ColumnSchema[]): void {
  for (const property of COMPOUND) {
    if (!hints.some((hint) => hint[property] === true)) continue;
    for (const column of Object.values(columns)) delete column[property];
  }
}

/**
 * The column that `hint` makes of `present`: the hint's properties win. Only the type of a column that holds data stays,
 * because no destination is asked to convert it; a column that holds nothing but nulls takes the hinted type.
 */
function mergeColumn(present: ColumnSchema | undefined, hint: ColumnSchema, holdsData: boolean): ColumnSchema {
  if (present === undefined) return { ...hint };
  const merged: ColumnSchema = { ...present, ...hint };
  if (hint.data_type === undefined || present.data_type === undefined) return merged;
  if (present["x-null-only"] === true) delete merged["x-null-only"];
  else if (holdsData) {
    merged.data_type = present.data_type;
    for (const property of ["precision", "scale"] as const) {
      delete merged[property];
      if (present[property] !== undefined) merged[property] = present[property];
    }
  }
  return merged;
}
