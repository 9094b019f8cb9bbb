import type * as losslessJson from "lossless-json";
import { ExactNumber, isExactDecimal } from "../core/exact-number.js";
import { lazyModule } from "../core/lazy-module.js";

const library = lazyModule<typeof losslessJson>("lossless-json");

/** A number that `JSON.parse` may change, after `:`, `[`, `,` or at the start: 16 or more digits, or a large exponent. Digits inside strings may hit too: that costs time, never correctness. */
const DELICATE_NUMBER = /(?:^|[:[,])\s*-?(?:\d{16}|\d[\d.]{0,400}[eE][+-]?\d{3})/;

const LARGE_EXPONENT = /[eE][+-]?\d{3}/;
const MANY_DIGITS = 16;
/** What becomes of numbers with a fraction: a double each, or exact where a double loses digits. */
export type NumberReading = "double" | "exact";

/** The same for numbers that are to be exact: any of 15 digits or more may be none that a double holds. */
const LONG_NUMBER = /(?:^|[:[,])\s*-?(?:\d[\d.]{15}|\d[\d.]{0,400}[eE][+-]?\d)/;

/** An integer of 16 digits or more, in parts: sign, digits before the point, after it, exponent. */
const LONG_LITERAL = /^(-?)(\d{16,})(?:\.(\d+))?(?:e([+-]?\d+))?$/i;

/** Most digits of an integer that becomes a `bigint`: a few characters must not make megabytes, and the time to read one grows with the square of its length. */
const MAX_DIGITS = 400;

/** Characters of a number that may still be an integer of so many digits. Longer ones are doubles with many digits after the point, or too large for a double. */
const LONGEST_LITERAL = 1000;

/** `JSON.parse` that changes no number, see `parseJsonBody`. Throws what the parsers throw. */
export function parseJson(text: string, numbers: NumberReading = "double"): unknown {
  const [delicate, read] = numbers === "exact" ? [LONG_NUMBER, exactDecimal] : [DELICATE_NUMBER, exactNumber];
  return hasNumber(text, delicate) ? parseExact(text, read) : (JSON.parse(text) as unknown);
}

/** True when the text may hold a number of the pattern. */
function hasNumber(text: string, pattern: RegExp): boolean {
  try {
    // Two cheap looks for what a delicate number has to have come before the expression: 25 ms for 12 MB, 5 without it.
    const isPossible = pattern !== DELICATE_NUMBER || hasManyDigits(text) || LARGE_EXPONENT.test(text);
    return isPossible && pattern.test(text);
  } catch {
    return true; // Megabytes of white space between two values exhaust the memory of the expression, not that of the parser.
  }
}

/** True when 16 digits stand in a row: every 16th character is looked at, since one of them must be among them. */
function hasManyDigits(text: string): boolean {
  for (let at = MANY_DIGITS - 1; at < text.length; at += MANY_DIGITS) {
    if (!isDigit(text, at)) continue;
    let start = at;
    while (start > 0 && isDigit(text, start - 1)) start -= 1;
    let end = at + 1;
    while (end < text.length && end - start < MANY_DIGITS && isDigit(text, end)) end += 1;
    if (end - start >= MANY_DIGITS) return true;
  }
  return false;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

function parseExact(text: string, read: (literal: string) => unknown): unknown {
  return library().parse(text, null, {
    parseNumber: read,
    onDuplicateKey: ({ newValue }) => newValue,
  });
}

function exactNumber(literal: string): number | bigint | string {
  const number = Number(literal);
  const inexact = isOutOfRange(literal, number) ? literal : number;
  if (literal.length > LONGEST_LITERAL || Number.isSafeInteger(number)) return inexact;
  const [, sign, whole, fraction = "", exponent] = LONG_LITERAL.exec(literal) ?? [];
  if (sign === undefined || whole === undefined) return inexact;
  if (whole.length > MAX_DIGITS) return literal;
  if (fraction === "" && exponent === undefined) return BigInt(literal);
  const digits = whole + fraction;
  const length = whole.length + Number(exponent ?? 0);
  if (length <= 0 || length > MAX_DIGITS || /[1-9]/.test(digits.slice(length))) return inexact;
  return BigInt(sign + digits.slice(0, length).padEnd(length, "0"));
}

/** As {@link exactNumber}, and digits that a double would lose are kept. */
function exactDecimal(literal: string): unknown {
  const value = exactNumber(literal);
  if (typeof value !== "number" || literal.length > LONGEST_LITERAL || isExactDecimal(literal)) return value;
  return new ExactNumber(literal);
}

/** True when a double is too large or too small for the number: it became Infinity, or 0 although there is a digit that says otherwise. */
function isOutOfRange(literal: string, number: number): boolean {
  return number === 0 ? /[1-9]/.test(literal.split(/e/i, 1)[0] ?? "") : !Number.isFinite(number);
}
