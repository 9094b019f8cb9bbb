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
};

const RECENT = 20;
/** Rows of a page that go into its fingerprint. All of a small page; evenly spread ones of a large page, to stay cheap. */
const SAMPLED_ROWS = 64;

const HINT = "The API ignores the paginator's value or repeats its link: check the paginator and its parameter, or set maxPages.";

/** The guards after a page was read. */
export function guardPage(before: GuardState | null, request: RequestSpec, items: readonly unknown[], page: number): GuardState {
  const sent = fingerprintOfRequest(request);
  const rows = fingerprintOfRows(items);
  if (before !== null && rows !== "" && rows === before.rows) {
    throw new PaginationError(`Page ${page} has the same ${items.length} rows as the page before`, { page, hint: HINT }, "SLUICE_PAGINATION_LOOP");
  }
  const isPowerOfTwo = (page & (page - 1)) === 0;
  return {
    recent: [...(before?.recent ?? []), sent].slice(-RECENT),
    anchor: before === null || isPowerOfTwo ? sent : before.anchor,
    rows,
  };
}

/** Refuses a next request that was sent before. */
export function guardNext(guards: GuardState, next: RequestSpec, page: number): void {
  const fingerprint = fingerprintOfRequest(next);
  const back = guards.recent.length - guards.recent.lastIndexOf(fingerprint);
  if (back > guards.recent.length && fingerprint !== guards.anchor) return;
  const earlier = back <= guards.recent.length ? `page ${page - back + 1}` : "an earlier page";
  throw new PaginationError(`After page ${page} the API points to ${earlier} again`, { page, hint: HINT }, "SLUICE_PAGINATION_LOOP");
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
