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
  "paging",
  "links",
  "extras",
  "headers",
  "errors",
  "warnings",
  "facets",
  "aggregations",
  "included",
  "includes",
]);
const IDENTITY = /^_?(id|uuid|guid)$/i;
const MAX_KEYS = 3;

interface Candidate {
  readonly keys: readonly string[];
  readonly list: readonly unknown[];
  readonly aboutResponse: boolean;
  /** It has one of dlt's names. */
  readonly named: boolean;
  /** 2: objects, 1: empty, 0: scalars or lists. The first member speaks for the others. */
  readonly rank: 0 | 1 | 2;
}

/**
 * Finds the rows in a response that is an object. Lists at most three keys deep are candidates:
 *
 * 1. one with one of dlt's names (`data`, `items`, `results`, …) that holds objects or nothing;
 * 2. any other list of objects, unless a named list of scalars is less deep;
 * 3. a named list of scalars, then empty lists, then lists of scalars.
 *
 * Among equals shallow comes before deep, objects before nothing, earlier before later. (dlt takes the first in document
 * order and so finds rows in `meta.tags`.)
 *
 * An object with an `id` of its own and no list of objects (nor an empty one with a known name) is itself the row. So is one
 * that has fields of its own besides the `id`, and says nothing of pages, where its list of objects has a name that says
 * nothing: `{ id: 7, name: "x", parts: [{…}] }` (dlt takes `parts`). Any other is taken for an envelope, as in dlt.
 */
export function detectRows(body: Record<string, unknown>): DetectedRows {
  const all = candidatesIn(body, [], false);
  const proper = all.filter((candidate) => !candidate.aboutResponse);
  const candidates = proper.length > 0 ? proper : all;
  const scalars = candidates.filter(({ named, rank }) => named && rank === 0).map(({ keys }) => keys.length);
  const worth = worthAbove(Math.min(...scalars));
  const ranked = candidates.toSorted((a, b) => worth(b) - worth(a) || a.keys.length - b.keys.length || b.rank - a.rank);
  const [best] = ranked;
  const isEntity = hasIdentity(body);
  if (best === undefined || (isEntity && (best.aboutResponse || best.rank < (best.named ? 1 : 2))))
    return { keys: [], certain: isEntity };
  const record = recordAround(body, best.keys);
  if (record?.isRow === true && !best.named && best.rank === 2)
    return { keys: record.keys, certain: true, warning: ambiguity(record.keys, best.keys) };
  const rival = ranked.find((other) => other !== best && isRival(other, best))?.keys ?? doubted(best, record, body);
  return {
    keys: best.keys,
    certain: best.named && !best.aboutResponse,
    ...(rival !== undefined && { warning: ambiguity(best.keys, rival) }),
  };
}

/** Names of what an envelope says besides its rows, without `_`, `-` and `$`, lower-case. */
const IN_ENVELOPES =
  /^(@?odata.*|next.*|prev.*|(first|last|current)(page|url|link)?|self|href|url|.*cursors?|.*token|total.*|.*count|found|num(found|pages|results)|page.*|.*perpage|limit|offset|skip|start(at|index)?|size|more|has(more|next).*|is(last|truncated).*|object|kind|type|etag|ok|success|status|code|message|took|timestamp|requestid|version|query)$/;

/**
 * Finds the rows in a response of an address that names one thing, such as `users/3`: the object is the one row, whatever
 * lists it has. Only an object that says nothing of its own beside a list under a known name is the envelope of a list.
 */
export function detectOne(body: Record<string, unknown>): DetectedRows {
  const found = detectRows(body);
  const isEntity = hasIdentity(body);
  const isEnvelope = !isEntity && found.certain && Object.keys(body).every((key) => isOfEnvelope(key, found.keys));
  return isEnvelope ? found : { keys: [], certain: isEntity };
}

/** What of it envelopes of pages have and records hardly ever. */
const OF_PAGES =
  /^(@?odata.*|next.*|prev.*|.*cursors?|total(pages|count|results|records|items)|page.*|.*perpage|offset|skip|more|has(more|next).*)$/;

/** An object with an `id` of its own on the way to a list. */
interface RecordAround {
  readonly keys: readonly string[];
  /** It has other fields of its own and says nothing of pages. */
  readonly isRow: boolean;
}

/** The outermost object with an identity among those that `keys` lead through. */
function recordAround(body: Record<string, unknown>, keys: readonly string[]): RecordAround | undefined {
  for (let depth = 0; depth < keys.length; depth += 1) {
    const above = keys.slice(0, depth);
    const object = pathOfKeys(above).first(body);
    if (!isPlainObject(object) || !hasIdentity(object)) continue;
    const isPaged = [body, object].some((around) => Object.keys(around).some((key) => OF_PAGES.test(bareName(key))));
    return { keys: above, isRow: !isPaged && hasOwnFields(object) };
  }
  return undefined;
}

/** True when an object has plain values that are neither its identity nor what envelopes say. */
function hasOwnFields(object: Record<string, unknown>): boolean {
  return Object.entries(object).some(
    ([key, value]) =>
      typeof value !== "object" &&
      !IDENTITY.test(key) &&
      !IN_ENVELOPES.test(bareName(key)) &&
      !ABOUT_RESPONSE.has(bareName(key)),
  );
}

/** The object that may be the row although a list in it was taken. */
function doubted(
  best: Candidate,
  record: RecordAround | undefined,
  body: Record<string, unknown>,
): readonly string[] | undefined {
  if (best.rank !== 2) return undefined;
  if (record !== undefined) return record.isRow || !best.named ? record.keys : undefined;
  return !best.named && hasOwnFields(body) ? [] : undefined;
}

function bareName(key: string): string {
  return key.replaceAll(/[_$-]/g, "").toLowerCase();
}

function isOfEnvelope(key: string, rows: readonly string[]): boolean {
  const bare = bareName(key);
  return key === rows[0] || ABOUT_RESPONSE.has(bare) || IN_ENVELOPES.test(bare);
}

/** How much speaks for a list; `depth` is that of the shallowest named list of scalars. */
function worthAbove(depth: number): (candidate: Candidate) => number {
  return ({ named, rank, keys }) => {
    if (named) return rank > 0 ? 4 : 2;
    return rank === 2 ? (keys.length <= depth ? 3 : 1.5) : rank;
  };
}

/** What could as well have been meant: objects in a place that is no worse, or a name that spoke for a list of scalars. */
function isRival(other: Candidate, best: Candidate): boolean {
  if (best.named) return other.rank === 2 && best.rank === 2 && other.keys.length < best.keys.length;
  return best.rank === 2 && (other.named || (other.rank === 2 && other.keys.length === best.keys.length));
}

/** True for an object with an `id` of its own: it is a record, whatever else it says. */
export function hasIdentity(body: Record<string, unknown>): boolean {
  return Object.entries(body).some(([key, value]) => IDENTITY.test(key) && typeof value !== "object");
}

function candidatesIn(object: Record<string, unknown>, above: readonly string[], aboutResponse: boolean): Candidate[] {
  const found: Candidate[] = [];
  for (const [key, value] of Object.entries(object)) {
    const keys = [...above, key];
    const about = aboutResponse || ABOUT_RESPONSE.has(key.replace(/^_+/, "").toLowerCase());
    if (Array.isArray(value))
      found.push({ keys, list: value, aboutResponse: about, named: ROW_NAMES.has(key), rank: rankOf(value) });
    else if (isPlainObject(value) && keys.length < MAX_KEYS) found.push(...candidatesIn(value, keys, about));
  }
  return found;
}

function rankOf(list: readonly unknown[]): Candidate["rank"] {
  return list.length === 0 ? 1 : isPlainObject(list[0]) ? 2 : 0;
}

function ambiguity(best: readonly string[], second: readonly string[]): Warning {
  const [chosen, other] = [pathOfKeys(best).path, pathOfKeys(second).path];
  return {
    code: "selector-ambiguous",
    message: `The rows were looked for: "${chosen}" was taken, but "${other}" may be meant as well. Set dataSelector to the right one.`,
  };
}
