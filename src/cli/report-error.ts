import { excerpt, isSluiceError } from "../core/errors.js";
import { redact } from "../core/redaction.js";

/** An error as a machine reads it, on standard output with `--json`. */
export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly place?: Readonly<Record<string, unknown>>;
}

/**
 * An error as a person reads it: the message, which ends with the next step, then its causes. The stack only with `--debug`;
 * for an error that is not ours (one of the pipeline file, say) at least the line that threw it.
 */
export function describeError(error: unknown, debug: boolean): string {
  if (!(error instanceof Error)) return excerpt(error);
  const lines = [isSluiceError(error) ? error.message : `${error.name}: ${error.message}`];
  if (debug) lines.push(error.stack ?? "");
  else if (!isSluiceError(error)) lines.push(stackFrame(error) ?? "", "Add --debug for the whole stack.");
  for (
    let { cause } = error;
    cause !== undefined && cause !== null;
    cause = cause instanceof Error ? cause.cause : undefined
  ) {
    const text = cause instanceof Error ? cause.message : excerpt(cause);
    if (debug && cause instanceof Error) lines.push(`caused by ${cause.stack ?? text}`);
    else if (text !== "" && !lines.some((line) => line.includes(text))) lines.push(`caused by: ${text}`);
  }
  return redact(lines.filter((line) => line !== "").join("\n"));
}

/** The same for a program. */
export function errorReport(error: unknown): ErrorReport {
  const message = redact(error instanceof Error ? error.message : excerpt(error));
  if (!isSluiceError(error)) return { code: "UNKNOWN", message };
  return { code: error.code, message, ...(Object.keys(error.place).length === 0 ? {} : { place: { ...error.place } }) };
}

/** The line of the stack that threw. */
export function stackFrame(error: Error): string | undefined {
  return error.stack?.split("\n").find((line) => /^\s+at .*:\d+:\d+\)?$/.test(line) && !line.includes("node:internal"));
}
