import type { ConfigReader } from "../config-reader.js";
import type { RequestSpec } from "../request.js";
import { linkWithRel } from "./link-header.js";
import { applyLink, FIRST_LINK, linkStep, type LinkState } from "./next-link.js";
import type { PageFacts, PageStep, Paginator } from "./paginator.js";

/** Follows a link in the `Link` header (RFC 8288). */
export interface HeaderLinkConfig {
  readonly type: "header_link";
  /** Relation type of the link. Default `next`. */
  readonly linksNextKey?: string;
}

/** Ends when the header has no link with the relation type. */
export class HeaderLinkPaginator implements Paginator<LinkState> {
  readonly type: string = "header_link";
  readonly #rel: string;

  constructor(rel: string) {
    this.#rel = rel;
  }

  start(): LinkState {
    return FIRST_LINK;
  }

  apply(request: RequestSpec, state: LinkState): RequestSpec {
    return applyLink(request, state);
  }

  next(_state: LinkState, facts: PageFacts): PageStep<LinkState> {
    return linkStep(
      linkWithRel(facts.response.headers["link"], this.#rel),
      facts,
      `rel "${this.#rel}" of the Link header`,
    );
  }
}

/** Reads `{ type: "header_link", linksNextKey }`. */
export function headerLinkFromConfig(config: ConfigReader): HeaderLinkPaginator {
  const paginator = new HeaderLinkPaginator(config.name("linksNextKey", "next"));
  config.done();
  return paginator;
}
