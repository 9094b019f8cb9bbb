import { excerpt } from "../../core/errors.js";
import { epochTicks } from "./epoch.js";
import { IncrementalError } from "./incremental-error.js";
import type { CursorValue } from "./incremental-run.js";
import { instantOf } from "./timestamp.js";

/** Ways to write a time into a request. */
export const CURSOR_FORMATS = ["iso", "date", "epoch", "epoch_ms"] as const;
export type CursorFormat = (typeof CURSOR_FORMATS)[number];

/** Seconds per unit of a format. */
const UNIT: Readonly<Record<CursorFormat, number>> = { iso: 0.001, date: 86_400, epoch: 1, epoch_ms: 0.001 };

/**
 * A time as the API wants it: `iso` is `2024-01-31T08:30:00Z` (with milliseconds where there are any), `date` is
 * `2024-01-31`, both in UTC; `epoch` and `epoch_ms` count from 1970. Takes ISO timestamps and dates, and numbers since
 * 1970 in seconds (in milliseconds from 10^11 on).
 *
 * What is finer than the format is rounded down, or `up`: a range has to become larger, never smaller.
 * Throws `IncrementalError` for values that are no time.
 */
export function formatCursor(value: CursorValue, format: CursorFormat, up: boolean, resource: string): CursorValue {
  const time = timeOf(value);
  const unit = UNIT[format];
  // Counted in milliseconds and rounded in units: so no fraction of a float comes between a whole unit and itself.
  const ticks = time === undefined ? undefined : divide(time, unit * 1000, up);
  const date = ticks === undefined ? undefined : new Date(ticks * unit * 1000);
  if (ticks === undefined || date === undefined || Number.isNaN(date.getTime())) {
    throw new IncrementalError(
      `The cursor value ${excerpt(value)} is no time that \`format: "${format}"\` could write`,
      {
        resource,
        hint: "Formats take ISO timestamps, dates (YYYY-MM-DD) and numbers since 1970. Use `convert` for everything else.",
      },
    );
  }
  if (format === "epoch" || format === "epoch_ms") return ticks;
  const text = date.toISOString();
  return format === "date" ? text.slice(0, -14) : text.replace(".000Z", "Z");
}

/** Milliseconds since 1970 as a whole number and whether something finer was cut off; undefined: no time. */
function timeOf(value: CursorValue): { readonly ms: number; readonly cut: boolean } | undefined {
  if (typeof value === "string") {
    const instant = instantOf(value);
    if (instant === undefined) return undefined;
    const ms = instant.seconds * 1000 + Number(instant.fraction.slice(0, 3).padEnd(3, "0"));
    return { ms, cut: /[1-9]/.test(instant.fraction.slice(3)) };
  }
  if (typeof value !== "number") return undefined;
  const exact = (value / epochTicks(value)) * 1000;
  const ms = Math.floor(exact);
  return { ms, cut: ms < exact };
}

function divide({ ms, cut }: { readonly ms: number; readonly cut: boolean }, unit: number, up: boolean): number {
  const whole = Math.floor(ms / unit);
  return up && (cut || whole * unit < ms) ? whole + 1 : whole;
}
