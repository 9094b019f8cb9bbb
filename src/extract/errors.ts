import { isSluiceError, SluiceError, type SluiceErrorOptions } from "../core/errors.js";

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

/** Wraps whatever `error` is in an `ExtractError` that says where it happened. */
export function extractError(error: unknown, resource: string, page: number, doing: string): SluiceError {
  if (error instanceof ExtractError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new ExtractError(`Resource "${resource}", page ${page}: ${doing} failed: ${text}`, { cause: error, resource, page });
}
