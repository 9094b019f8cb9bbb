import type { ConfigReader } from "../config-reader.js";
import { compilePath, type CompiledPath } from "../json-path.js";
import type { RequestSpec } from "../request.js";
import { applyLink, FIRST_LINK, linkStep, type LinkState } from "./next-link.js";
import type { PageFacts, PageStep, Paginator } from "./paginator.js";

/** Follows a link in the body. */
export interface JsonLinkConfig {
  readonly type: "json_link";
  /** JSONPath of the next page's URL. Default `next`. */
  readonly nextUrlPath?: string;
}

/** Ends when the link is missing, null, "" or false. */
export class JsonLinkPaginator implements Paginator<LinkState> {
  readonly type: string = "json_link";
  readonly #path: CompiledPath;

  constructor(path: CompiledPath) {
    this.#path = path;
  }

  start(): LinkState {
    return FIRST_LINK;
  }

  apply(request: RequestSpec, state: LinkState): RequestSpec {
    return applyLink(request, state);
  }

  next(_state: LinkState, facts: PageFacts): PageStep<LinkState> {
    return linkStep(this.#path.first(facts.response.json()), facts, `"${this.#path.path}"`);
  }
}

/** Reads `{ type: "json_link", nextUrlPath }`. */
export function jsonLinkFromConfig(config: ConfigReader): JsonLinkPaginator {
  const path = compilePath(config.name("nextUrlPath", "next"));
  config.done();
  return new JsonLinkPaginator(path);
}
