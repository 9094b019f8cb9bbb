import { SluiceError, type SluiceErrorOptions } from "../core/errors.js";

/** A schema that cannot be used, or a change that it cannot take. */
export class SchemaError extends SluiceError {
  override readonly name: string = "SchemaError";
  constructor(message: string, options: SluiceErrorOptions = {}) {
    super("SLUICE_SCHEMA", message, options);
  }
}
