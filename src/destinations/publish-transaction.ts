import type { ColumnSchema } from "../schema/model.js";

/** Rows in segment files: one `RowBlock` of the normaliser per line. */
export interface RowSource {
  /** The table that they are for: lets an error about that table be traced to a row. */
  readonly table?: string;
  /** Columns to read; one that a block does not have is null, others of a block are ignored. The rows are those of the longest. */
  readonly columns: readonly ColumnSchema[];
  /** Absolute paths, in the order in which they were written; at least one. */
  readonly files: readonly string[];
  /** By column name: the type that values are turned into once they are read. Default: the type of the column. */
  readonly types?: ReadonlyMap<string, string>;
}

/** Rows that were staged: they can be read many times in the rest of the transaction. */
export interface Stage {
  /** Stands in a FROM clause; has the columns of its source, in their types. */
  readonly relation: string;
  /** Column of `relation` that grows in the order of the files and their lines. */
  readonly ordinal: string;
  /** Rows that were read. */
  readonly rows: number;
}

/** A column as the engine reports it. */
export interface ExistingColumn {
  readonly name: string;
  readonly type: string;
}

export interface ExistingTable {
  readonly name: string;
  /** By lower-case name: two columns never differ by case only. */
  readonly columns: ReadonlyMap<string, ExistingColumn>;
}

/** What a publish asks of an engine while its transaction is open. Every call throws `StatementError`. */
export interface PublishTransaction {
  /** The tables of a dataset by lower-case name; empty when there is no such dataset. */
  existingTables(dataset: string): Promise<Map<string, ExistingTable>>;
  /** A relation for a FROM clause that reads the files once. */
  rows(source: RowSource): Promise<string>;
  /** Reads the files into a temporary table of that name, which lives until it is dropped or the transaction ends. */
  stage(name: string, source: RowSource): Promise<Stage>;
  /** Runs one statement and returns the number of rows that it changed. */
  execute(sql: string): Promise<number>;
  /** True when the query has a row. */
  exists(sql: string): Promise<boolean>;
  /** First value of the query's first row, as text; undefined when there is none. */
  firstValue(sql: string): Promise<string | undefined>;
}
