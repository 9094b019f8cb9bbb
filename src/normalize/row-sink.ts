import type { RowBlock } from "./row-block.js";

/**
 * Column that a block may have besides those of its table: in tables whose row ids are made of keys (`upsert`, `insert-only`) a value
 * that differs for every root row and is repeated in the rows nested in it. When a load holds one key twice, it tells which
 * nested rows belong to which of the two. Not a possible column name.
 */
export const OCCURRENCE = "~occurrence";

/** Takes the rows of tables; implemented by the load package. */
export interface RowSink {
  /** Where rows of a table are written to; the same block as long as the sink lives. `table` is the normalised table name. */
  block(table: string): RowBlock;
}

/** What writing one page did; all counts are per call. */
export interface PageCounts {
  /** Rows per table, root and nested. */
  readonly rows: Readonly<Record<string, number>>;
  /** Rows and values that a schema contract dropped, per table. */
  readonly discardedRows: Readonly<Record<string, number>>;
  readonly discardedValues: Readonly<Record<string, number>>;
}
