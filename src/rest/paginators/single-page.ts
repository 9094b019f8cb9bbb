import type { ConfigReader } from "../config-reader.js";
import type { RequestSpec } from "../request.js";
import type { PageStep, Paginator } from "./paginator.js";

/** One request, whatever the response says about further pages. */
export interface SinglePageConfig {
  readonly type: "single_page";
}

/** Stops after the first page. */
export class SinglePagePaginator implements Paginator<null> {
  readonly type: string = "single_page";

  start(): null {
    return null;
  }

  apply(request: RequestSpec): RequestSpec {
    return request;
  }

  next(): PageStep<null> {
    return { stop: "single-page" };
  }
}

/** Reads `{ type: "single_page" }`. */
export function singlePageFromConfig(config: ConfigReader): SinglePagePaginator {
  config.done();
  return new SinglePagePaginator();
}
