import { isPlainObject } from "../../core/json.js";
import { findNamed, HAS_MORE, hasParam, isFlag, isInteger, TOTALS, type Detected, type Found } from "./body-search.js";
import { pathOfKeys } from "../json-path.js";
import type { PageFacts } from "./paginator.js";
import { toInteger } from "./reading.js";

const PAGE_COUNTS = [
  "total_pages",
  "totalpages",
  "pages",
  "page_count",
  "pagecount",
  "last_page",
  "lastpage",
  "nbpages",
];
const CURRENT_PAGES = [
  "current_page",
  "currentpage",
  "page",
  "page_number",
  "pagenumber",
  "page_no",
  "pageno",
  "number",
  "pageindex",
  "page_index",
  "current",
  "index",
];
const PAGE_PARAMS = ["page", "p", "page_number", "pageNumber", "pageNo", "page_no", "number"];
const OFFSETS: readonly (readonly [offset: string, limit: string])[] = [
  ["offset", "limit"],
  ["skip", "limit"],
  ["startat", "maxresults"],
  ["skip", "take"],
  ["start", "limit"],
];

/** The number of pages, under one of its usual names. */
export function pageCount(body: Record<string, unknown>, facts: PageFacts): Detected | undefined {
  const total = findNamed(body, PAGE_COUNTS, isInteger);
  return total === undefined ? undefined : numbered(body, facts, { totalPath: pathOfKeys(total.keys).path }, total);
}

/** A flag, and a page number in the response or in the request. */
export function hasMorePages(body: Record<string, unknown>, facts: PageFacts): Detected | undefined {
  const flag = findNamed(body, HAS_MORE, isFlag);
  if (flag === undefined) return undefined;
  if (currentPage(body, flag) === undefined && pageParam(facts) === undefined) return undefined;
  return numbered(body, facts, { totalPath: null, hasMorePath: pathOfKeys(flag.keys).path }, flag);
}

/** The page that was answered is learned from the response, else from the request, else taken to be 1, as in nearly all APIs. */
function numbered(
  body: Record<string, unknown>,
  facts: PageFacts,
  rules: { readonly totalPath: string | null; readonly hasMorePath?: string },
  beside: Found,
): Detected {
  const param = pageParam(facts);
  const requested = param === undefined ? undefined : toInteger(facts.request.params[param]);
  const page = toInteger(currentPage(body, beside)?.value) ?? requested ?? 1;
  return {
    config: { type: "page_number", basePage: page === 0 ? 0 : 1, page, pageParam: param ?? "page", ...rules },
    doubtful: param === undefined,
  };
}

/** The number of the page that was answered: beside the total or flag that belongs to it, else anywhere. */
function currentPage(body: Record<string, unknown>, beside: Found): Found | undefined {
  const envelope = pathOfKeys(beside.keys.slice(0, -1)).first(body);
  const near = isPlainObject(envelope)
    ? Object.entries(envelope).find(([key, value]) => CURRENT_PAGES.includes(key.toLowerCase()) && isInteger(value))
    : undefined;
  return near === undefined ? findNamed(body, CURRENT_PAGES, isInteger) : { keys: [near[0]], value: near[1] };
}

function pageParam(facts: PageFacts): string | undefined {
  return PAGE_PARAMS.find((name) => hasParam(facts, name));
}

/** Offset and limit in the response or in the request, and a total or a flag that tells where it ends. */
export function offsetAndLimit(body: Record<string, unknown>, facts: PageFacts): Detected | undefined {
  const total = findNamed(body, TOTALS, isInteger);
  const flag = findNamed(body, HAS_MORE, isFlag);
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
  if (
    total !== undefined &&
    currentPage(body, total) !== undefined &&
    (toInteger(total.value) ?? 0) > facts.items.length
  )
    return numbered(body, facts, { totalPath: null }, total);
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
