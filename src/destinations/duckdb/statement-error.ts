import { excerpt } from "../../core/errors.js";
import { type SourceRow, StatementError } from "../errors.js";

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** True when DuckDB came to its memory limit; with a higher one the same statement can succeed. */
export function isOutOfMemory(error: unknown): boolean {
  return /^Out of Memory Error|(could not allocate|failed to pin) block/i.test(messageOf(error)); // The latter at COMMIT.
}

/** True when the instance is of no use any more and has to be opened again. */
export function isFatal(error: unknown): boolean {
  return /^(FATAL|INTERNAL) Error|database has been invalidated/.test(messageOf(error));
}

/** True when the file is not what DuckDB wrote. */
export function isDamaged(message: string): boolean {
  return /Corrupt database file|Could not read (enough|all) bytes from file|checksum .* does not match|Serialization Error/.test(
    message,
  );
}

export const DAMAGED_HINT =
  "Put a backup of the file in its place, or give another path: then everything is read anew.";

/** True when COMMIT failed after the transaction was safe in the log. */
export function isDurable(error: unknown): boolean {
  return messageOf(error).includes("COMMIT succeeded and is durable");
}

/** True when one of these tables, or their dataset, does not exist. Not when a view is broken that stands under such a name. */
export function isMissing(error: unknown, tables: readonly string[]): boolean {
  const [, , name] = /^Catalog Error: Table with name ("?)(.+?)\1 does not exist/.exec(messageOf(error)) ?? [];
  return name !== undefined && tables.some((table) => name === table || name.endsWith(`.${table}`));
}

/** True when a value of the data did not fit its type. */
export function isConversion(message: string): boolean {
  return /^(Conversion|Invalid Input) Error/.test(message);
}

/**
 * True when the data or the statement are refused for what they are. Conflicts are `TransactionContext` errors, also when
 * they are about the catalog; what the disk or the memory does at COMMIT is called so as well.
 */
export function isRejection(message: string): boolean {
  return /^(Binder|Catalog|Constraint|Conversion|Decimal|Dependency|Invalid Input|Mismatch Type|Not implemented|Object Size|Out of Range|Parser) Error/.test(
    message,
  );
}

/** A value that does not fit its column. */
export interface RejectedValue {
  readonly column: string;
  /** As text; null for a missing one. */
  readonly value: string | null;
  readonly at: SourceRow;
}

/** DuckDB's error in sluice's form: what was refused, and what can be done. `found` is what was found out besides. */
export function toStatementError(cause: unknown, found?: RejectedValue): StatementError {
  if (cause instanceof StatementError) return cause;
  const message = messageOf(cause);
  const column = found?.column ?? columnOf(message);
  const hint = hintOf(message);
  return new StatementError(engineText(message), {
    cause,
    value: found === undefined ? valueOf(message) : excerpt(found.value),
    ...(found === undefined ? {} : { at: found.at }),
    rejected: isRejection(message),
    ...(column === undefined ? {} : { column }),
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Without the piece of SQL that the error points into, and without advice about options that users do not have. */
function engineText(message: string): string {
  return message
    .replace(/\n\s*LINE \d+:[\s\S]*$/, "")
    .replace(/\n(Try setting 'auto_detect'|Possible solutions:|\s*If this error occurred during read_json)[\s\S]*$/, "")
    .trim();
}

export function columnOf(message: string): string | undefined {
  return (
    /NOT NULL constraint failed: (?:.*\.)?([^.\n]+)$/m.exec(message)?.[1] ??
    /casting from source column (\S+)/.exec(message)?.[1]
  );
}

function valueOf(message: string): string | undefined {
  const value = /Could not convert string "([^]*?)" to /.exec(message)?.[1];
  return value === undefined ? undefined : excerpt(value);
}

function hintOf(message: string): string | undefined {
  if (message.includes("NOT NULL constraint failed"))
    return "The column was created NOT NULL; give its rows a value, or drop the constraint: ALTER TABLE … ALTER COLUMN … DROP NOT NULL.";
  if (/violates (unique|primary key) constraint|Duplicate key/.test(message))
    return "The table was given a unique index or key by hand, which the rows of this load violate (DuckDB also counts rows that the same transaction deletes): drop it, then run again. `primaryKey` with a merge keeps keys unique.";
  if (message.includes("Cannot alter entry"))
    return "An index, a generated column or a key that was made by hand stands in the way of a column that has to be added or changed: drop it, run again, and create it anew.";
  if (message.includes("an index depends on it")) return "Drop the index, run again, and create it anew.";
  if (message.includes("No space left on device"))
    return "Free space on the disk of the database, then run again: the rows are kept.";
  if (message.includes("File too large"))
    return "The database file came to a limit on file sizes (ulimit -f, a quota, the file system): raise it, or free space, then run again: the rows are kept.";
  if (isDamaged(message)) return `The file is damaged. ${DAMAGED_HINT}`;
  if (isOutOfMemory(message)) return "Raise `memoryLimit` of the destination, or leave it out.";
  if (isFatal(message)) return "DuckDB gave up this database handle; run again.";
  return undefined;
}
