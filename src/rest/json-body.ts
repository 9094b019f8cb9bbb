import { bodyExcerpt, ResponseParseError, type BodyOrigin } from "./errors.js";
import { type NumberReading, parseJson } from "./json-numbers.js";

/** Objects and lists deeper than this are refused: everything that walks rows recursively can then rely on its stack. */
const MAX_DEPTH = 1000;

/** Values that one body may hold: 20 million objects need about a gigabyte of memory. */
const MAX_VALUES = 20_000_000;

/** Characters from which a body is measured before it is parsed: up to here no body can be so deep or so full that parsing it does harm. */
const MEASURED_LENGTH = 4 * 1024 * 1024;

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
  if (isLong) new BodyMeasures(text, origin).look(text.length);
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

/** Looks for depth and mass in the text: a parser that meets them has used up the memory before it is done. */
export class BodyMeasures {
  readonly #text: string;
  readonly #origin: BodyOrigin;
  #at = 0;
  #depth = 0;
  #values = 0;

  constructor(text: string, origin: BodyOrigin) {
    this.#text = text;
    this.#origin = origin;
  }

  /** Looks through so many characters more. True at the end. Throws `ResponseParseError`. */
  look(characters: number): boolean {
    const text = this.#text;
    const end = Math.min(text.length, this.#at + characters);
    let depth = this.#depth;
    let values = this.#values;
    let at = this.#at;
    for (; at < end; at += 1) {
      switch (text.charCodeAt(at)) {
        case 0x22: // "
          at = endOfString(text, at);
          if (at === -1) return true; // Not JSON: the parser will say so.
          break;
        case 0x5b: // [
        case 0x7b: // {
          values += 1;
          depth += 1;
          if (depth > MAX_DEPTH) throw tooDeep(this.#origin);
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
      if (values > MAX_VALUES) throw tooMany(this.#origin);
    }
    this.#at = at;
    this.#depth = depth;
    this.#values = values;
    return at >= text.length;
  }
}

/** Where the string that begins at `start` ends; -1 when it does not. */
export function endOfString(text: string, start: number): number {
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
  const type = origin.contentType ?? "";
  const isXml = /[/+]xml\b/i.test(type.replace("xhtml+xml", "")) || start.startsWith("<?xml");
  const isPage = start.startsWith("<") || /\bhtml\b/i.test(type);
  const hint = isXml
    ? "XML is not read: ask for JSON (an Accept header, a format parameter), or let a function in responseActions return createResponse({ ...response, headers: {}, text }) with the rows as JSON."
    : isPage
      ? "This looks like a web page: check the base URL, the path, and whether the API wants a login."
      : "Check the path, or an Accept header or format parameter that makes the API send JSON. JSON Lines and CSV are read too: endpoint.responseFormat names them where the content type does not.";
  return new ResponseParseError(`The body is not JSON: ${bodyExcerpt(text)}`, origin, {
    cause,
    hint,
    truncated: /^[[{]/.test(start),
  });
}
