import { isPlainObject } from "../core/json.js";
import type { Warning } from "../core/warnings.js";
import { pathOfKeys } from "./json-path.js";

/** Where the rows of an object are. */
export interface DetectedRows {
  /** Keys from the root; `[]`: the object itself is one row. */
  readonly keys: readonly string[];
  /** False when something else may have been taken for rows: an object without an `id`, a list under a name that says nothing. */
  readonly certain: boolean;
  readonly warning?: Warning;
}

/** Names under which APIs put rows; dlt's list. */
const ROW_NAMES: ReadonlySet<string> = new Set([
  "data",
  "items",
  "results",
  "entries",
  "records",
  "rows",
  "entities",
  "payload",
  "content",
  "objects",
  "values",
]);
/** What is below these is about the response and not rows; lists there are taken only when there are no others. */
const ABOUT_RESPONSE: ReadonlySet<string> = new Set([
  "meta",
  "metadata",
  "pagination",
  "links",
  "extras",
  "headers",
  "errors",
  "warnings",
]);
const IDENTITY = /^_?(id|uuid|guid)$/i;
const MAX_KEYS = 3;

interface Candidate {
  readonly keys: readonly string[];
  readonly list: readonly unknown[];
  readonly aboutResponse: boolean;
}

/**
 * Finds the rows in a response that is an object. Lists at most three keys deep are candidates. The first one with one
 * of dlt's names (`data`, `items`, `results`, …) wins, even if it is empty. Otherwise lists of objects come before empty
 * ones and those before lists of scalars, shallow before deep, earlier before later. (dlt takes the first in document
 * order and so finds rows in `meta.tags`.)
 *
 * An object with an `id` of its own and no better than scalar lists is itself the row. One with a list of objects is
 * taken for an envelope, as in dlt: `{ id: 7, parts: [{…}] }` selects `parts`; `dataSelector: "$"` says otherwise.
 */
export function detectRows(body: Record<string, unknown>): DetectedRows {
  const all = candidatesIn(body, [], false);
  const proper = all.filter((candidate) => !candidate.aboutResponse);
  const candidates = proper.length > 0 ? proper : all;
  const named = candidates.find((candidate) => ROW_NAMES.has(candidate.keys.at(-1) ?? ""));
  if (named !== undefined) return { keys: named.keys, certain: !named.aboutResponse };
  const ranked = candidates.toSorted((a, b) => rank(b.list) - rank(a.list) || a.keys.length - b.keys.length);
  const [best, second] = ranked;
  const isEntity = hasIdentity(body);
  if (best === undefined || (isEntity && (proper.length === 0 || rank(best.list) < 2)))
    return { keys: [], certain: isEntity };
  const ambiguous =
    second !== undefined && rank(best.list) === 2 && rank(second.list) === 2 && second.keys.length === best.keys.length;
  return { keys: best.keys, certain: false, ...(ambiguous && { warning: ambiguity(best, second) }) };
}

/** True for an object with an `id` of its own: it is a record, whatever else it says. */
export function hasIdentity(body: Record<string, unknown>): boolean {
  return Object.entries(body).some(([key, value]) => IDENTITY.test(key) && typeof value !== "object");
}

function candidatesIn(object: Record<string, unknown>, above: readonly string[], aboutResponse: boolean): Candidate[] {
  const found: Candidate[] = [];
  for (const [key, value] of Object.entries(object)) {
    const keys = [...above, key];
    const about = aboutResponse || ABOUT_RESPONSE.has(key.toLowerCase());
    if (Array.isArray(value)) found.push({ keys, list: value, aboutResponse: about });
    else if (isPlainObject(value) && keys.length < MAX_KEYS) found.push(...candidatesIn(value, keys, about));
  }
  return found;
}

/** 2: objects, 1: empty, 0: scalars or lists. The first member speaks for the others. */
function rank(list: readonly unknown[]): number {
  return list.length === 0 ? 1 : isPlainObject(list[0]) ? 2 : 0;
}

function ambiguity(best: Candidate, second: Candidate): Warning {
  const [chosen, other] = [pathOfKeys(best.keys).path, pathOfKeys(second.keys).path];
  return {
    code: "selector-ambiguous",
    message: `The rows were looked for: "${chosen}" was taken, but "${other}" is a list of objects too. Set dataSelector to the right one.`,
  };
}
