import { SluiceError, type SluiceErrorOptions } from "../../core/errors.js";

/**
 * A row that an incremental cursor cannot place: no cursor value, a value that does not compare with the others, a key
 * column that is not there. The run stops; the stored cursor has not moved.
 */
export class IncrementalError extends SluiceError {
  override readonly name: string = "IncrementalError";
  constructor(message: string, options: SluiceErrorOptions = {}) {
    super("SLUICE_INCREMENTAL", message, options);
  }
}
