const MAX_BIGINT = 2n ** 63n - 1n;
const MIN_BIGINT = -(2n ** 63n);
/** Widths of integer columns in databases. */
const WIDTHS = [8, 16, 32, 64, 128] as const;
const INTEGER = /^\s*([+-]?\d+)\s*$/;
const HEX = /^\s*0x([0-9a-f]+)\s*$/i;
const FLOAT = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;
const DECIMAL = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i;
/** Exponents beyond this would make kilobytes of zeros out of a few characters. */
const MAX_EXPONENT = 1000;
/** Longer text is no number that any column holds; also bounds the cost of BigInt. */
const MAX_DIGITS = 1000;

/** True when a signed integer of 64 bits, or of another usual width that has so many, holds `value`. */
export function fitsBigint(value: bigint, bits = 64): boolean {
  if (bits === 64) return value >= MIN_BIGINT && value <= MAX_BIGINT;
  const width = WIDTHS.find((usual) => usual >= bits) ?? 128;
  return BigInt.asIntN(width, value) === value;
}

/** True when a double holds `value` exactly. */
export function isExactAsDouble(value: bigint): boolean {
  return BigInt(Number(value)) === value;
}

/** A number as Python writes it: `0.5`, `-0.0`, `1e-07`, `1e+16`; what may have been an integer without a point. */
export function floatText(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-4 && size < 1e16)) return `${value}`;
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}

/** The integer that text spells (decimal or `0x…`, surrounding space allowed), or undefined. */
export function integerFromText(text: string): bigint | undefined {
  if (text.length > MAX_DIGITS) return undefined;
  const hex = HEX.exec(text)?.[1];
  if (hex !== undefined) return BigInt(`0x${hex}`);
  const decimal = INTEGER.exec(text)?.[1];
  return decimal === undefined ? undefined : BigInt(decimal.replace("+", ""));
}

/** The finite double that text spells, or undefined; integers that a double cannot hold are not rounded but refused. */
export function doubleFromText(text: string): number | undefined {
  const integer = integerFromText(text);
  if (integer !== undefined) return isExactAsDouble(integer) ? Number(integer) : undefined;
  const value = text.length <= MAX_DIGITS && FLOAT.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/**
 * A decimal number without exponent and surplus zeros (`1.50e1` is `15`), or undefined when `text` is none or does not fit
 * `precision` digits of which `scale` stand after the point. Digits after the point are the destination's to round, except
 * at scale 0, where a fraction would be lost.
 */
export function decimalText(text: string, precision: number, scale: number): string | undefined {
  const trimmed = text.trim();
  const parts = trimmed.length <= MAX_DIGITS ? DECIMAL.exec(trimmed) : null;
  if (parts === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponentText = "0"] = parts;
  const exponent = Number(exponentText);
  if (whole + fraction === "" || Math.abs(exponent) > MAX_EXPONENT) return undefined;
  const digits = whole + fraction;
  const point = whole.length + exponent;
  const integer = digits.slice(0, Math.max(point, 0)).padEnd(Math.max(point, 0), "0").replace(/^0+/, "");
  const rest = `${"0".repeat(Math.max(-point, 0))}${digits.slice(Math.max(point, 0))}`.replace(/0+$/, "");
  if (integer.length > precision - scale || (scale === 0 && rest !== "")) return undefined;
  const magnitude = `${integer === "" ? "0" : integer}${rest === "" ? "" : `.${rest}`}`;
  return sign === "-" && magnitude !== "0" ? `-${magnitude}` : magnitude;
}
