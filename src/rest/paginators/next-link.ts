import { excerpt } from "../../core/errors.js";
import { PaginationError } from "../errors.js";
import type { RequestSpec } from "../request.js";
import { endOf, type EndRules } from "./end-rules.js";
import type { PageFacts, PageStep } from "./paginator.js";

/** State of the paginators that follow links: the next page's URL, null for the first page. */
export type LinkState = { readonly url: string | null };

/** The first page is the configured request. */
export const FIRST_LINK: LinkState = { url: null };

/** The request of a linked page. The link carries the whole query: the configured params are dropped; headers, body and method stay. */
export function applyLink(request: RequestSpec, state: LinkState): RequestSpec {
  return state.url === null ? request : { ...request, url: state.url, params: {} };
}

/**
 * The step that a found link means. Null, missing, "" and false end the pages. A relative link is resolved against the
 * address that the response came from (RFC 3986, 5.1.3).
 *
 * @throws PaginationError for a value that is no link; `place` says where it was found.
 */
export function linkStep(
  link: unknown,
  facts: PageFacts,
  { place, rules }: { readonly place: string; readonly rules: EndRules },
): PageStep<LinkState> {
  if (link === undefined) return { stop: "no-next" };
  if (link === null || link === "" || link === false) return { stop: "no-next", isSaid: true };
  const end = endOf(facts, rules);
  if (end !== undefined) return { stop: end };
  if (typeof link !== "string" || !URL.canParse(link, facts.response.url)) {
    throw new PaginationError(`The next link at ${place} is ${excerpt(link)}, which is no URL`, {
      page: facts.page,
      hint: "If it is a cursor, use the cursor paginator; if it is an object, point to the text inside it (such as `next.href`).",
    });
  }
  const { href, protocol } = new URL(link, facts.response.url);
  if (protocol !== "http:" && protocol !== "https:") {
    throw new PaginationError(`The next link at ${place} is ${excerpt(link)}, which is no http address`, {
      page: facts.page,
      hint: "Nothing but http and https is ever read. Check what the API sends, and with which paginator it should be read.",
    });
  }
  return { state: { url: href } };
}
