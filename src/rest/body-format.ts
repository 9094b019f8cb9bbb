import type { Piecework } from "../core/piecework.js";
import { parseCsv } from "./csv.js";
import type { BodyOrigin } from "./errors.js";
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
  return format === "jsonl" ? parseJsonLines(text, origin, numbers) : parseCsv(text, origin);
}
