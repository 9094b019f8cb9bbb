import { createHash } from "node:crypto";
import { encodeBody } from "../body.js";
import { PaginationError } from "../errors.js";
import type { RequestSpec } from "../request.js";
import { buildUrl } from "../url.js";

/**
 * What is remembered of earlier pages to notice that they go round in circles: small, because every page's journal
 * record has it.
 */
export type GuardState = {
  /** Fingerprints of the latest requests, oldest first. */
  readonly recent: readonly string[];
  /** Fingerprint of the request of the last page whose number is a power of two. Catches cycles longer than `recent` (Brent's algorithm). */
  readonly anchor: string;
  /** Fingerprint of the rows of the page before; "" when it had none. */
  readonly rows: string;
  /** Pages without rows since the last one that had some; absent: 0. */
  readonly empty?: number;
};

const RECENT = 20;
/** Rows of a page that go into its fingerprint. All of a small page; evenly spread ones of a large page, to stay cheap. */
const SAMPLED_ROWS = 64;

/** Pages in a row that may be empty: APIs that filter after paging send some, one that sends ever new links to nothing never ends. */
const MAX_EMPTY_PAGES = 1000;

/** The page that was just read. */
export interface GuardedPage {
  /** As sent. */
  readonly request: RequestSpec;
  readonly items: readonly unknown[];
  readonly page: number;
  /** Type of the paginator, for the error. */
  readonly paginator: string;
}

/**
 * The guards after a page was read.
 *
 * @throws PaginationError when it has the rows of the page before, or is one empty page too many.
 */
export function guardPage(before: GuardState | null, { request, items, page, paginator }: GuardedPage): GuardState {
  const sent = fingerprintOfRequest(request);
  const rows = fingerprintOfRows(items);
  if (before !== null && rows !== "" && rows === before.rows) {
    throw loop(`Page ${page} has the same ${items.length} rows as the page before`, page, paginator);
  }
  const empty = rows === "" ? (before?.empty ?? 0) + 1 : 0;
  if (empty > MAX_EMPTY_PAGES)
    throw loop(`The API sent ${MAX_EMPTY_PAGES} pages in a row without rows, and announces more`, page, paginator);
  const isPowerOfTwo = (page & (page - 1)) === 0;
  return {
    recent: [...(before?.recent ?? []), sent].slice(-RECENT),
    anchor: before === null || isPowerOfTwo ? sent : before.anchor,
    rows,
    ...(empty > 0 && { empty }),
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
      : `The API ignores the value of the "${paginator}" paginator or repeats its link: check the paginator and its parameters.`;
  return new PaginationError(message, { page, hint: advice }, "SLUICE_PAGINATION_LOOP");
}

function fingerprintOfRequest(request: RequestSpec): string {
  const body = encodeBody(request)?.bytes ?? "";
  const headers = Object.entries(request.headers).map(([name, value]) => `${name.toLowerCase()}:${value}`);
  return digest([`${request.method} ${buildUrl(request.url, request.params)}`, headers.join("\n"), body]);
}

function fingerprintOfRows(items: readonly unknown[]): string {
  if (items.length === 0) return "";
  const step = Math.max(1, (items.length - 1) / (SAMPLED_ROWS - 1));
  const sample: unknown[] = [items.length];
  for (let i = 0; Math.round(i * step) < items.length; i += 1) sample.push(items[Math.round(i * step)]);
  return digest([JSON.stringify(sample, (_key, value: unknown) => (typeof value === "bigint" ? `${value}n` : value))]);
}

function digest(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha1");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("base64url").slice(0, 10);
}
