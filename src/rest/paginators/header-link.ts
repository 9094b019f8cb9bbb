import type { ConfigReader } from "../config-reader.js";
import type { RequestSpec } from "../request.js";
import { readEndRules, type EndOptions, type EndRules } from "./end-rules.js";
import { linkWithRel } from "./link-header.js";
import { applyLink, FIRST_LINK, linkStep, type LinkState } from "./next-link.js";
import type { PageCapOption } from "./page-cap.js";
import type { PageFacts, PageStep, Paginator } from "./paginator.js";

/** Follows a link in the `Link` header (RFC 8288). */
export interface HeaderLinkConfig extends EndOptions, PageCapOption {
  readonly type: "header_link";
  /** Relation type of the link. Default `next`. */
  readonly linksNextKey?: string;
}

/** Ends when the header has no link with the relation type, or when one of the rules says so. */
export class HeaderLinkPaginator implements Paginator<LinkState> {
  readonly type: string = "header_link";
  readonly #rel: string;
  readonly #rules: EndRules;

  constructor(rel: string, rules: EndRules) {
    this.#rel = rel;
    this.#rules = rules;
  }

  start(): LinkState {
    return FIRST_LINK;
  }

  apply(request: RequestSpec, state: LinkState): RequestSpec {
    return applyLink(request, state);
  }

  next(_state: LinkState, facts: PageFacts): PageStep<LinkState> {
    const { response } = facts;
    // A header that links to other pages, and not to a next one, says that there is none.
    const link = linkWithRel(response, this.#rel) ?? (linkWithRel(response, "prev") === undefined ? undefined : null);
    return linkStep(link, facts, { place: `rel "${this.#rel}" of the Link header`, rules: this.#rules });
  }
}

/** Reads `{ type: "header_link", linksNextKey, … }`. */
export function headerLinkFromConfig(config: ConfigReader): HeaderLinkPaginator {
  const paginator = new HeaderLinkPaginator(config.name("linksNextKey", "next"), readEndRules(config));
  config.done();
  return paginator;
}
