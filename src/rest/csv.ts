import { excerpt } from "../core/errors.js";
import type { Piecework } from "../core/piecework.js";
import { type BodyOrigin, ResponseParseError } from "./errors.js";

/** Values that one body may hold, as in JSON. */
const MAX_VALUES = 20_000_000;
/** Records between two breaks. */
const PIECE = 1000;
const DELIMITERS = [",", ";", "\t", "|"] as const;

/**
 * The records of a CSV body (RFC 4180) as objects, named by the first record. The delimiter is the one that the header has
 * most of: comma, semicolon, tab or bar. Values stay text: what a column is, only its reader knows (hints of `columns` turn
 * text into numbers and dates). A field that is empty without quotes is null, as is one that a short record has not.
 * Empty names become `column_<position>`, repeated ones get a number.
 *
 * @throws ResponseParseError for a quote that is not closed, text after a closing quote, a record with more fields than the header.
 */
export function* parseCsv(text: string, origin: BodyOrigin): Piecework<Record<string, string | null>[]> {
  // Excel's way of naming the delimiter.
  const named = /^sep=([^\r\n])\r?\n/i.exec(text);
  const start = named?.[0].length ?? 0;
  const scanner = new CsvScanner(text, start, named?.[1] ?? delimiterOf(text), origin);
  const header = scanner.record();
  if (header === undefined) return [];
  const names = columnNames(header);
  const rows: Record<string, string | null>[] = [];
  let values = 0;
  for (let fields = scanner.record(); fields !== undefined; fields = scanner.record()) {
    values += names.length;
    if (values > MAX_VALUES)
      throw new ResponseParseError(`The CSV body holds more than ${MAX_VALUES} values`, origin, {
        hint: "Ask for smaller pages (a limit or per_page parameter).",
      });
    if (fields.length > names.length && fields.slice(names.length).some((field) => field !== null))
      throw new ResponseParseError(
        `The CSV record that ends in line ${scanner.line - 1} has ${fields.length} fields, the header ${names.length}`,
        origin,
        { hint: `The record begins with ${excerpt(fields.slice(0, 3))}: is the first line a header?` },
      );
    rows.push(Object.fromEntries(names.map((name, i) => [name, fields[i] ?? null])));
    if (rows.length % PIECE === 0) yield;
  }
  return rows;
}

/** Reads record after record. */
class CsvScanner {
  /** Of the next character, 1-based. */
  line = 1;
  readonly #text: string;
  readonly #delimiter: string;
  readonly #origin: BodyOrigin;
  #at: number;

  constructor(text: string, start: number, delimiter: string, origin: BodyOrigin) {
    this.#text = text;
    this.#at = start;
    this.#delimiter = delimiter;
    this.#origin = origin;
  }

  /** The fields of the next record that is not an empty line; undefined at the end. Null: empty without quotes. */
  record(): (string | null)[] | undefined {
    while (this.#at < this.#text.length) {
      const fields: (string | null)[] = [this.#field()];
      while (this.#text[this.#at] === this.#delimiter) {
        this.#at += 1;
        fields.push(this.#field());
      }
      this.#endLine();
      if (fields.length > 1 || fields[0] !== null) return fields;
    }
    return undefined;
  }

  #field(): string | null {
    if (this.#text[this.#at] === '"') return this.#quoted();
    const from = this.#at;
    let end = from;
    for (; end < this.#text.length; end += 1) {
      const char = this.#text[end];
      if (char === this.#delimiter || char === "\n" || char === "\r") break;
    }
    this.#at = end;
    return end === from ? null : this.#text.slice(from, end);
  }

  #quoted(): string {
    const from = this.#at + 1;
    let end = this.#text.indexOf('"', from);
    while (end !== -1 && this.#text[end + 1] === '"') end = this.#text.indexOf('"', end + 2);
    if (end === -1)
      throw this.#broken(`A quote that is opened in line ${this.line} of the CSV body is not closed`, true);
    const field = this.#text.slice(from, end);
    const after = this.#text[end + 1];
    this.line += field.split("\n").length - 1;
    if (after !== undefined && after !== this.#delimiter && after !== "\n" && after !== "\r")
      throw this.#broken(`Line ${this.line} of the CSV body has ${excerpt(after)} after a closing quote`, false);
    this.#at = end + 1;
    return field.replaceAll('""', '"');
  }

  /** A line ends with LF, CRLF or a lone CR. */
  #endLine(): void {
    if (this.#text[this.#at] === "\r") this.#at += this.#text[this.#at + 1] === "\n" ? 2 : 1;
    else this.#at += 1;
    this.line += 1;
  }

  #broken(message: string, truncated: boolean): ResponseParseError {
    return new ResponseParseError(message, this.#origin, {
      truncated,
      hint: "If the body is not CSV, say so with endpoint.responseFormat.",
    });
  }
}

function delimiterOf(text: string): string {
  const end = text.search(/[\r\n]/);
  const header = text.slice(0, Math.min(end === -1 ? text.length : end, 1_000_000)).replace(/"[^"]*"/g, "");
  const counts = DELIMITERS.map((delimiter) => header.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ",";
}

function columnNames(header: readonly (string | null)[]): string[] {
  const names = new Set<string>();
  for (const [i, field] of header.entries()) {
    const given = field?.trim() ?? "";
    const base = given === "" ? `column_${i + 1}` : given;
    let name = base;
    for (let n = 2; names.has(name); n += 1) name = `${base}_${n}`;
    names.add(name);
  }
  return [...names];
}
