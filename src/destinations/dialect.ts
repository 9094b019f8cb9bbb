import type { ColumnSchema } from "../schema/model.js";

/**
 * What becomes of a value when its column changes type: `exact`: every value is kept; `checked`: kept if the values were
 * looked at before, as the normaliser does for integers that become doubles; `lossy`: it may change or be refused.
 */
export type Conversion = "exact" | "checked" | "lossy";

/** How one engine writes SQL. Names and values get into a statement through these functions only. */
export interface Dialect {
  /** An identifier in quotes. */
  quote(identifier: string): string;
  /** Full name of a table. */
  qualify(dataset: string, table: string): string;
  /** Name of a table that `CREATE TEMP TABLE` makes. */
  temporary(name: string): string;
  /** A value as it stands in a statement. */
  literal(value: string | number | bigint | boolean | null): string;
  /** A point in time, from ISO 8601 text; without offset it is UTC. */
  timestamp(iso: string): string;
  /** Type of a column, spelled as the engine itself reports it. */
  columnType(column: ColumnSchema): string;
  /** What happens to values of type `from` in a column of type `to`, both as the engine spells them. */
  conversion(from: string, to: string): Conversion;
  /** Condition: a value of type `from` is still the same when it comes back from a column of type `to`. */
  keeps(value: string, from: string, to: string): string;
  /** What follows the type of a new column that holds random ids; empty when the engine need not be told. */
  readonly randomIds: string;
  /** Statement that makes the dataset unless it exists. */
  createDataset(dataset: string): string;
  /** Statement that retypes a column in place. `table` is qualified, `column` is not quoted yet. */
  alterColumnType(table: string, column: string, type: string): string;
}
