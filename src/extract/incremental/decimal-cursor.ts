import type { ExactNumber } from "../../core/exact-number.js";
import type { CursorValue } from "./incremental-run.js";

/** Stands in front of decimals in dlt's stored state; ours with more digits than a double holds are kept in the same form. */
export const DECIMAL_MARK = "\uf026";

/** A number with all its digits as a cursor value. */
export function decimalCursor({ digits }: ExactNumber): string {
  return `${DECIMAL_MARK}${digits}`;
}

export function isDecimalCursor(value: CursorValue): value is string {
  return typeof value === "string" && value.startsWith(DECIMAL_MARK);
}

/** The digits of a decimal, as the API wants them; other values as they are. */
export function withoutMark(value: CursorValue): CursorValue {
  return isDecimalCursor(value) ? value.slice(DECIMAL_MARK.length) : value;
}

/** A number, decimals included, in digits; undefined for everything else. */
export function numberDigits(value: CursorValue): string | undefined {
  if (isDecimalCursor(value)) return value.slice(DECIMAL_MARK.length);
  return typeof value === "number" || typeof value === "bigint" ? `${value}` : undefined;
}
