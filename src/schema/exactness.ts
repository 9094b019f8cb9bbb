import type { ColumnSchema, TableSchema } from "./model.js";

/** `exact`: every integer so far is the same number as a double, so that the column may become double. */
export type Exactness = "exact" | "inexact" | "unknown";

/**
 * Remembers which bigint columns hold integers that a double cannot hold (beyond 2^53, mostly). Columns made in this run
 * start as exact; those that were loaded before are unknown until the destination was asked.
 */
export class ExactnessLedger {
  /** Table to columns whose rows at the destination nobody has looked at. */
  readonly #unknown = new Map<string, Set<string>>();
  readonly #inexact = new Map<string, Set<string>>();

  /** `loaded`: tables that held data when the run started. */
  constructor(loaded: readonly TableSchema[]) {
    for (const { name, columns } of loaded) {
      const integers = Object.values(columns).filter((column) => column.data_type === "bigint");
      this.#unknown.set(name, new Set(integers.map((column) => column.name)));
    }
  }

  get(table: string, column: string): Exactness {
    if (this.#inexact.get(table)?.has(column) === true) return "inexact";
    return this.#unknown.get(table)?.has(column) === true ? "unknown" : "exact";
  }

  set(table: string, column: string, exact: boolean): void {
    if (exact) {
      this.#unknown.get(table)?.delete(column);
      return;
    }
    const columns = this.#inexact.get(table) ?? new Set();
    this.#inexact.set(table, columns.add(column));
  }

  /** A column that is no bigint any more has no open question. */
  columnSet(table: string, column: ColumnSchema): void {
    if (column.data_type !== "bigint") this.#unknown.get(table)?.delete(column.name);
  }
}
