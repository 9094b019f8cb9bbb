import type { Dialect } from "../destinations/dialect.js";
import { columnsWith } from "../schema/column-merge.js";
import type { TableSchema } from "../schema/model.js";
import { SYSTEM_COLUMNS } from "../schema/system-tables.js";
import { chooseRows, insertChosen, type Merge } from "./merge.js";
import { mergeKeysOf } from "./mergeable.js";
import { type LoadScope, loadConstants, sameKey, type Statement } from "./statements.js";
import { rowKeyOf } from "./table-chain.js";

/** dlt's names of the validity columns, for schemas without its hints. */
const VALID_FROM = "_dlt_valid_from";
const VALID_TO = "_dlt_valid_to";

/**
 * Statements of `scd2`: every version of a row is kept, with the time from which and to which it was valid.
 *
 * Versions that are not in this load any more end at the boundary (the start of the run, or the table's
 * `x-boundary-timestamp`); new versions begin there. With a merge key only rows whose key is in the load can end, so that a
 * load need not be complete. A version that is there unchanged is left alone. Nested rows are only ever added.
 *
 * A declared version column (`x-row-version`) tells the versions of one key apart: two keys may both have a version 1. Rows
 * without a key, or with a null in it, are told apart by their content, which their row ids are made of.
 */
export function scd2(merge: Merge): Statement[] {
  const { scope, chain, root } = merge;
  const { dialect, dataset } = scope;
  const table = chain.root;
  const target = dialect.qualify(dataset, table.name);
  const chosen = dialect.temporary("sluice_chosen");
  const version = columnsWith(table.columns, "x-row-version")[0] ?? SYSTEM_COLUMNS.rowId;
  const [validFrom, validTo] = validityColumns(table);
  const boundary = dialect.timestamp(table["x-boundary-timestamp"] ?? scope.startedAt);
  const forever = activeRecord(scope, table, validTo);
  const isActive = `t.${dialect.quote(validTo)} ${forever === undefined ? "IS NULL" : `= ${forever}`}`;
  const { primary, merge: mergeKey } = mergeKeysOf(table);
  const rowKey = rowKeyOf(table);
  const identity = version === rowKey ? [] : [...new Set([...primary, ...mergeKey])];
  const isSame = [sameKey(dialect, "t", "s", [version]), ...identity.map((key) => sameOrNull(dialect, key))].join(
    " AND ",
  );
  const distinct = [version, ...identity].map((name) => dialect.quote(name));
  if (version !== rowKey) distinct.push(contentWithoutKey(dialect, identity, rowKey));

  const ends = [isActive, `NOT EXISTS (SELECT 1 FROM ${root.relation} AS s WHERE ${isSame})`];
  if (mergeKey.length > 0)
    ends.push(`EXISTS (SELECT 1 FROM ${root.relation} AS s WHERE ${sameKey(dialect, "t", "s", mergeKey)})`);
  const isNew = [
    `s.${root.ordinal} IN (SELECT max(${root.ordinal}) FROM ${root.relation} GROUP BY ${distinct.join(", ")})`,
    `NOT EXISTS (SELECT 1 FROM ${target} AS t WHERE ${isActive} AND ${isSame})`,
  ];
  const constants = new Map([
    ...loadConstants(scope, table),
    [validFrom, boundary],
    [validTo, forever ?? "NULL"],
  ] as const);
  // A version that comes back has the ids of the first time, and so have its nested rows.
  const isNewNested = (nested: TableSchema): string =>
    `NOT EXISTS (SELECT 1 FROM ${dialect.qualify(dataset, nested.name)} AS t WHERE ${sameKey(dialect, "t", "s", [rowKeyOf(nested)])})`;
  return [
    {
      table: table.name,
      sql: `UPDATE ${target} AS t SET ${dialect.quote(validTo)} = ${boundary} WHERE ${ends.join(" AND ")}`,
    },
    { table: table.name, sql: chooseRows(merge, chosen, isNew) },
    ...insertChosen(merge, chosen, constants, isNewNested),
    { table: table.name, sql: `DROP TABLE ${chosen}` },
  ];
}

/** The columns that the load fills: from when and until when a version was valid. They are not in the segments. */
export function validityColumns(table: TableSchema): [from: string, to: string] {
  const [from = VALID_FROM] = columnsWith(table.columns, "x-valid-from");
  const [to = VALID_TO] = columnsWith(table.columns, "x-valid-to");
  return [from, to];
}

/** A null is the same as another: rows without a key are told apart by their versions. */
function sameOrNull(dialect: Dialect, key: string): string {
  return `t.${dialect.quote(key)} IS NOT DISTINCT FROM s.${dialect.quote(key)}`;
}

/** The id of rows whose key is not complete, null for the others. */
function contentWithoutKey(dialect: Dialect, key: readonly string[], rowKey: string): string {
  if (key.length === 0) return dialect.quote(rowKey);
  const isIncomplete = key.map((name) => `${dialect.quote(name)} IS NULL`).join(" OR ");
  return `CASE WHEN ${isIncomplete} THEN ${dialect.quote(rowKey)} END`;
}

/** What stands in the end column of a version that is valid; undefined: null. */
function activeRecord({ dialect }: LoadScope, table: TableSchema, validTo: string): string | undefined {
  const hint = table.columns[validTo]?.["x-active-record-timestamp"] ?? table["x-active-record-timestamp"];
  return typeof hint === "string" ? dialect.timestamp(hint) : undefined;
}
