import { SluiceError, type SluiceErrorOptions } from "../core/errors.js";
import { redact } from "../core/redaction.js";

/** A destination cannot be opened: path, permissions, not a database, missing driver. Nothing was changed. */
export class DestinationError extends SluiceError {
  override readonly name: string = "DestinationError";
  constructor(message: string, options: SluiceErrorOptions = {}) {
    super("SLUICE_DESTINATION", message, options);
  }
}

/** Another process kept the destination locked for longer than the lock timeout. Nothing was changed. */
export class DestinationLockedError extends SluiceError {
  override readonly name: string = "DestinationLockedError";
  constructor(message: string, options: SluiceErrorOptions = {}) {
    super("SLUICE_DESTINATION_LOCKED", message, options);
  }
}

/** A row of those that a statement has read from segment files. */
export interface SourceRow {
  readonly files: readonly string[];
  /** 0-based, over all the files. */
  readonly row: number;
}

export interface StatementErrorOptions extends SluiceErrorOptions {
  /** Excerpt of the value that was refused, where the engine tells it. */
  readonly value?: string | undefined;
  /** The row that was refused, where it could be found. */
  readonly at?: SourceRow;
  /** See `StatementError.rejected`. Default false. */
  readonly rejected?: boolean;
}

/** The engine refused a statement, or could not run it. */
export class StatementError extends SluiceError {
  override readonly name: string = "StatementError";
  /** The engine's own text, without its advice for SQL consoles. */
  readonly reason: string;
  readonly value: string | undefined;
  readonly at: SourceRow | undefined;
  /**
   * True when the statement or its data are to blame, so that the same will be refused again (constraint, conversion, what
   * is there already); false for causes that pass: disk full, memory, a conflict with another transaction, a dead handle.
   */
  readonly rejected: boolean;
  constructor(reason: string, options: StatementErrorOptions = {}) {
    const { value, at, rejected = false, ...rest } = options;
    super("SLUICE_STATEMENT", reason, rest);
    this.reason = redact(reason);
    this.value = value;
    this.at = at;
    this.rejected = rejected;
  }
}
