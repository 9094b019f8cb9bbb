import { excerpt, SluiceError, type SluiceErrorOptions } from "../core/errors.js";
import type { ContractMode } from "../schema/model.js";
import type { ResolvedContract } from "../schema/contract.js";

/** Where in a page a value stands. */
export interface ValuePlace {
  readonly resource: string;
  /** 0-based position of the root row in its page. */
  readonly row: number;
  readonly table: string;
  readonly column?: string;
}

/** What a contract speaks of. */
export type ContractEntity = keyof ResolvedContract;

/** New data does not fit a frozen schema contract. Nothing of the page was kept. */
export class ContractViolationError extends SluiceError {
  override readonly name: string = "ContractViolationError";
  readonly entity: ContractEntity;
  readonly mode: ContractMode = "freeze";

  constructor(entity: ContractEntity, what: string, place: ValuePlace, value: unknown) {
    super("SLUICE_CONTRACT", `The schema contract freezes \`${entity}\`: ${what}. Value: ${excerpt(value)}`, {
      ...place,
      hint: `Allow it with schemaContract: { ${entity === "data_type" ? "dataType" : entity}: "evolve" }, or drop it with "discard_value" or "discard_row".`,
    });
    this.entity = entity;
  }
}

/** A column that may not be null (a primary key, a merge key, a column declared so) has no value in a row, or one that does not fit its type. */
export class MissingValueError extends SluiceError {
  override readonly name: string = "MissingValueError";
  constructor(place: ValuePlace, detail: string, options: Pick<SluiceErrorOptions, "hint">) {
    super("SLUICE_MISSING_VALUE", `Column "${place.column}" of table "${place.table}" may not be null, but ${detail}`, {
      ...place,
      ...options,
    });
  }
}

/**
 * A bigint column meets a fraction, and only the destination knows whether the integers that it holds are exact as
 * doubles. The caller asks it, tells the answer to `Normalizer.setExactness` and writes the page again.
 */
export class ExactnessUnknown extends SluiceError {
  override readonly name: string = "ExactnessUnknown";
  readonly table: string;
  readonly column: string;

  constructor(table: string, column: string) {
    super(
      "SLUICE_EXACTNESS_UNKNOWN",
      `Whether column "${column}" of table "${table}" may become double is not known yet`,
      { table, column },
    );
    this.table = table;
    this.column = column;
  }
}

/**
 * Columns of one table, nested tables of one resource, and keys at all places of one table's rows (of which contracts may
 * drop any number): beyond them keys are data (ids, dates) and no names, and every load takes minutes.
 */
export const TABLE_LIMITS = { columns: 10_000, tables: 1_000, keys: 100_000 } as const;

/** Rows have so many different keys that the tables for them would be of no use. Nothing of the page was kept. */
export class TableLimitError extends SluiceError {
  override readonly name: string = "TableLimitError";
  constructor(what: keyof typeof TABLE_LIMITS, key: string, place: ValuePlace) {
    const limit = TABLE_LIMITS[what].toLocaleString("en-US");
    const problem = {
      columns: `Table "${place.table}" would get more than ${limit} columns`,
      tables: `The lists in the rows of "${place.resource}" would make more than ${limit} tables`,
      keys: `The rows of table "${place.table}" have more than ${limit} different keys`,
    }[what];
    super("SLUICE_TABLE_LIMIT", `${problem}; the next key is ${excerpt(key)}`, {
      ...place,
      hint: 'Keys that are data belong into a list: rewrite such rows in a map step, or keep the object whole with columns: { <key>: { data_type: "json" } } or maxTableNesting: 0.',
    });
  }
}
