import type { JsonValue } from "../../core/json.js";
import type { RequestSpec } from "../request.js";
import type { PageFacts, PageStep, Paginator } from "./paginator.js";

/** Option of every built-in paginator that goes on. */
export interface PageCapOption {
  /** Read no more than so many pages, whatever the API says; a warning when there were more. Default: no bound. */
  readonly maxPages?: number | null;
}

/** A paginator that stops after `maxPages` pages: a guard against lists that have no end. */
export class CappedPaginator implements Paginator {
  readonly type: string;
  readonly #inner: Paginator;
  readonly #maxPages: number;

  constructor(inner: Paginator, maxPages: number) {
    this.type = inner.type;
    this.#inner = inner;
    this.#maxPages = maxPages;
  }

  start(request: RequestSpec): JsonValue {
    return this.#inner.start(request);
  }

  apply(request: RequestSpec, state: JsonValue): RequestSpec {
    return this.#inner.apply(request, state);
  }

  next(state: JsonValue, facts: PageFacts): PageStep {
    const step = this.#inner.next(state, facts);
    if (!("state" in step) || facts.page < this.#maxPages) return step;
    const { state: _unread, ...said } = step;
    const message = `The pages go on after page ${facts.page}, but maxPages is ${this.#maxPages}: the rest was not read.`;
    return { ...said, stop: "limit", warnings: [...(step.warnings ?? []), { code: "max-pages-reached", message }] };
  }

  ahead(next: JsonValue, facts: PageFacts, count: number): readonly JsonValue[] {
    return this.#inner.ahead?.(next, facts, Math.max(0, Math.min(count, this.#maxPages - facts.page - 1))) ?? [];
  }
}
