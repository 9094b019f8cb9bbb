import { ConfigError } from "../core/errors.js";
import { columnsWith } from "../schema/column-merge.js";
import type { MergeStrategy, TableSchema } from "../schema/model.js";
import { MissingKeyError } from "./errors.js";
import { dataChains, dispositionOf } from "./table-chain.js";

/** Default as in dlt. */
export function mergeStrategyOf(root: TableSchema): MergeStrategy {
  return root["x-merge-strategy"] ?? "delete-insert";
}

/** Columns that say which rows are the same. */
export interface MergeKeys {
  readonly primary: readonly string[];
  /** delete-insert and scd2: rows with this key belong together and are replaced together. */
  readonly merge: readonly string[];
}

/** Hints that at most one column of a table may have. */
const SINGLE_HINTS = ["dedup_sort", "hard_delete"] as const;

/**
 * Refuses schemas with tables to be merged and no key to merge them by, before anything is read. (dlt appends then.)
 * Also those with two columns that say which row is the last, or the deleted one: `ConfigError`.
 * `delete-insert` needs a primary key or a merge key, `upsert` and `insert-only` a primary key, `scd2` none.
 * Throws `MissingKeyError`.
 */
export function assertMergeable(schema: { readonly tables: Readonly<Record<string, TableSchema>> }): void {
  for (const chain of dataChains(schema.tables)) {
    for (const hint of SINGLE_HINTS) assertSingle(chain.root, hint);
    if (dispositionOf(chain) === "merge") mergeKeysOf(chain.root);
  }
}

function assertSingle(table: TableSchema, hint: (typeof SINGLE_HINTS)[number]): void {
  const columns = columnsWith(table.columns, hint);
  if (columns.length <= 1) return;
  throw new ConfigError(`Table "${table.name}" has ${hint} on several columns: ${columns.join(", ")}`, {
    ...(table.resource === undefined ? {} : { resource: table.resource }),
    path: "columns",
    hint: "Keep it on one of them.",
  });
}

/** The keys of a table that is merged. Throws `MissingKeyError` when its strategy needs one that is not there. */
export function mergeKeysOf(root: TableSchema): MergeKeys {
  const strategy = mergeStrategyOf(root);
  const keys = { primary: columnsWith(root.columns, "primary_key"), merge: columnsWith(root.columns, "merge_key") };
  if (strategy === "scd2" || keys.primary.length > 0) return keys;
  if (strategy === "delete-insert" && keys.merge.length > 0) return keys;
  const place = { table: root.name, ...(root.resource === undefined ? {} : { resource: root.resource }) };
  throw new MissingKeyError(
    `Table "${root.name}" is to be merged (${strategy}) and has no ${strategy === "delete-insert" ? "key" : "primary key"}`,
    {
      ...place,
      hint:
        strategy === "delete-insert"
          ? 'Give the resource `primaryKey: "id"` (one row per key) or `mergeKey: "day"` (all rows of a key are replaced together), or use `writeDisposition: "append"` or `"replace"`.'
          : `Give the resource \`primaryKey: "id"\`, or use another strategy.`,
    },
  );
}
