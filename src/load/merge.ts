import type { Stage } from "../destinations/publish-transaction.js";
import { OCCURRENCE } from "../normalize/row-sink.js";
import type { TableSchema } from "../schema/model.js";
import { SYSTEM_COLUMNS } from "../schema/system-tables.js";
import { mergeKeysOf, mergeStrategyOf } from "./mergeable.js";
import { insertRows, type LoadScope, loadConstants, sameKey, type Statement } from "./statements.js";
import { parentKeyOf, rowKeyOf, type TableChain } from "./table-chain.js";

/** A merge of one chain whose rows are staged; tables without rows in this load have no stage. */
export interface Merge {
  readonly scope: LoadScope;
  readonly chain: TableChain;
  readonly root: Stage;
  readonly stages: ReadonlyMap<string, Stage>;
}

/**
 * Statements of `delete-insert`, `upsert` and `insert-only`.
 *
 * Of all staged rows with the same primary key one is chosen: the first by `dedup_sort`, else the last that was read. The
 * rows of the target with a staged key go, with everything nested in them (not for `insert-only`, where staged rows with a
 * key that is there go instead), and the chosen rows come, unless their `hard_delete` column marks them as deleted. `upsert`
 * differs in that only the primary key counts and in that row ids stay, because they are made of the key.
 */
export function mergeByKey(merge: Merge): Statement[] {
  const { scope, chain, root } = merge;
  const { dialect, dataset } = scope;
  const table = chain.root.name;
  const strategy = mergeStrategyOf(chain.root);
  const keys = mergeKeysOf(chain.root);
  const target = dialect.qualify(dataset, table);
  const chosen = dialect.temporary("sluice_chosen");
  const staged = (key: readonly string[]): string =>
    `EXISTS (SELECT 1 FROM ${root.relation} AS s WHERE ${sameKey(dialect, "t", "s", key)})`;
  const matches = (strategy === "delete-insert" ? [keys.primary, keys.merge] : [keys.primary]).filter(
    (key) => key.length > 0,
  );

  const conditions = [chosenByKey(merge, keys.primary), notDeleted(merge)];
  if (strategy === "insert-only")
    conditions.push(`NOT EXISTS (SELECT 1 FROM ${target} AS t WHERE ${sameKey(dialect, "t", "s", keys.primary)})`);
  return [
    { table, sql: chooseRows(merge, chosen, conditions) },
    ...(strategy === "insert-only" ? [] : deleteMatches(merge, matches.map(staged))),
    ...insertChosen(merge, chosen, loadConstants(scope, chain.root)),
    { table, sql: `DROP TABLE ${chosen}` },
  ];
}

/** Keeps which rows of the root's stage (`s` in the conditions) are to be inserted, and what their nested rows are found by. */
export function chooseRows(
  { scope: { dialect }, chain, root, stages }: Merge,
  chosen: string,
  conditions: readonly (string | undefined)[],
): string {
  const where = conditions.filter((condition) => condition !== undefined).join(" AND ");
  const columns = [`s.${root.ordinal} AS position`];
  if (stages.size > 1) {
    const [rowKey, occurrence] = [dialect.quote(rowKeyOf(chain.root)), dialect.quote(OCCURRENCE)];
    const repeated = `SELECT ${rowKey} FROM ${root.relation} WHERE ${occurrence} IS NULL GROUP BY ${rowKey} HAVING count(*) > 1`;
    columns.push(
      `s.${rowKey} AS row_key`,
      `s.${occurrence} AS occurrence`,
      `CASE WHEN s.${occurrence} IS NOT NULL THEN 'marked' WHEN s.${rowKey} IN (${repeated}) THEN 'repeated' ELSE 'unique' END AS row_id`,
    );
  }
  return `CREATE TEMP TABLE ${chosen} AS SELECT ${columns.join(", ")} FROM ${root.relation} AS s${where === "" ? "" : ` WHERE ${where}`}`;
}

/** Inserts the chosen rows and what is nested in them. `nestedFilter`: an additional condition for nested rows, called `s`. */
export function insertChosen(
  merge: Merge,
  chosen: string,
  constants: ReadonlyMap<string, string>,
  nestedFilter?: (table: TableSchema) => string,
): Statement[] {
  const { scope, chain, root, stages } = merge;
  const statements = [
    insertRows(scope, chain.root, root.relation, constants, `s.${root.ordinal} IN (SELECT position FROM ${chosen})`),
  ];
  for (const table of chain.nested) {
    const stage = stages.get(table.name);
    if (stage === undefined) continue;
    const filters = [nestedInChosen(merge, table, stage, chosen), nestedFilter?.(table)].filter(
      (filter) => filter !== undefined,
    );
    statements.push(insertRows(scope, table, stage.relation, new Map(), filters.join(" AND ")));
  }
  return statements;
}

/** One row of each key; rows with a null in the key are no one's duplicate. */
function chosenByKey({ scope: { dialect }, chain, root }: Merge, key: readonly string[]): string | undefined {
  if (key.length === 0 || chain.root["x-stage-data-deduplicated"] === true) return undefined;
  const columns = key.map((name) => dialect.quote(name));
  const complete = columns.map((column) => `${column} IS NOT NULL`).join(" AND ");
  const sorted = Object.values(chain.root.columns).find((column) => column.dedup_sort !== undefined);
  const first =
    sorted === undefined
      ? `SELECT max(${root.ordinal}) FROM ${root.relation} WHERE ${complete} GROUP BY ${columns.join(", ")}`
      : `SELECT position FROM (SELECT ${root.ordinal} AS position, row_number() OVER (PARTITION BY ${columns.join(", ")}
          ORDER BY ${dialect.quote(sorted.name)} ${sorted.dedup_sort === "desc" ? "DESC" : "ASC"} NULLS LAST, ${root.ordinal} DESC) AS place
          FROM ${root.relation} WHERE ${complete}) AS ranked WHERE place = 1`;
  const nullable = key
    .filter((name) => chain.root.columns[name]?.nullable !== false)
    .map((name) => `s.${dialect.quote(name)} IS NULL`);
  return `(${[`s.${root.ordinal} IN (${first})`, ...nullable].join(" OR ")})`;
}

/** dlt: a true boolean, or any value in a column of another type, marks the row as deleted. */
function notDeleted({ scope: { dialect }, chain }: Merge): string | undefined {
  const mark = Object.values(chain.root.columns).find(
    (column) => column.hard_delete === true && column.data_type !== undefined,
  );
  if (mark === undefined) return undefined;
  const value = `s.${dialect.quote(mark.name)}`;
  return mark.data_type === "bool" ? `(${value} IS NULL OR ${value} = FALSE)` : `${value} IS NULL`;
}

/** One DELETE for each way to match: an OR would keep the engine from joining by key. Nested rows go first, deepest first. */
function deleteMatches({ scope: { dialect, dataset }, chain }: Merge, matches: readonly string[]): Statement[] {
  const { root, nested } = chain;
  const target = dialect.qualify(dataset, root.name);
  const deletes = matches.map((match) => ({ table: root.name, sql: `DELETE FROM ${target} AS t WHERE ${match}` }));
  if (nested.length === 0) return deletes;
  const doomed = dialect.temporary("sluice_doomed");
  const ids = matches.map(
    (match) => `SELECT t.${dialect.quote(rowKeyOf(root))} AS row_key FROM ${target} AS t WHERE ${match}`,
  );
  const relationOf = (table: TableSchema): string => dialect.qualify(dataset, table.name);
  const nestedDeletes = nested.toReversed().map((table) => ({
    table: table.name,
    sql: `DELETE FROM ${relationOf(table)} WHERE ${isNestedIn(dialect, chain, table, relationOf, `SELECT row_key FROM ${doomed}`)}`,
  }));
  return [
    { table: root.name, sql: `CREATE TEMP TABLE ${doomed} AS ${ids.join(" UNION ")}` },
    ...nestedDeletes,
    ...deletes,
    { table: root.name, sql: `DROP TABLE ${doomed}` },
  ];
}

/**
 * The condition that a staged row is nested in a chosen root row. Where row ids are made of keys, all staged rows of one key
 * and their nested rows have the same ids: the occurrence tells them apart. Where root rows without one have the same id, the
 * last row of each id and place in its list is taken. Otherwise nested rows may have any ids: the data may bring the same twice.
 */
function nestedInChosen(
  { scope: { dialect }, chain, stages }: Merge,
  table: TableSchema,
  { relation, ordinal }: Stage,
  chosen: string,
): string {
  const relationOf = (parent: TableSchema): string | undefined => stages.get(parent.name)?.relation;
  const nestedIn = (rowId: "unique" | "repeated"): string =>
    isNestedIn(dialect, chain, table, relationOf, `SELECT row_key FROM ${chosen} WHERE row_id = '${rowId}'`);
  const place = [rowKeyOf(table), parentKeyOf(table), SYSTEM_COLUMNS.listIndex].map((name) => dialect.quote(name));
  const ways = [
    nestedIn("unique"),
    `s.${dialect.quote(OCCURRENCE)} IN (SELECT occurrence FROM ${chosen} WHERE row_id = 'marked')`,
    `s.${ordinal} IN (SELECT max(${ordinal}) FROM ${relation} WHERE ${nestedIn("repeated")} GROUP BY ${place.join(", ")})`,
  ];
  return `(${ways.join(" OR ")})`;
}

/**
 * The condition that a row of `table` is nested, over any number of levels, in a root row whose key is among `rootKeys`.
 * Goes from parent to parent and not by `_dlt_root_id`, which rows do not have that were loaded before the table was merged.
 */
function isNestedIn(
  dialect: LoadScope["dialect"],
  chain: TableChain,
  table: TableSchema,
  relationOf: (table: TableSchema) => string | undefined,
  rootKeys: string,
): string {
  const parentKey = dialect.quote(parentKeyOf(table));
  const parent = chain.nested.find((candidate) => candidate.name === table.parent);
  if (parent === undefined) return `${parentKey} IN (${rootKeys})`;
  const relation = relationOf(parent);
  if (relation === undefined) return "FALSE"; // The parent has no rows, so that nothing can be nested in them.
  return `${parentKey} IN (SELECT ${dialect.quote(rowKeyOf(parent))} FROM ${relation} WHERE ${isNestedIn(dialect, chain, parent, relationOf, rootKeys)})`;
}
