import type * as losslessJson from "lossless-json";
import { ExactNumber, isExactDecimal } from "../core/exact-number.js";
import { lazyModule } from "../core/lazy-module.js";
import { bodyExcerpt, ResponseParseError, type BodyOrigin } from "./errors.js";

const library = lazyModule<typeof losslessJson>("lossless-json");

/** Objects and lists deeper than this are refused: everything that walks rows recursively can then rely on its stack. */
const MAX_DEPTH = 1000;

/** Values that one body may hold: 20 million objects need about a gigabyte of memory. */
const MAX_VALUES = 20_000_000;

/** Characters from which a body is measured before it is parsed: up to here no body can be so deep or so full that parsing it does harm. */
const MEASURED_LENGTH = 4 * 1024 * 1024;

/** A number that `JSON.parse` may change, after `:`, `[`, `,` or at the start: 16 or more digits, or a large exponent. Digits inside strings may hit too: that costs time, never correctness. */
const DELICATE_NUMBER = /(?:^|[:[,])\s*-?(?:\d{16}|\d[\d.]{0,400}[eE][+-]?\d{3})/;

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

/**
 * Parses a JSON body. Integers beyond 2^53 become `bigint`, every other number a `number`; a key `__proto__` becomes an
 * ordinary own property; of repeated keys the last wins, as in `JSON.parse`. An integer may be written with zeros after
 * the point or with an exponent, as long as 16 digits or more come first: `1.2345678901234567e+20` is how doubles are written.
 * What neither can hold (`1e400`, `1e-400`, integers of more than 400 digits) becomes the text of the number.
 *
 * `numbers: "exact"` makes an {@link ExactNumber} of a fraction with more digits than a double holds.
 *
 * `JSON.parse` rounds long integers silently, and a parser that does not is five times slower: a scan for such numbers decides.
 *
 * @throws ResponseParseError when the text is not JSON, is nested more than 1,000 levels deep, or holds more than 20 million values.
 */
export function parseJsonBody(text: string, origin: BodyOrigin, numbers: NumberReading = "double"): unknown {
  const isLong = text.length > MEASURED_LENGTH;
  if (isLong) checkMeasures(text, origin);
  let value: unknown;
  try {
    value = parseJson(text, numbers);
  } catch (cause) {
    if (cause instanceof RangeError) throw tooDeep(origin, cause);
    throw notJson(text, origin, cause);
  }
  if (!isLong && hasManyContainers(text) && isDeeperThan(value, MAX_DEPTH)) throw tooDeep(origin);
  return value;
}

/** `JSON.parse` that changes no number, see {@link parseJsonBody}. Throws what the parsers throw. */
export function parseJson(text: string, numbers: NumberReading = "double"): unknown {
  const [delicate, read] = numbers === "exact" ? [LONG_NUMBER, exactDecimal] : [DELICATE_NUMBER, exactNumber];
  return hasNumber(text, delicate) ? parseExact(text, read) : (JSON.parse(text) as unknown);
}

function hasNumber(text: string, pattern: RegExp): boolean {
  try {
    return pattern.test(text);
  } catch {
    return true; // Megabytes of white space between two values exhaust the memory of the expression, not that of the parser.
  }
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

/** Looks for depth and mass in the text: a parser that meets them has used up the memory before it is done. */
function checkMeasures(text: string, origin: BodyOrigin): void {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at);
        if (at === -1) return; // Not JSON: the parser will say so.
        break;
      case 0x5b: // [
      case 0x7b: // {
        values += 1;
        depth += 1;
        if (depth > MAX_DEPTH) throw tooDeep(origin);
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth -= 1;
        break;
      case 0x2c: // ,
        values += 1;
        break;
      default:
    }
    if (values > MAX_VALUES) throw tooMany(origin);
  }
}

/** Where the string that begins at `start` ends; -1 when it does not. */
function endOfString(text: string, start: number): number {
  let end = start;
  let isEscaped = true;
  while (isEscaped) {
    end = text.indexOf('"', end + 1);
    if (end === -1) return -1;
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes += 1;
    isEscaped = backslashes % 2 === 1;
  }
  return end;
}

/** Counting brackets is far cheaper than walking the value, and most bodies have too few to be deep. */
function hasManyContainers(text: string): boolean {
  let count = 0;
  for (const bracket of ["[", "{"]) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      if (++count > MAX_DEPTH) return true;
    }
  }
  return false;
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) {
    for (const item of value) if (isDeeperThan(item, levels - 1)) return true;
    return false;
  }
  const record = value as Record<string, unknown>;
  for (const key in record) if (isDeeperThan(record[key], levels - 1)) return true;
  return false;
}

function tooDeep(origin: BodyOrigin, cause?: unknown): ResponseParseError {
  return new ResponseParseError(`The JSON body is nested more than ${MAX_DEPTH} levels deep`, origin, { cause });
}

function tooMany(origin: BodyOrigin): ResponseParseError {
  return new ResponseParseError(`The JSON body holds more than ${MAX_VALUES} values`, origin, {
    hint: "Ask for smaller pages (a limit or per_page parameter).",
  });
}

function notJson(text: string, origin: BodyOrigin, cause: unknown): ResponseParseError {
  const start = text.trimStart();
  const html = start.startsWith("<") || /\bhtml\b/i.test(origin.contentType ?? "");
  const hint = html
    ? "This looks like a web page: check the base URL, the path, and whether the API wants a login."
    : "Check the path, or an Accept header or format parameter that makes the API send JSON. JSON Lines and CSV are read too: endpoint.responseFormat names them where the content type does not.";
  return new ResponseParseError(`The body is not JSON: ${bodyExcerpt(text)}`, origin, {
    cause,
    hint,
    truncated: /^[[{]/.test(start),
  });
}
