import type { Dialect } from "../destinations/dialect.js";
import type { ColumnSchema, TableSchema } from "../schema/model.js";
import { SYSTEM_COLUMNS } from "../schema/system-tables.js";
import { completeColumns } from "./table-chain.js";

/** One statement of a publish. */
export interface Statement {
  /** The table that it is about, for errors and counts. */
  readonly table: string;
  readonly sql: string;
  /** True when it inserts rows of the load, which are counted. */
  readonly inserts?: boolean;
}

/** What all statements of one load have in common. */
export interface LoadScope {
  readonly dialect: Dialect;
  readonly dataset: string;
  readonly loadId: string;
  /** ISO 8601 UTC. */
  readonly startedAt: string;
}

/** SQL expressions by column name for columns that are the same in all rows of a load and not in the segments. */
export type Constants = ReadonlyMap<string, string>;

/** Root rows carry the load that they came with; it is known here only, so that segments do not repeat it. */
export function loadConstants({ dialect, loadId }: LoadScope, table: TableSchema): Constants {
  return new Map(table.parent === undefined ? [[SYSTEM_COLUMNS.loadId, dialect.literal(loadId)]] : []);
}

/** The columns that come from the segments. */
export function segmentColumns(table: TableSchema, constants: Constants): ColumnSchema[] {
  return completeColumns(table).filter((column) => !constants.has(column.name));
}

/** Inserts the rows of `relation`, which is called `s` in `where`. */
export function insertRows(
  scope: LoadScope,
  table: TableSchema,
  relation: string,
  constants: Constants,
  where?: string,
): Statement {
  const { dialect, dataset } = scope;
  const columns = completeColumns(table).map((column) => column.name);
  const values = columns.map((name) => constants.get(name) ?? `s.${dialect.quote(name)}`);
  const filter = where === undefined ? "" : ` WHERE ${where}`;
  const sql = `INSERT INTO ${dialect.qualify(dataset, table.name)} (${columns.map((name) => dialect.quote(name)).join(", ")}) SELECT ${values.join(", ")} FROM ${relation} AS s${filter}`;
  return { table: table.name, sql, inserts: true };
}

/** Inserts one row of values as they are. */
export function insertRow(
  { dialect, dataset }: LoadScope,
  table: string,
  row: Readonly<Record<string, string>>,
): Statement {
  const names = Object.keys(row).map((name) => dialect.quote(name));
  return {
    table,
    sql: `INSERT INTO ${dialect.qualify(dataset, table)} (${names.join(", ")}) VALUES (${Object.values(row).join(", ")})`,
  };
}

/** Empties a table and keeps it, with its grants, views and columns that others added. */
export function emptyTable({ dialect, dataset }: LoadScope, table: string): Statement {
  return { table, sql: `DELETE FROM ${dialect.qualify(dataset, table)}` };
}

/** Rows of two relations are the same: `a.k = b.k AND …`. A null key is never the same as anything. */
export function sameKey(dialect: Dialect, a: string, b: string, keys: readonly string[]): string {
  return keys.map((key) => `${a}.${dialect.quote(key)} = ${b}.${dialect.quote(key)}`).join(" AND ");
}
