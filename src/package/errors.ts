import { SluiceError, type SluiceErrorOptions } from "../core/errors.js";

/** The work directory cannot be written or read, or holds something that sluice did not write. Nothing was published. */
export class PackageError extends SluiceError {
  override readonly name: string = "PackageError";
  constructor(message: string, options: SluiceErrorOptions = {}) {
    super("SLUICE_PACKAGE", message, options);
  }
}

/** Another process runs this pipeline at the moment. Nothing was done. */
export class PipelineLockedError extends SluiceError {
  override readonly name: string = "PipelineLockedError";
  constructor(message: string, options: SluiceErrorOptions = {}) {
    super("SLUICE_PIPELINE_LOCKED", message, options);
  }
}
