import { columnsWith, isComplete } from "../schema/column-merge.js";
import type { ColumnSchema, TableSchema, WriteDisposition } from "../schema/model.js";
import { LOADS_TABLE, STATE_TABLE, SYSTEM_COLUMNS, VERSION_TABLE } from "../schema/system-tables.js";

type Tables = Readonly<Record<string, TableSchema>>;

/** A root table and all tables nested in it, parents before children: what a write disposition applies to. */
export interface TableChain {
  readonly root: TableSchema;
  readonly nested: readonly TableSchema[];
}

const SYSTEM_TABLES: ReadonlySet<string> = new Set([VERSION_TABLE, LOADS_TABLE, STATE_TABLE]);

/** The chains of a schema without the system tables, which the publish writes itself. */
export function dataChains(tables: Tables): TableChain[] {
  const all = Object.values(tables);
  const descendants = (parent: string): TableSchema[] =>
    all.filter((table) => table.parent === parent).flatMap((table) => [table, ...descendants(table.name)]);
  return all
    .filter((table) => table.parent === undefined && !SYSTEM_TABLES.has(table.name))
    .map((root) => ({ root, nested: descendants(root.name) }));
}

/** dlt's default is to append. */
export function dispositionOf({ root }: TableChain): WriteDisposition {
  return root.write_disposition ?? "append";
}

/** Columns that have a type; a column that was hinted and never filled is not created. */
export function completeColumns(table: TableSchema): ColumnSchema[] {
  return Object.values(table.columns).filter(isComplete);
}

/** Column that identifies the row: `_dlt_id`, or the one with dlt's hint. */
export function rowKeyOf(table: TableSchema): string {
  return columnsWith(table.columns, "row_key")[0] ?? SYSTEM_COLUMNS.rowId;
}

/** Column of a nested table that holds the row key of its parent. */
export function parentKeyOf(table: TableSchema): string {
  return columnsWith(table.columns, "parent_key")[0] ?? SYSTEM_COLUMNS.parentId;
}
