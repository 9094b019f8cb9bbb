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
