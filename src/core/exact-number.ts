/**
 * A number of a JSON text with more digits than a double holds. It calculates and compares like the nearest double, and
 * decimal columns and cursors take its digits.
 */
export class ExactNumber extends Number {
  /** As it stood in the text. */
  readonly digits: string;

  constructor(digits: string) {
    super(digits);
    this.digits = digits;
  }
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/** Compares two decimal numbers by their digits, however many they are; undefined when one of the texts is none. */
export function compareDecimals(a: string, b: string): number | undefined {
  const [x, y] = [scaled(a), scaled(b)];
  if (x === undefined || y === undefined) return undefined;
  const scale = Math.max(x.scale, y.scale);
  const [left, right] = [x, y].map((n) => n.units * 10n ** BigInt(scale - n.scale));
  if (left === undefined || right === undefined || left === right) return 0;
  return left < right ? -1 : 1;
}

/** True when the nearest double is the number itself, as far as its shortest spelling goes. */
export function isExactDecimal(digits: string): boolean {
  return compareDecimals(digits, `${Number(digits)}`) === 0;
}

/** The number as whole units of 10^-scale. */
function scaled(text: string): { readonly units: bigint; readonly scale: number } | undefined {
  const [, sign, whole, fraction = "", exponent = "0"] = DECIMAL.exec(text) ?? [];
  if (sign === undefined || whole === undefined) return undefined;
  const scale = fraction.length - Number(exponent);
  const units = BigInt(`${sign}${whole}${fraction}`);
  return scale < 0 ? { units: units * 10n ** BigInt(-scale), scale: 0 } : { units, scale };
}
