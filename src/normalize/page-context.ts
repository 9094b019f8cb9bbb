import { excerpt } from "../core/errors.js";
import type { WarningLog } from "../core/warnings.js";
import type { Column } from "./column.js";
import type { LossListener } from "./coerce.js";
import { type ContractEntity, ContractViolationError, type ValuePlace } from "./errors.js";
import { GivenIds } from "./given-ids.js";
import type { PageCounts } from "./row-sink.js";
import type { RowTable } from "./row-table.js";

/** The page that is being written: where in it the normaliser is, for errors and warnings, and what is counted. */
export class PageContext {
  readonly #warnings: WarningLog;
  readonly givenIds: GivenIds = new GivenIds();
  readonly #touched: RowTable[] = [];
  readonly #discardedRows = new Map<string, number>();
  readonly #discardedValues = new Map<string, number>();
  resource = "";
  /** 0-based position of the root row in its page. */
  row = 0;

  constructor(warnings: WarningLog) {
    this.#warnings = warnings;
  }

  /** A row went to the sink. */
  countRow(table: RowTable): void {
    if (table.rows === 0) this.#touched.push(table);
    table.rows++;
  }

  discardRows(table: string, count = 1): void {
    this.#discardedRows.set(table, (this.#discardedRows.get(table) ?? 0) + count);
  }

  discardValue(table: string): void {
    this.#discardedValues.set(table, (this.#discardedValues.get(table) ?? 0) + 1);
  }

  /** The counts since the last call. */
  takeCounts(): PageCounts {
    const counts: PageCounts = {
      rows: Object.fromEntries(this.#touched.map((table) => [table.name, table.rows])),
      discardedRows: Object.fromEntries(this.#discardedRows),
      discardedValues: Object.fromEntries(this.#discardedValues),
    };
    for (const table of this.#touched) table.rows = 0;
    this.#touched.length = 0;
    this.#discardedRows.clear();
    this.#discardedValues.clear();
    return counts;
  }

  place(table: string, column?: string): ValuePlace {
    return { resource: this.resource, row: this.row, table, ...(column === undefined ? {} : { column }) };
  }

  violation(entity: ContractEntity, table: string, column: string | undefined, value: unknown): ContractViolationError {
    const what = {
      tables: `table "${table}" would be new`,
      columns: `column "${column}" of table "${table}" would be new`,
      data_type: `a value does not fit column "${column}" of table "${table}"`,
    }[entity];
    return new ContractViolationError(entity, what, this.place(table, column), value);
  }

  warn(code: string, message: string, table: string, column: string, count = 1): void {
    this.#warnings.add({ code, message, resource: this.resource, table, column, count });
  }

  nonFinite(table: string, column: string): void {
    this.warn(
      "non-finite-number",
      `Column "${column}" of table "${table}": NaN or Infinity became null; JSON and most databases have no such number`,
      table,
      column,
    );
  }

  /** As in dlt, which says nothing. */
  private converted(table: string, { name, type }: Column): void {
    const message = `Column "${name}" of table "${table}" is ${type}: values were converted to it and their spelling is gone, such as leading zeros${type === "timestamp" ? ", or numbers that were taken for seconds since 1970" : ""}. Declare the column as text to keep them as they are`;
    this.warn("value-converted", message, table, name);
  }

  private rounded(table: string, { name, schema }: Column): void {
    const message = `Column "${name}" of table "${table}" keeps ${schema.scale ?? 9} digits after the point: values with more were rounded. Declare it with a larger \`scale\`, or as text, to keep them`;
    this.warn("value-rounded", message, table, name);
  }

  replaced(table: string, column: string, count: number): void {
    const message = `Column "${column}" of table "${table}": characters that databases cannot store (U+0000, lone surrogates) became U+FFFD`;
    this.warn("value-replaced", message, table, column, count);
  }

  /** Losses inside the values of one column. */
  losses(table: RowTable, column: Column): LossListener {
    return {
      replaced: (count) => this.replaced(table.name, column.name, count),
      nonFinite: () => this.nonFinite(table.name, column.name),
      rounded: () => this.rounded(table.name, column),
      converted: () => this.converted(table.name, column),
    };
  }

  /** A `_dlt_id` that another row of this load brought before. */
  repeatedId(table: string, id: string): void {
    const message = `Rows of table "${table}" bring a _dlt_id that an earlier row of this load has (${excerpt(id)}): they get ids of their own, since nested rows are found by them`;
    this.warn("row-id-repeated", message, table, "_dlt_id");
  }

  /** A key whose name belongs to another key of the table. */
  collision(table: string, name: string, pointer: string, kept: string): void {
    this.warn(
      "name-collision",
      `The key ${excerpt(pointer)} would be named "${name}" in table "${table}" like another key; it is kept as "${kept}"`,
      table,
      kept,
    );
  }
}
