import { ExactNumber } from "../../core/exact-number.js";
import { compareText } from "./text-order.js";

/** Deeper rows cannot be hashed; far beyond what any API sends, and small enough for the stack. */
const MAX_DEPTH = 500;

/**
 * `value` as the JSON text that dlt hashes (orjson with sorted keys, compact, non-ASCII kept), so that both tools
 * recognise each other's boundary rows. One difference cannot be bridged: JavaScript does not tell 1.0 from 1, so a row
 * without a key that holds such a number hashes differently. Throws `RangeError` below {@link MAX_DEPTH} levels.
 */
export function dltJson(value: unknown, depth = 0): string {
  if (depth > MAX_DEPTH) throw new RangeError(`nested deeper than ${MAX_DEPTH} levels`);
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      return numberText(value);
    case "bigint":
    case "boolean":
      return String(value);
    case "object":
      break;
    default:
      return "null";
  }
  if (value === null) return "null";
  if (Array.isArray(value)) return `[${value.map((item) => dltJson(item, depth + 1)).join(",")}]`;
  if (value instanceof ExactNumber) return value.digits;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "null" : JSON.stringify(dateText(value));
  const entries = Object.entries(value).filter(([, item]) => item !== undefined && typeof item !== "function");
  entries.sort(([a], [b]) => compareText(a, b));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${dltJson(item, depth + 1)}`).join(",")}}`;
}

/** orjson writes floats with an exponent from 1e16 and below 1e-5; larger integers reach us as `bigint`, so a number there is a float. */
function numberText(value: number): string {
  if (!Number.isFinite(value)) return "null";
  if (Object.is(value, -0)) return "-0.0";
  const size = Math.abs(value);
  if (size >= 1e16 || (size > 0 && size < 1e-5)) return value.toExponential();
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? `${value}.0` : String(value);
}

/** Python's form: no fraction when it is zero, else six digits. */
function dateText(date: Date): string {
  const [seconds = "", fraction = ""] = date.toISOString().slice(0, -1).split(".");
  return fraction === "000" ? `${seconds}Z` : `${seconds}.${fraction}000Z`;
}
