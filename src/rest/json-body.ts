import type * as losslessJson from "lossless-json";
import { lazyModule } from "../core/lazy-module.js";
import { bodyExcerpt, ResponseParseError, type BodyOrigin } from "./errors.js";

const library = lazyModule<typeof losslessJson>("lossless-json");

/** Objects and lists deeper than this are refused: everything that walks rows recursively can then rely on its stack. */
const MAX_DEPTH = 1000;

/** A number of 16 or more digits after `:`, `[`, `,` or at the start. Digits inside strings may hit too: that costs time, never correctness. */
const LONG_NUMBER = /(?:^|[:[,])\s*-?\d{16,}/;

/** What that scan finds, in parts: sign, digits before the point, after it, exponent. */
const LONG_LITERAL = /^(-?)(\d{16,})(?:\.(\d+))?(?:e([+-]?\d+))?$/i;

/** Most digits of an integer that is written with an exponent: a few characters must not make megabytes. */
const MAX_DIGITS = 400;

/**
 * Parses a JSON body. Integers beyond 2^53 become `bigint`, every other number a `number`; a key `__proto__` becomes an
 * ordinary own property; of repeated keys the last wins, as in `JSON.parse`. An integer may be written with zeros after
 * the point or with an exponent, as long as 16 digits or more come first: `1.2345678901234567e+20` is how doubles are written.
 *
 * `JSON.parse` rounds long integers silently, and a parser that does not is five times slower: a scan for long numbers decides.
 *
 * @throws ResponseParseError when the text is not JSON or is nested more than 1,000 levels deep.
 */
export function parseJsonBody(text: string, origin: BodyOrigin): unknown {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    if (cause instanceof RangeError) throw tooDeep(origin, cause);
    throw notJson(text, origin, cause);
  }
  if (hasManyContainers(text) && isDeeperThan(value, MAX_DEPTH)) throw tooDeep(origin);
  return value;
}

/** `JSON.parse` that keeps integers beyond 2^53 exact, as `bigint`. Throws what the parsers throw. */
export function parseJson(text: string): unknown {
  return LONG_NUMBER.test(text) ? parseExact(text) : (JSON.parse(text) as unknown);
}

function parseExact(text: string): unknown {
  return library().parse(text, null, {
    parseNumber: exactNumber,
    onDuplicateKey: ({ newValue }) => newValue,
  });
}

function exactNumber(literal: string): number | bigint {
  const number = Number(literal);
  const [, sign, whole, fraction = "", exponent] = LONG_LITERAL.exec(literal) ?? [];
  if (sign === undefined || whole === undefined || Number.isSafeInteger(number)) return number;
  if (fraction === "" && exponent === undefined) return BigInt(literal);
  const digits = whole + fraction;
  const length = whole.length + Number(exponent ?? 0);
  if (length <= 0 || length > MAX_DIGITS || /[1-9]/.test(digits.slice(length))) return number;
  return BigInt(sign + digits.slice(0, length).padEnd(length, "0"));
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

function notJson(text: string, origin: BodyOrigin, cause: unknown): ResponseParseError {
  const start = text.trimStart();
  const html = start.startsWith("<") || /\bhtml\b/i.test(origin.contentType ?? "");
  const hint = html
    ? "This looks like a web page: check the base URL, the path, and whether the API wants a login."
    : "sluice reads JSON: check the path, or an Accept header or format parameter that makes the API send JSON.";
  return new ResponseParseError(`The body is not JSON: ${bodyExcerpt(text)}`, origin, {
    cause,
    hint,
    truncated: /^[[{]/.test(start),
  });
}
