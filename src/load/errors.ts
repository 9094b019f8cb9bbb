import { SluiceError, type SluiceErrorOptions } from "../core/errors.js";

export interface PublishErrorOptions extends SluiceErrorOptions {
  /** See `PublishError.rejected`. Default true. */
  readonly rejected?: boolean;
}

/**
 * The load was not published. The transaction was rolled back: rows, schema, state and cursor are what they were before,
 * and the package is still there to be published again. Not thrown when the destination cannot be opened.
 */
export class PublishError extends SluiceError {
  override readonly name: string = "PublishError";
  /**
   * True when the destination refuses the data or the change of the schema (a constraint, a value that does not fit, what
   * users made of the table): publishing the same again ends the same. False for causes that pass: a full disk, memory,
   * a failing file system, a conflict with another transaction, an engine that gave up.
   */
  readonly rejected: boolean;
  constructor(message: string, options: PublishErrorOptions = {}) {
    const { rejected = true, ...rest } = options;
    super("SLUICE_PUBLISH", message, rest);
    this.rejected = rejected;
  }
}

/** A table is to be merged and nothing says by which key. Also thrown by `publish`, for tables that came during the run. */
export class MissingKeyError extends SluiceError {
  override readonly name: string = "MissingKeyError";
  constructor(message: string, options: SluiceErrorOptions = {}) {
    super("SLUICE_MERGE_KEY", message, options);
  }
}
