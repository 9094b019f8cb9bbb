import type { Dialect } from "../destinations/dialect.js";
import type { TableSchema } from "../schema/model.js";
import { PublishError } from "./errors.js";
import { completeColumns } from "./table-chain.js";

/** A column as all sources of a load together want it. */
export interface WantedColumn {
  readonly name: string;
  /** As the engine spells it. */
  readonly type: string;
  /** False when every source has the column and declares it so. */
  readonly nullable: boolean;
  /** True when only nulls were ever seen, so that any type will do. */
  readonly untyped: boolean;
  /** Identifies rows: its values are random, or look so. */
  readonly isRowId: boolean;
}

/** A table as all sources of a load together want it; has at least one column. */
export interface WantedTable {
  readonly name: string;
  readonly columns: readonly WantedColumn[];
}

/**
 * The tables of the schemas that have a column with a type, each of them once: sources may share a table. Throws
 * `PublishError` when they want a column in two types and neither can hold the values of the other.
 */
export function wantedTables(dialect: Dialect, tables: readonly TableSchema[]): WantedTable[] {
  const byName = new Map<string, { name: string; columns: Map<string, WantedColumn>; sources: Set<string>[] }>();
  for (const table of tables) {
    const complete = completeColumns(table);
    if (complete.length === 0) continue; // Declared only; there is nothing to create yet.
    const key = table.name.toLowerCase();
    const entry = byName.get(key) ?? { name: table.name, columns: new Map<string, WantedColumn>(), sources: [] };
    byName.set(key, entry);
    entry.sources.push(new Set(complete.map((column) => column.name)));
    for (const column of complete) {
      const wanted: WantedColumn = {
        name: column.name,
        type: dialect.columnType(column),
        nullable: column.nullable !== false,
        untyped: column["x-null-only"] === true,
        isRowId: column.row_key === true || column.parent_key === true || column.root_key === true,
      };
      const present = entry.columns.get(column.name.toLowerCase());
      entry.columns.set(
        column.name.toLowerCase(),
        present === undefined ? wanted : common(dialect, table.name, present, wanted),
      );
    }
  }
  return [...byName.values()].map(({ name, columns, sources }) => ({
    name,
    columns: [...columns.values()].map((column) => ({
      ...column,
      nullable: column.nullable || !sources.every((names) => names.has(column.name)),
    })),
  }));
}

function common(dialect: Dialect, table: string, a: WantedColumn, b: WantedColumn): WantedColumn {
  const merged = { ...a, nullable: a.nullable || b.nullable };
  if (b.untyped) return merged;
  if (a.untyped || dialect.conversion(a.type, b.type) !== "lossy") return { ...merged, type: b.type, untyped: false };
  if (dialect.conversion(b.type, a.type) !== "lossy") return merged;
  throw new PublishError(
    `Two sources of this load want column "${a.name}" of table "${table}" as ${a.type} and as ${b.type}`,
    {
      table,
      column: a.name,
      hint: "Give the column the same type in both (`columns`), or load one of them into another table.",
    },
  );
}
