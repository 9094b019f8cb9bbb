import { redact } from "./redaction.js";

/** Where an error happened, as far as it is known. Every field that is set also appears in the message. */
export interface ErrorPlace {
  /** Path in the configuration, such as `resources[1].endpoint.paginator.type`. */
  readonly path?: string;
  readonly resource?: string;
  /** 1-based number of the page within its resource and parent. */
  readonly page?: number;
  /** 0-based position of the row in its page. */
  readonly row?: number;
  readonly table?: string;
  readonly column?: string;
}

export interface SluiceErrorOptions extends ErrorPlace {
  readonly cause?: unknown;
  /** What the user can do next: one or two sentences, put at the end of the message. */
  readonly hint?: string;
}

/**
 * Base of every error that sluice throws on purpose.
 *
 * `code` is stable across releases (`SLUICE_…`), the message is for people: what happened, where, and what to do next.
 * Registered secrets are replaced by `***` in it. The original error, if there is one, is kept as `cause`.
 */
export class SluiceError extends Error {
  override readonly name: string = "SluiceError";
  readonly code: string;
  readonly place: ErrorPlace;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: SluiceErrorOptions = {}) {
    const { cause, hint, ...place } = options;
    const where = describePlace(place, message);
    const text = `${message}${where === "" ? "" : ` (${where})`}${hint === undefined ? "" : `\n${hint}`}`;
    super(redact(text), cause === undefined ? undefined : { cause });
    this.code = code;
    this.place = place;
    this.hint = hint === undefined ? undefined : redact(hint);
  }
}

/** `instanceof` for callers that may hold errors of two installed copies of sluice. */
export function isSluiceError(error: unknown): error is SluiceError {
  return (
    error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("SLUICE_")
  );
}

function describePlace(place: ErrorPlace, message: string): string {
  const parts: string[] = [];
  if (place.resource !== undefined && !message.includes(`"${place.resource}"`))
    parts.push(`resource "${place.resource}"`);
  if (place.page !== undefined && !message.includes(`page ${place.page}`)) parts.push(`page ${place.page}`);
  if (place.row !== undefined) parts.push(`row ${place.row}`);
  if (place.table !== undefined && !message.includes(`"${place.table}"`)) parts.push(`table "${place.table}"`);
  if (place.column !== undefined && !message.includes(`"${place.column}"`)) parts.push(`column "${place.column}"`);
  if (place.path !== undefined && !message.includes(place.path)) parts.push(`at ${place.path}`);
  return parts.join(", ");
}

/** A wrong configuration: unknown key, wrong type, impossible combination. Thrown before the first request. */
export class ConfigError extends SluiceError {
  override readonly name: string = "ConfigError";
  constructor(message: string, options: SluiceErrorOptions = {}) {
    super("SLUICE_CONFIG", message, options);
  }
}

/** The run was cancelled by an `AbortSignal` or Ctrl-C. What was committed stays in the package; running again goes on from there. */
export class CancelledError extends SluiceError {
  override readonly name: string = "CancelledError";
  constructor(message: string, options: SluiceErrorOptions = {}) {
    super("SLUICE_CANCELLED", message, options);
  }
}

/** Text of whatever was thrown, without secrets: also what users' functions and libraries throw ends in traces and warnings. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? redact(error.message) : excerpt(error);
}

/** `value` as short JSON-like text for an error message: at most `limit` characters, never a whole payload. */
export function excerpt(value: unknown, limit = 80): string {
  let text: string;
  try {
    text =
      typeof value === "string"
        ? JSON.stringify(value)
        : typeof value === "bigint"
          ? `${value}`
          : (JSON.stringify(value) ?? String(value));
  } catch {
    text = Object.prototype.toString.call(value); // Cyclic, or a bigint inside: its kind is all that can be said.
  }
  return shorten(text, limit);
}

/** The first `limit` characters of `text` without secrets: also without the beginning of one that the cut would go through. */
export function shorten(text: string, limit: number): string {
  const safe = redact(text.slice(0, limit + LONGEST_SECRET));
  return safe.length > limit ? `${safe.slice(0, limit)}…` : safe;
}

/** Characters; private keys are the longest of what is usual. */
const LONGEST_SECRET = 8192;
