import type { Piecework } from "../core/piecework.js";
import { type BodyOrigin, ResponseParseError } from "./errors.js";
import { parseJsonBody } from "./json-body.js";
import type { NumberReading } from "./json-numbers.js";

/** Lines between two breaks. */
const PIECE = 1000;

/**
 * The values of a JSON Lines body (NDJSON): one JSON value per line, empty lines left out. Numbers and limits are those of
 * {@link parseJsonBody}, for each line.
 *
 * @throws ResponseParseError with the number of the line that is no JSON.
 */
export function* parseJsonLines(text: string, origin: BodyOrigin, numbers?: NumberReading): Piecework<unknown[]> {
  const values: unknown[] = [];
  let line = 0;
  for (let from = 0; from < text.length;) {
    const end = text.indexOf("\n", from);
    const to = end === -1 ? text.length : end;
    const content = text.slice(from, to);
    line += 1;
    if (content.trim() !== "") values.push(parseLine(content, line, end === -1, origin, numbers));
    from = to + 1;
    if (line % PIECE === 0) yield;
  }
  return values;
}

function parseLine(
  content: string,
  line: number,
  isLast: boolean,
  origin: BodyOrigin,
  numbers: NumberReading | undefined,
): unknown {
  try {
    return parseJsonBody(content, origin, numbers);
  } catch (cause) {
    if (!(cause instanceof ResponseParseError)) throw cause;
    throw new ResponseParseError(`Line ${line} of the JSON Lines body cannot be read`, origin, {
      cause,
      hint: cause.message,
      // A body that ends in the middle of a line was cut off.
      truncated: isLast && cause.truncated,
    });
  }
}
