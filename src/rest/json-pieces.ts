import type { Piecework } from "../core/piecework.js";
import type { BodyOrigin } from "./errors.js";
import { BodyMeasures, endOfString, parseJsonBody } from "./json-body.js";
import { type NumberReading, parseJson } from "./json-numbers.js";

/** In characters. */
export interface PieceSizes {
  /** From here on a body is parsed in pieces: up to here it takes a fifth of a second. */
  readonly long: number;
  /** What is parsed at once. Eight times as much is looked through at once: that is ten times as fast. */
  readonly piece: number;
}

const SIZES: PieceSizes = { long: 16 * 1024 * 1024, piece: 1024 * 1024 };

/** As {@link parseJsonBody}, in pieces where the text is long. */
export function* parseJsonPieces(
  text: string,
  origin: BodyOrigin,
  numbers: NumberReading | undefined,
  { long, piece }: PieceSizes = SIZES,
): Piecework<unknown> {
  if (text.length <= long) return parseJsonBody(text, origin, numbers);
  const measures = new BodyMeasures(text, origin);
  while (!measures.look(8 * piece)) yield;
  try {
    return yield* new PieceParser(text, piece, numbers).document();
  } catch {
    return parseJsonBody(text, origin, numbers); // Says what is wrong with it.
  }
}

/**
 * Parses lists and objects that are longer than a piece by groups of their elements, everything else with `parseJson`. Where
 * the text is no JSON it throws, or `parseJson` does.
 */
class PieceParser {
  readonly #text: string;
  readonly #piece: number;
  readonly #numbers: NumberReading | undefined;
  #at = 0;

  constructor(text: string, piece: number, numbers: NumberReading | undefined) {
    this.#text = text;
    this.#piece = piece;
    this.#numbers = numbers;
  }

  *document(): Piecework<unknown> {
    const value = yield* this.#value();
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#malformed();
    return value;
  }

  *#value(): Piecework<unknown> {
    this.#skipSpace();
    const opening = this.#text[this.#at];
    if (opening === "[") return yield* this.#list();
    if (opening === "{") return yield* this.#object();
    const end = opening === '"' ? endOfString(this.#text, this.#at) + 1 : this.#groupEnd();
    if (end <= this.#at) throw this.#malformed();
    return parseJson(this.#take(end), this.#numbers);
  }

  *#list(): Piecework<unknown[]> {
    const items: unknown[] = [];
    if (this.#isEmpty("]")) return items;
    do {
      const end = this.#groupEnd();
      if (end === -1) items.push(yield* this.#value());
      else {
        const group = parseJson(`[${this.#take(end)}]`, this.#numbers) as unknown[]; // So it begins and ends.
        if (group.length === 0) throw this.#malformed();
        for (const item of group) items.push(item);
      }
      yield;
    } while (this.#goesOn("]"));
    return items;
  }

  *#object(): Piecework<Record<string, unknown>> {
    const entries: [string, unknown][] = [];
    if (this.#isEmpty("}")) return {};
    do {
      const end = this.#groupEnd();
      if (end === -1) entries.push([this.#key(), yield* this.#value()]);
      else {
        const group = Object.entries(parseJson(`{${this.#take(end)}}`, this.#numbers) as Record<string, unknown>);
        if (group.length === 0) throw this.#malformed();
        for (const entry of group) entries.push(entry);
      }
      yield;
    } while (this.#goesOn("}"));
    return Object.fromEntries(entries); // Of repeated keys the last one, and `__proto__` an ordinary one.
  }

  #key(): string {
    this.#skipSpace();
    const end = this.#text[this.#at] === '"' ? endOfString(this.#text, this.#at) : -1;
    if (end === -1) throw this.#malformed();
    const key = JSON.parse(this.#take(end + 1)) as string; // It is quoted.
    this.#skipSpace();
    if (this.#text[this.#at] !== ":") throw this.#malformed();
    this.#at += 1;
    return key;
  }

  /** Behind the opening bracket of a list or object: true when the closing one follows, which is passed. */
  #isEmpty(closing: string): boolean {
    this.#at += 1;
    this.#skipSpace();
    if (this.#text[this.#at] !== closing) return false;
    this.#at += 1;
    return true;
  }

  /** Behind an element: passes the comma, or the closing bracket, after which nothing comes. */
  #goesOn(closing: string): boolean {
    this.#skipSpace();
    const char = this.#text[this.#at];
    if (char !== "," && char !== closing) throw this.#malformed();
    this.#at += 1;
    return char === ",";
  }

  /** Where the elements end that are not longer than a piece together, at a comma or bracket; -1 when the first one is longer. */
  #groupEnd(): number {
    const text = this.#text;
    const last = this.#at + this.#piece;
    let depth = 0;
    let end = -1;
    for (let at = this.#at; at < text.length && (at <= last || end === -1); at += 1) {
      switch (text.charCodeAt(at)) {
        case 0x22: // "
          at = endOfString(text, at);
          if (at === -1) throw this.#malformed();
          break;
        case 0x5b: // [
        case 0x7b: // {
          depth += 1;
          break;
        case 0x5d: // ]
        case 0x7d: // }
          if (depth === 0) return at;
          depth -= 1;
          break;
        case 0x2c: // ,
          if (depth === 0) end = at;
          break;
        default:
      }
      if (at > last && depth > 0) return end;
    }
    return end === -1 ? text.length : end;
  }

  #take(end: number): string {
    const piece = this.#text.slice(this.#at, end);
    this.#at = end;
    return piece;
  }

  #skipSpace(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? "")) this.#at += 1;
  }

  #malformed(): SyntaxError {
    return new SyntaxError(`no JSON at character ${this.#at}`);
  }
}
