import { SluiceError, type SluiceErrorOptions } from "../core/errors.js";

/**
 * The destination refused the load. The transaction was rolled back: rows, schema, state and cursor are what they were
 * before, and the package is still there to be published again. Not thrown when the destination cannot be opened.
 */
export class PublishError extends SluiceError {
  override readonly name: string = "PublishError";
  constructor(message: string, options: SluiceErrorOptions = {}) {
    super("SLUICE_PUBLISH", message, options);
  }
}

/** A table is to be merged and nothing says by which key. */
export class MissingKeyError extends SluiceError {
  override readonly name: string = "MissingKeyError";
  constructor(message: string, options: SluiceErrorOptions = {}) {
    super("SLUICE_MERGE_KEY", message, options);
  }
}
