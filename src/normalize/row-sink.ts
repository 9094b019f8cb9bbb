/**
 * Key that a line may have besides its columns: in tables whose row ids are made of keys (`upsert`, `insert-only`) a value
 * that differs for every root row and is repeated in the rows nested in it. When a load holds one key twice, it tells which
 * nested rows belong to which of the two. Not a possible column name.
 */
export const OCCURRENCE = "~occurrence";

/** Takes the rows of tables as text; implemented by the load package. */
export interface RowSink {
  /** Appends one row: one JSON object without a line break; the sink adds it. `table` is the normalised table name. */
  append(table: string, line: string): void;
}

/** What writing one page did; all counts are per call. */
export interface PageCounts {
  /** Rows per table, root and nested. */
  readonly rows: Readonly<Record<string, number>>;
  /** Rows and values that a schema contract dropped, per table. */
  readonly discardedRows: Readonly<Record<string, number>>;
  readonly discardedValues: Readonly<Record<string, number>>;
}
