import { isPlainObject } from "../../core/json.js";
import { linkWithRel } from "./link-header.js";
import type { PageFacts } from "./paginator.js";
import { pathOfKeys } from "../json-path.js";
import type { PaginatorConfig } from "./registry.js";
import { toInteger } from "./reading.js";

/** A paginator that fits the first response. */
export interface Detected {
  readonly config: PaginatorConfig;
  /** True when something about it is a guess that the response cannot confirm, such as the name of a parameter. */
  readonly doubtful: boolean;
}

/** A value in the body and the keys that lead to it. */
interface Found {
  readonly keys: readonly string[];
  readonly value: unknown;
}

/**
 * Looks at the first response for the ways in which APIs announce further pages. In dlt's order: `Link` header, link in
 * the body, number of pages, cursor; then what dlt does not know: offset and limit with a total, has-more with a page
 * number. Undefined: nothing was recognised.
 */
export function detectPaginator(facts: PageFacts): Detected | undefined {
  if (linkWithRel(facts.response.headers["link"], "next") !== undefined)
    return { config: { type: "header_link" }, doubtful: false };
  const body = facts.response.json();
  if (!isPlainObject(body)) return undefined;
  const next = findNext(body);
  if (next !== undefined && isLink(next))
    return { config: { type: "json_link", nextUrlPath: pathOfKeys(next.keys).path }, doubtful: false };
  return (
    nextInLinkList(body) ??
    pageCount(body, facts) ??
    numberedNext(next, facts) ??
    cursor(next) ??
    offsetAndLimit(body, facts) ??
    hasMorePages(body, facts)
  );
}

// ---- links and cursors ----

const ANNOTATED_NEXT = /^@?odata\.nextlink$/i;
/** What may follow "next" in the name of a cursor. Anything else (`nextBillingDate`) is data. */
const CURSOR_NAME =
  /^next_?-?(|cursor|token|page|page_?token|page_?cursor|page_?id|id|key|offset|marker|start|batch|set|results?|continuation_?token)$/i;

/** The first value whose key begins with "next": depth first, in document order, through objects only. */
function findNext(body: Record<string, unknown>, above: readonly string[] = []): Found | undefined {
  for (const [key, value] of Object.entries(body)) {
    const keys = [...above, key];
    if (/^next/i.test(key) || ANNOTATED_NEXT.test(key)) {
      const found = { keys, value: isPlainObject(value) ? undefined : value };
      if (isLink(found) || isCursor(found)) return found;
      const inner = isPlainObject(value)
        ? Object.entries(value).find(([name, link]) => /^(href|url)/i.test(name) && typeof link === "string")
        : undefined;
      if (inner !== undefined) return { keys: [...keys, inner[0]], value: inner[1] };
    }
    const deeper = isPlainObject(value) ? findNext(value, keys) : undefined;
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

function isLink({ keys, value }: Found): boolean {
  if (typeof value !== "string" || value === "") return false;
  return /^(https?:\/\/|\/|\?)/i.test(value) || (/(link|url|href|uri)$/i.test(keys.at(-1) ?? "") && !/\s/.test(value));
}

function isCursor({ keys, value }: Found): boolean {
  const scalar = (typeof value === "string" && value !== "") || typeof value === "number" || typeof value === "bigint";
  return scalar && CURSOR_NAME.test(keys.at(-1) ?? "");
}

/** `links: [{ rel: "next", href }]`, and FHIR's `link: [{ relation: "next", url }]`. */
function nextInLinkList(body: Record<string, unknown>): Detected | undefined {
  for (const name of ["links", "link", "_links"]) {
    const links = body[name];
    if (!Array.isArray(links)) continue;
    for (const rel of ["rel", "relation"]) {
      const link: unknown = links.find((item: unknown) => isPlainObject(item) && item[rel] === "next");
      const target = isPlainObject(link) ? ["href", "url"].find((key) => typeof link[key] === "string") : undefined;
      if (target !== undefined)
        return { config: { type: "json_link", nextUrlPath: `${name}[?@.${rel}=='next'].${target}` }, doubtful: false };
    }
  }
  return undefined;
}

/** `next_page: 2` is a page number, `next_offset: 100` an offset: the value goes into the parameter of that name. */
function numberedNext(next: Found | undefined, facts: PageFacts): Detected | undefined {
  const name = /^next_?(page|offset)$/i.exec(next?.keys.at(-1) ?? "")?.[1]?.toLowerCase();
  if (next === undefined || name === undefined || toInteger(next.value) === undefined) return undefined;
  return {
    config: { type: "cursor", cursorPath: pathOfKeys(next.keys).path, cursorParam: name },
    doubtful: !hasParam(facts, name),
  };
}

function cursor(next: Found | undefined): Detected | undefined {
  if (next === undefined) return undefined;
  const name = /^next_?((?:page|continuation)_?token)$/i.exec(next.keys.at(-1) ?? "")?.[1];
  const param = name === undefined ? "cursor" : `${name[0]?.toLowerCase()}${name.slice(1)}`;
  return { config: { type: "cursor", cursorPath: pathOfKeys(next.keys).path, cursorParam: param }, doubtful: true };
}

// ---- counting ----

const PAGE_COUNTS = ["total_pages", "totalpages", "pages", "page_count", "pagecount", "last_page", "lastpage"];
const CURRENT_PAGES = [
  "current_page",
  "currentpage",
  "page",
  "page_number",
  "pagenumber",
  "number",
  "pageindex",
  "page_index",
];
const PAGE_PARAMS = ["page", "p", "page_number", "pageNumber", "pageNo", "page_no", "number"];
const TOTALS = [
  "total",
  "total_count",
  "totalcount",
  "total_records",
  "totalrecords",
  "total_results",
  "totalresults",
  "count",
];
const OFFSETS: readonly (readonly [offset: string, limit: string])[] = [
  ["offset", "limit"],
  ["skip", "limit"],
  ["startat", "maxresults"],
  ["skip", "take"],
  ["start", "limit"],
];
const HAS_MORE = ["has_more", "hasmore", "has_next", "hasnext", "has_next_page", "hasnextpage", "more"];

function pageCount(body: Record<string, unknown>, facts: PageFacts): Detected | undefined {
  const total = findNamed(body, PAGE_COUNTS, isInteger);
  return total === undefined ? undefined : numbered(body, facts, { totalPath: pathOfKeys(total.keys).path });
}

function hasMorePages(body: Record<string, unknown>, facts: PageFacts): Detected | undefined {
  const flag = findNamed(body, HAS_MORE, (value) => typeof value === "boolean");
  if (flag === undefined) return undefined;
  if (currentPage(body) === undefined && pageParam(facts) === undefined) return undefined;
  return numbered(body, facts, { totalPath: null, hasMorePath: pathOfKeys(flag.keys).path });
}

/** The page that was answered is learned from the response, else from the request, else taken to be 1, as in nearly all APIs. */
function numbered(
  body: Record<string, unknown>,
  facts: PageFacts,
  rules: { readonly totalPath: string | null; readonly hasMorePath?: string },
): Detected {
  const param = pageParam(facts);
  const requested = param === undefined ? undefined : toInteger(facts.request.params[param]);
  const page = toInteger(currentPage(body)?.value) ?? requested ?? 1;
  return {
    config: { type: "page_number", basePage: page === 0 ? 0 : 1, page, pageParam: param ?? "page", ...rules },
    doubtful: param === undefined,
  };
}

function currentPage(body: Record<string, unknown>): Found | undefined {
  return findNamed(body, CURRENT_PAGES, isInteger);
}

function pageParam(facts: PageFacts): string | undefined {
  return PAGE_PARAMS.find((name) => hasParam(facts, name));
}

/** Offset and limit in the response or in the request, and a total or a flag that tells where it ends. */
function offsetAndLimit(body: Record<string, unknown>, facts: PageFacts): Detected | undefined {
  const total = findNamed(body, TOTALS, isInteger);
  const flag = findNamed(body, HAS_MORE, (value) => typeof value === "boolean");
  const end =
    total !== undefined
      ? { totalPath: pathOfKeys(total.keys).path }
      : flag !== undefined
        ? { totalPath: null, hasMorePath: pathOfKeys(flag.keys).path }
        : undefined;
  if (end === undefined) return undefined;
  for (const [offsetName, limitName] of OFFSETS) {
    const offset = numberNamed(offsetName, body, facts);
    const limit = numberNamed(limitName, body, facts);
    if (offset === undefined || limit === undefined || limit.value < 1) continue;
    const config = {
      type: "offset",
      limit: limit.value,
      offset: offset.value,
      offsetParam: offset.name,
      limitParam: limit.name,
      ...end,
    } as const;
    return { config, doubtful: !offset.requested };
  }
  // A total of rows with the number of the page: the pages end with an empty one, for the size that they have is not known.
  if (currentPage(body) !== undefined && total !== undefined && (toInteger(total.value) ?? 0) > facts.items.length)
    return numbered(body, facts, { totalPath: null });
  const limit = numberNamed("limit", body, facts);
  if (limit === undefined || !limit.requested || limit.value < 1) return undefined;
  return { config: { type: "offset", limit: limit.value, ...end }, doubtful: true };
}

/** A number under a name (lower-case) in the request's params or in the response; the request's spelling and the response's value win. */
function numberNamed(
  name: string,
  body: Record<string, unknown>,
  facts: PageFacts,
): { readonly name: string; readonly value: number; readonly requested: boolean } | undefined {
  const param = Object.keys(facts.request.params).find((key) => key.toLowerCase() === name);
  const field = findNamed(body, [name], isInteger);
  const value = toInteger(field?.value) ?? (param === undefined ? undefined : toInteger(facts.request.params[param]));
  return value === undefined
    ? undefined
    : { name: param ?? field?.keys.at(-1) ?? name, value, requested: param !== undefined };
}

/** True when the response says that there is more than it has: a flag, or a total beyond its rows. */
export function promisesMore(facts: PageFacts): boolean {
  const body = facts.response.json();
  if (!isPlainObject(body)) return false;
  const total = toInteger(findNamed(body, TOTALS, isInteger)?.value) ?? 0;
  return total > facts.items.length || findNamed(body, HAS_MORE, (value) => value === true) !== undefined;
}

// ---- searching ----

/** The first value under one of the names (lower-case), depth first through objects only. */
function findNamed(
  body: Record<string, unknown>,
  names: readonly string[],
  accept: (value: unknown) => boolean,
  above: readonly string[] = [],
): Found | undefined {
  for (const [key, value] of Object.entries(body)) {
    const keys = [...above, key];
    if (names.includes(key.toLowerCase()) && accept(value)) return { keys, value };
    const deeper = isPlainObject(value) ? findNamed(value, names, accept, keys) : undefined;
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

function isInteger(value: unknown): boolean {
  return toInteger(value) !== undefined;
}

function hasParam(facts: PageFacts, name: string): boolean {
  return facts.request.params[name] !== undefined || new URL(facts.request.url).searchParams.has(name);
}
