import type { HttpResponse, RequestSpec } from "./request.js";
import type { PageFetch } from "./page-fetch.js";

/** The rows of one page, as an ordinary array that also knows where it came from. */
export class Page<T = unknown> extends Array<T> {
  readonly #fetched: PageFetch;

  /** Methods such as `map` return plain arrays. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  constructor(fetched: PageFetch) {
    super();
    // The caller's T is a promise about the API's rows, as with `JSON.parse`.
    for (const item of fetched.items) this.push(item as T);
    this.#fetched = fetched;
  }

  /** The response that the page was read from. */
  get response(): HttpResponse {
    return this.#fetched.response;
  }

  /** The request that was answered, with the paginator's values, without credentials. */
  get request(): RequestSpec {
    return this.#fetched.request;
  }

  /** What should be known about this page: a selector that matched nothing, withheld credentials, … */
  get warnings(): PageFetch["warnings"] {
    return this.#fetched.warnings;
  }

  /** Why this is the last page; undefined when there are more. */
  get stop(): PageFetch["stop"] {
    return this.#fetched.stop;
  }
}
