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
