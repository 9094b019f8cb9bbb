import { isSluiceError, messageOf, SluiceError, type SluiceErrorOptions } from "../core/errors.js";

/**
 * A page could not be had or processed. `code` is that of the cause where the cause is an error of sluice
 * (`SLUICE_HTTP_STATUS`, `SLUICE_CONTRACT`, …), else `SLUICE_EXTRACT`. What was committed before is kept.
 */
export class ExtractError extends SluiceError {
  override readonly name: string = "ExtractError";
  constructor(message: string, options: SluiceErrorOptions = {}) {
    super(isSluiceError(options.cause) ? options.cause.code : "SLUICE_EXTRACT", message, options);
  }
}

/** An error that says where it happened: `error` itself when it names resource and page, else wrapped in an `ExtractError`. */
export function extractError(error: unknown, resource: string, page: number, doing: string): SluiceError {
  if (isSluiceError(error) && error.place.resource !== undefined && error.place.page !== undefined) return error;
  return new ExtractError(`Resource "${resource}", page ${page}: ${doing} failed: ${messageOf(error)}`, {
    cause: error,
    resource,
    page,
  });
}
