import type { DataType } from "../schema/model.js";
import { isoDate, isoTimestamp } from "./iso-timestamp.js";
import { fitsBigint } from "./number-text.js";

/** Most digits of an exact integer column: DECIMAL(38, 0). */
export const MAX_INTEGER_DIGITS = 38;
const MAX_INTEGER = 10n ** BigInt(MAX_INTEGER_DIGITS);

/**
 * The type of a value by itself: `decimal` are integers beyond 64 bits, `text` also those beyond 38 digits, `json` is what is
 * kept whole. Values are as `plainValue` gives them, not null and not NaN.
 */
export function valueType(value: unknown): DataType {
  switch (typeof value) {
    case "number":
      return Number.isSafeInteger(value) ? "bigint" : "double";
    case "bigint":
      if (fitsBigint(value)) return "bigint";
      return value < MAX_INTEGER && value > -MAX_INTEGER ? "decimal" : "text";
    case "boolean":
      return "bool";
    case "object":
      if (value instanceof Date) return "timestamp";
      return value instanceof Uint8Array ? "binary" : "json";
    default:
      return "text";
  }
}

/** dlt's detectors; the last two are for types that only Python has. */
export const DETECTIONS = [
  "iso_timestamp",
  "iso_date",
  "timestamp",
  "large_integer",
  "hexbytes_to_text",
  "wei_to_double",
] as const;

/** Seconds around now in which dlt's `timestamp` takes a number for a time: five years. */
const NEAR_NOW = 5 * 365.25 * 86_400;

/**
 * The type of a new column for this value, with the schema's detections: `iso_timestamp` (the default), `iso_date`,
 * `timestamp` (seconds since 1970 within five years of now), `large_integer` (integers beyond 64 bits are `wei`).
 */
export function detectType(value: unknown, detections: readonly string[]): DataType {
  if (typeof value === "number" && detections.includes("timestamp")) {
    if (Math.abs(value - Date.now() / 1000) < NEAR_NOW) return "timestamp";
  }
  if (typeof value === "bigint" && detections.includes("large_integer") && valueType(value) === "decimal") return "wei";
  if (typeof value === "string") {
    if (detections.includes("iso_timestamp") && isoTimestamp(value) !== undefined) return "timestamp";
    if (detections.includes("iso_date") && isoDate(value) !== undefined) return "date";
  }
  return valueType(value);
}
