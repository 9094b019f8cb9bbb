import { base64, jsonText } from "../core/json-text.js";
import type { ColumnSchema } from "../schema/model.js";
import { epochTimestamp, isoDate, isoTime, isoTimestamp } from "./iso-timestamp.js";
import { decimalText, doubleFromText, fitsBigint, floatText, integerFromText, isExactAsDouble } from "./number-text.js";
import { isDict, isList } from "./shapes.js";
import { storable, textToken } from "./text-token.js";

/** What is told of values that could not be kept as they were. */
export interface LossListener {
  /** So many characters of a text became U+FFFD. */
  replaced(count: number): void;
  /** A NaN or Infinity inside a JSON value became null. */
  nonFinite(): void;
  /** A decimal has more digits after the point than its column. */
  rounded(): void;
  /** What was written cannot be told from what is stored: `"02134"` as 2134, `2` or `"yes"` as true. */
  converted(): void;
}

type Target = Pick<ColumnSchema, "data_type" | "precision" | "scale">;
type Conversion = (value: unknown, column: Target, losses: LossListener) => string | undefined;

/** dlt's default for decimals without precision. */
const DECIMAL_PRECISION = 38;
const DECIMAL_SCALE = 9;
const TRUE_TEXT = new Set(["yes", "true", "t", "y", "1"]);
const FALSE_TEXT = new Set(["no", "false", "f", "n", "0"]);
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const HEX_BYTES = /^0x(?:[0-9a-f]{2})*$/i;

/**
 * `value` as the JSON token that stands in a row for a column of that type, or undefined when it does not fit: dlt's matrix
 * (3.3), but nothing is rounded. Values are as `plainValue` gives them, not null and not NaN.
 */
export function coerce(value: unknown, column: Target, losses: LossListener): string | undefined {
  return CONVERSIONS[column.data_type ?? "text"](value, column, losses);
}

const CONVERSIONS: Readonly<Record<NonNullable<ColumnSchema["data_type"]>, Conversion>> = {
  text: (value, _column, losses) => textToken(textOf(value, losses), (count) => losses.replaced(count)),
  bigint: (value, { precision }, losses) => {
    const integer = integerOf(value);
    if (integer === undefined || !fitsBigint(integer, precision)) return undefined;
    if (typeof value === "string" && value !== `${integer}`) losses.converted();
    return `${integer}`;
  },
  double: (value, _column, losses) => {
    if (typeof value === "number") return `${value}`;
    if (typeof value === "bigint") return isExactAsDouble(value) ? `${value}` : undefined;
    const double = typeof value === "string" ? doubleFromText(value) : undefined;
    if (double === undefined) return undefined;
    if (value !== `${double}`) losses.converted();
    return `${double}`;
  },
  decimal: (value, { precision = DECIMAL_PRECISION, scale = Math.min(DECIMAL_SCALE, precision) }, losses) =>
    decimalToken(value, precision, scale, losses),
  wei: (value, { precision = DECIMAL_PRECISION, scale = 0 }, losses) => decimalToken(value, precision, scale, losses),
  bool: (value, _column, losses) => {
    if (typeof value === "boolean") return `${value}`;
    if (typeof value === "number" || typeof value === "bigint") {
      const isTrue = value !== 0 && value !== 0n;
      if (isTrue && Number(value) !== 1) losses.converted();
      return `${isTrue}`;
    }
    if (typeof value !== "string") return undefined;
    const word = value.toLowerCase();
    const token = TRUE_TEXT.has(word) ? "true" : FALSE_TEXT.has(word) ? "false" : undefined;
    if (token !== undefined && token !== value) losses.converted();
    return token;
  },
  timestamp: (value, column, losses) => {
    const text = timestampOf(value, losses);
    return text === undefined ? undefined : `"${cutFraction(text, column.precision)}"`;
  },
  date: (value, _column, losses) => {
    const text = (typeof value === "string" ? isoDate(value) : undefined) ?? timestampOf(value, losses);
    return text === undefined ? undefined : `"${text.slice(0, 10)}"`;
  },
  time: (value) => {
    const text = typeof value === "string" ? isoTime(value) : undefined;
    return text === undefined ? undefined : `"${text}"`;
  },
  binary: (value) => {
    const bytes = bytesOf(value);
    return bytes === undefined ? undefined : `"${base64(bytes)}"`;
  },
  json: (value, _column, losses) => {
    if (typeof value === "string")
      return isJson(value) ? textToken(value, (count) => losses.replaced(count)) : undefined;
    return isDict(value) || isList(value) ? JSON.stringify(wholeText(value, losses)) : undefined;
  },
};

/** Python's spelling where dlt's tables show it: `True`, `1e-07`. */
function textOf(value: unknown, losses: LossListener): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return base64(value);
  if (typeof value === "number") return floatText(value);
  if (typeof value === "bigint") return `${value}`;
  return wholeText(value, losses);
}

function wholeText(value: unknown, losses: LossListener): string {
  return jsonText(value, {
    clean: (text) => storable(text, (count) => losses.replaced(count)),
    onNonFinite: () => losses.nonFinite(),
  });
}

function integerOf(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : undefined;
  return typeof value === "string" ? integerFromText(value) : undefined;
}

function decimalToken(value: unknown, precision: number, scale: number, losses: LossListener): string | undefined {
  if (typeof value !== "number" && typeof value !== "bigint" && typeof value !== "string") return undefined;
  const source = typeof value === "string" ? (integerFromText(value) ?? value) : value;
  const text = decimalText(`${source}`, precision, scale);
  if (text !== undefined && text.includes(".") && text.length - 1 - text.indexOf(".") > scale) losses.rounded();
  return text === undefined ? undefined : `"${text}"`;
}

/** Numbers and numeric text that is no ISO date are seconds since 1970. */
function timestampOf(value: unknown, losses: LossListener): string | undefined {
  if (typeof value === "number" || typeof value === "bigint") return epochTimestamp(Number(value));
  if (value instanceof Date) return epochTimestamp(value.getTime() / 1000);
  if (typeof value !== "string") return undefined;
  const timestamp = isoTimestamp(value);
  if (timestamp !== undefined) return timestamp;
  const date = isoDate(value);
  if (date !== undefined) return `${date}T00:00:00Z`;
  const seconds = doubleFromText(value);
  const epoch = seconds === undefined ? undefined : epochTimestamp(seconds);
  if (epoch !== undefined) losses.converted();
  return epoch;
}

/** Cuts a timestamp to the digits that the column keeps, so that no destination rounds it up. */
function cutFraction(timestamp: string, precision: number | undefined): string {
  const point = timestamp.indexOf(".");
  if (precision === undefined || point < 0 || timestamp.length - 2 - point <= precision) return timestamp;
  return `${timestamp.slice(0, precision === 0 ? point : point + 1 + precision)}Z`;
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") {
    if (HEX_BYTES.test(value)) return Buffer.from(value.slice(2), "hex");
    return BASE64.test(value) ? Buffer.from(value, "base64") : undefined;
  }
  const integer = typeof value === "number" || typeof value === "bigint" ? integerOf(value) : undefined;
  if (integer === undefined || integer < 0n) return undefined;
  const hex = integer === 0n ? "" : integer.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex").reverse();
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // The question is whether it parses.
  }
}
