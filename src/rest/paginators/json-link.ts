import type { ConfigReader } from "../config-reader.js";
import { compilePath, type CompiledPath } from "../json-path.js";
import type { RequestSpec } from "../request.js";
import { readEndRules, type EndOptions, type EndRules } from "./end-rules.js";
import { applyLink, FIRST_LINK, linkStep, type LinkState } from "./next-link.js";
import type { PageCapOption } from "./page-cap.js";
import type { PageFacts, PageStep, Paginator } from "./paginator.js";

/** Follows a link in the body. */
export interface JsonLinkConfig extends EndOptions, PageCapOption {
  readonly type: "json_link";
  /** JSONPath of the next page's URL. Default `next`. */
  readonly nextUrlPath?: string;
}

/** Ends when the link is missing, null, "" or false, or when one of the rules says so. */
export class JsonLinkPaginator implements Paginator<LinkState> {
  readonly type: string = "json_link";
  readonly #path: CompiledPath;
  readonly #rules: EndRules;

  constructor(path: CompiledPath, rules: EndRules) {
    this.#path = path;
    this.#rules = rules;
  }

  start(): LinkState {
    return FIRST_LINK;
  }

  apply(request: RequestSpec, state: LinkState): RequestSpec {
    return applyLink(request, state);
  }

  next(_state: LinkState, facts: PageFacts): PageStep<LinkState> {
    const link = this.#path.first(facts.response.json());
    return linkStep(link, facts, { place: `"${this.#path.path}"`, rules: this.#rules });
  }
}

/** Reads `{ type: "json_link", nextUrlPath, … }`. */
export function jsonLinkFromConfig(config: ConfigReader): JsonLinkPaginator {
  const paginator = new JsonLinkPaginator(compilePath(config.name("nextUrlPath", "next")), readEndRules(config));
  config.done();
  return paginator;
}
