import { isPlainObject } from "../../core/json.js";
import { pathOfKeys } from "../json-path.js";
import { findNamed, HAS_MORE, isInteger, TOTALS, type Detected } from "./body-search.js";
import { hasMorePages, offsetAndLimit, pageCount } from "./detect-counting.js";
import { listObject, nextInHeader, relayConnection } from "./detect-envelopes.js";
import { cursor, findNext, isLink, nextInLinkList, numberedNext } from "./detect-next.js";
import { linkWithRel } from "./link-header.js";
import type { PageFacts } from "./paginator.js";
import type { PaginatorConfig } from "./registry.js";
import { toInteger } from "./reading.js";

/**
 * Looks at the first response for the ways in which APIs announce further pages. In dlt's order: `Link` header, link in
 * the body, number of pages, cursor; then what dlt does not know: offset and limit with a total, has-more with a page
 * number, and envelopes that say more than a name does (Relay, Stripe). Undefined: nothing was recognised.
 */
export function detectPaginator(facts: PageFacts): Detected | undefined {
  if (linkWithRel(facts.response, "next") !== undefined) return { config: { type: "header_link" }, doubtful: false };
  const body = facts.response.json();
  if (!isPlainObject(body)) return nextInHeader(facts);
  const next = findNext(body);
  if (next !== undefined && isLink(next))
    return { config: { type: "json_link", nextUrlPath: pathOfKeys(next.keys).path }, doubtful: false };
  return (
    nextInLinkList(body) ??
    nextInHeader(facts) ??
    relayConnection(body, facts) ??
    pageCount(body, facts) ??
    numberedNext(next, facts) ??
    cursor(next, facts) ??
    listObject(body, facts) ??
    offsetAndLimit(body, facts) ??
    hasMorePages(body, facts)
  );
}

/** The number of rows that there are, by the first response or any other; undefined when none is told. */
export function toldTotal({ response, items }: PageFacts): number | undefined {
  const body = response.json();
  const inHeader = toInteger(response.headers["x-total-count"]);
  // The one row of a response that is the row has counts of its own.
  if (!isPlainObject(body) || items[0] === body) return inHeader;
  return toInteger(findNamed(body, TOTALS, isInteger)?.value) ?? inHeader;
}

/** True when the response says that there is more than it has: a flag, or a total beyond its rows. */
export function promisesMore(facts: PageFacts): boolean {
  const body = facts.response.json();
  if ((toldTotal(facts) ?? 0) > facts.items.length) return true;
  return isPlainObject(body) && findNamed(body, HAS_MORE, (value) => value === true) !== undefined;
}

/** True when the response says that it is the last: a next link or cursor that is null or empty, a flag that is false. */
export function saysEnd({ response }: PageFacts): boolean {
  return hasEmptyNext(response.json());
}

function hasEmptyNext(body: unknown): boolean {
  if (!isPlainObject(body)) return false;
  return Object.entries(body).some(([key, value]) =>
    isPlainObject(value)
      ? hasEmptyNext(value)
      : NEXT_NAME.test(key) && (value === null || value === "" || value === false),
  );
}

const NEXT_NAME = /^next|cursor$|^has_?(more|next)/i;
const SIZE_PARAM = /^(limit|per_?page|page_?size|size|count|max_?results|top|\$top|take|first)$/i;

/** True when the page has just the size that was asked for. */
export function isExactlyFull({ items, request }: PageFacts): boolean {
  const params = [...Object.entries(request.params), ...new URL(request.url).searchParams];
  return items.length > 0 && params.some(([name, value]) => SIZE_PARAM.test(name) && toInteger(value) === items.length);
}

/** A paginator's config as it is written in a configuration. */
export function configLine(config: PaginatorConfig): string {
  const options = Object.entries(config).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return `{ ${options.join(", ")} }`;
}
