import type { Piecework } from "../core/piecework.js";
import { parseCsv } from "./csv.js";
import { errorInBody } from "./error-body.js";
import { bodyExcerpt, type BodyOrigin, ResponseParseError } from "./errors.js";
import type { NumberReading } from "./json-numbers.js";
import { parseJsonLines } from "./json-lines.js";
import { parseJsonPieces } from "./json-pieces.js";

/** How a body is written: one JSON value, a JSON value per line, or comma-separated values with a header. */
export const RESPONSE_FORMATS = ["json", "jsonl", "csv"] as const;
export type ResponseFormat = (typeof RESPONSE_FORMATS)[number];

/** Types that say nothing of the format; the ending of the address may. */
const UNSPECIFIC = /^(|text\/plain|(application|binary)\/(octet-stream|x?-?gzip))$/;
const BY_TYPE: readonly (readonly [RegExp, ResponseFormat])[] = [
  [/^(application|text)\/(x-)?(ndjson|jsonl|jsonlines|json-lines)$/, "jsonl"],
  [/^(application|text)\/(x-)?(csv|tsv|tab-separated-values|comma-separated-values)$/, "csv"],
];
const BY_ENDING: readonly (readonly [RegExp, ResponseFormat])[] = [
  [/\.(jsonl|ndjson)(\.gz)?$/i, "jsonl"],
  [/\.(csv|tsv)(\.gz)?$/i, "csv"],
];

/** The format by content type, where that says nothing by the ending of the path (`export.csv.gz`), otherwise JSON. */
export function formatOf({ contentType = "", url }: Pick<BodyOrigin, "contentType" | "url">): ResponseFormat {
  const type = (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();
  const rules = UNSPECIFIC.test(type) ? BY_ENDING : BY_TYPE;
  const text = UNSPECIFIC.test(type) ? (url.split(/[?#]/, 1)[0] ?? "") : type;
  return rules.find(([pattern]) => pattern.test(text))?.[1] ?? "json";
}

/**
 * The value of a body that is not empty: what its JSON says, or the list of its lines or records.
 *
 * @throws ResponseParseError
 */
export function parseBody(
  text: string,
  origin: BodyOrigin,
  format: ResponseFormat = formatOf(origin),
  numbers?: NumberReading,
): Piecework<unknown> {
  if (format === "json") return parseJsonPieces(text, origin, numbers);
  assertFormat(text, origin, format);
  return format === "jsonl" ? parseJsonLines(text, origin, numbers) : parseCsv(text, origin);
}

const WEB_PAGE = /^\s*<(!doctype|html|head|body|\?xml)\b/i;
const JSON_TYPE = /^[^;]*[/+]json\b/i;
/** Longer ones are no errors. */
const MAX_ERROR = 64 * 1024;

/** Refuses a web page, and the JSON that an API says errors with, where lines or records are expected: they would pass for rows. */
function assertFormat(text: string, origin: BodyOrigin, format: "jsonl" | "csv"): void {
  const what = format === "csv" && WEB_PAGE.test(text) ? "a web page" : saidInJson(text, origin, format);
  if (what === undefined) return;
  throw new ResponseParseError(`The body is ${what} where ${format} is expected: ${bodyExcerpt(text)}`, origin, {
    hint: "The API seems to answer with an error, or to want a login. If it means that there is nothing to read, say so with responseActions.",
  });
}

function saidInJson(text: string, origin: BodyOrigin, format: "jsonl" | "csv"): string | undefined {
  const isJson = JSON_TYPE.test(origin.contentType ?? "");
  if (text.length > MAX_ERROR || !/^\s*[[{]/.test(text) || (format === "jsonl" && !isJson)) return undefined;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  const error = errorInBody(body);
  if (error !== undefined) return `JSON that says ${error}`;
  return format === "csv" && isJson ? "JSON" : undefined;
}
