import { plural } from "../../core/count-text.js";
import { isPlainObject } from "../../core/json.js";
import type { Warning } from "../../core/warnings.js";
import { PaginationError } from "../errors.js";
import type { HttpResponse, RequestSpec } from "../request.js";
import { hasIdentity } from "../row-detection.js";
import { cycleStep, type CycleState } from "./cycles.js";
import { fingerprintOfRequest, fingerprintOfRows, fingerprintOfText } from "./fingerprints.js";
import { toldTotal } from "./detection.js";
import { keysOf, repeatedKeys } from "./row-keys.js";

/**
 * What is remembered of earlier pages to notice that they go round in circles: small, because every page's journal
 * record has it.
 */
export type GuardState = {
  /** Fingerprints of the latest requests, oldest first. */
  readonly recent: readonly string[];
  /** Fingerprint of the request of the last page whose number is a power of two. Catches cycles longer than `recent` (Brent's algorithm). */
  readonly anchor: string;
  /** Fingerprint of the rows of the page before, of its body where the rows are parts of records; "" when it had none. */
  readonly rows: string;
  /** Pages without rows since the last one that had some; absent: 0. */
  readonly empty?: number;
  /** Of the rows of earlier pages. */
  readonly cycles: CycleState;
  /** Fingerprint of the body, of pages whose rows are all alike. */
  readonly body?: string;
  /** Pages in a row that had the same rows as the page before; absent: 0. */
  readonly same?: number;
  /** Keys of the last rows, where the rows have a primary key. */
  readonly keys?: readonly string[];
  /** Rows of all pages so far. */
  readonly read: number;
  /** The number of rows that there are, as the latest page that says so tells it. */
  readonly total?: number;
};

const RECENT = 20;

/** Pages in a row that may be empty: APIs that filter after paging send some, one that sends ever new links to nothing never ends. */
const MAX_EMPTY_PAGES = 1000;
/** Pages in a row that may have the same single row. */
const MAX_SAME_PAGES = 100;

/** The page that was just read. */
export interface GuardedPage {
  /** As sent. */
  readonly request: RequestSpec;
  readonly response: HttpResponse;
  readonly items: readonly unknown[];
  /** The rows are parts of the API's records, which may be equal where the records are not. */
  readonly findsParts: boolean;
  readonly page: number;
  /** Type of the paginator, for the error. */
  readonly paginator: string;
  /** Fields that identify a row, where they are known. */
  readonly primaryKey?: readonly string[] | undefined;
}

/** What the guards found. */
export interface Guarded {
  readonly state: GuardState;
  readonly warnings: readonly Warning[];
}

/**
 * The guards after a page was read.
 *
 * @throws PaginationError when it has the rows of the page before, ends a second round of the same pages, or is one empty page too many.
 */
export function guardPage(before: GuardState | null, guarded: GuardedPage): Guarded {
  const { request, response, items, page, paginator, primaryKey = [] } = guarded;
  const sent = fingerprintOfRequest(request);
  const { rows: selected, alike } = fingerprintOfRows(items);
  const rows = guarded.findsParts && selected !== "" ? fingerprintOfText(response.text) : selected;
  const body = alike ? fingerprintOfText(response.text) : undefined;
  const isSame = before !== null && rows !== "" && rows === before.rows;
  const same = isSame ? (before.same ?? 0) + 1 : 0;
  if (isSame && (same > MAX_SAME_PAGES || !mayRepeat(items, body, before)))
    throw loop(`Page ${page} has the same ${plural(items.length, "row")} as the page before`, page, paginator);
  const { state: cycles, cycle } = cycleStep(before?.cycles, {
    rows,
    page,
    mayRepeat: alike ? MAX_SAME_PAGES : undefined,
    identified: isPlainObject(items[0]) && hasIdentity(items[0]),
  });
  if (cycle !== undefined)
    throw loop(
      `The same ${cycle} pages come again and again (up to page ${page}), behind values that are new`,
      page,
      paginator,
    );
  const empty = rows === "" ? (before?.empty ?? 0) + 1 : 0;
  if (empty > MAX_EMPTY_PAGES)
    throw loop(`The API sent ${MAX_EMPTY_PAGES} pages in a row without rows, and announces more`, page, paginator);
  const keys = keysOf(items, primaryKey);
  const repeated = repeatedKeys(before?.keys ?? [], keys);
  const isPowerOfTwo = (page & (page - 1)) === 0;
  const total = toldTotal(guarded) ?? before?.total;
  const state = {
    recent: [...(before?.recent ?? []), sent].slice(-RECENT),
    anchor: before === null || isPowerOfTwo ? sent : before.anchor,
    rows,
    cycles,
    ...(empty > 0 && { empty }),
    ...(body !== undefined && { body }),
    ...(same > 0 && { same }),
    // An empty page in between does not end the comparison.
    ...(items.length === 0 ? before?.keys && { keys: before.keys } : keys.length > 0 && { keys: keys.slice(-KEYS) }),
    read: (before?.read ?? 0) + items.length,
    ...(total !== undefined && { total }),
  };
  return {
    state,
    warnings: [...(isSame ? [pageRepeated(page)] : []), ...(repeated > 0 ? [drift(page, repeated)] : [])],
  };
}

/** Rows of the end of a page that are looked for in the next. What shifts onto the next page comes from here. */
const KEYS = 10;

/**
 * Pages of one row, or of equal ones, can be equal: measured values, say. Not so a record with an id of its own when the
 * whole response is the same: then what asked for the next page was not heeded.
 */
function mayRepeat(items: readonly unknown[], body: string | undefined, before: GuardState): boolean {
  if (body === undefined) return false;
  const [first] = items;
  return body !== before.body || !isPlainObject(first) || !hasIdentity(first);
}

function pageRepeated(page: number): Warning {
  return {
    code: "page-repeated",
    message: `Page ${page} has the same single row as the page before; it is loaded, since it may be another one. If it is not, the API ignores what asks for the next page.`,
  };
}

function drift(page: number, count: number): Warning {
  return {
    code: "pagination-drift",
    message: `Rows at the end of page ${page - 1} came again on page ${page}: the list changed while it was read, so others may be missing, or the API includes the row that it was asked to begin after. A merge by primary key puts them together.`,
    count,
  };
}

/**
 * Looks at the request of the next page.
 *
 * @throws PaginationError when it was sent before.
 */
export function guardNext(guards: GuardState, next: RequestSpec, { page, paginator }: GuardedPage): void {
  const fingerprint = fingerprintOfRequest(next);
  const at = guards.recent.lastIndexOf(fingerprint);
  if (at === -1 && fingerprint !== guards.anchor) return;
  const earlier = at === -1 ? "an earlier page" : `page ${page - (guards.recent.length - 1 - at)}`;
  throw loop(`After page ${page} the API points to ${earlier} again`, page, paginator);
}

function loop(message: string, page: number, paginator: string): PaginationError {
  const advice =
    paginator === "auto"
      ? "The paginator was recognised from the first response, perhaps wrongly: configure it."
      : paginator === "keyset"
        ? "The last row's key does not move: more rows share it than a page holds, or the API ignores it. Page by a field that is unique, or ask for larger pages."
        : `The API ignores the value of the "${paginator}" paginator or repeats its link: check the paginator and its parameters.`;
  return new PaginationError(message, { page, hint: advice }, "SLUICE_PAGINATION_LOOP");
}
