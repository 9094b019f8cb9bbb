import type { Warning } from "../../core/warnings.js";
import type { ConfigReader } from "../config-reader.js";
import type { RequestSpec } from "../request.js";
import type { PageCapOption } from "./page-cap.js";
import type { PageFacts, PageStep, Paginator } from "./paginator.js";
import { place, readPlacement, type Placement } from "./placement.js";
import {
  rangeAhead,
  rangeMissed,
  rangeStep,
  readRangeRules,
  type PrefetchOption,
  type RangeRules,
  type RangeState,
} from "./range.js";

/** Counts pages. */
export interface PageNumberConfig extends PrefetchOption, PageCapOption {
  readonly type: "page_number";
  /** Number that the API gives its first page. Default 0. */
  readonly basePage?: number;
  /** Number of the first request. Default `basePage`. */
  readonly page?: number;
  /** Query parameter of the number. Default `page`. */
  readonly pageParam?: string;
  /** Path of the number in the body, instead of `pageParam`. */
  readonly pageBodyPath?: string;
  /** Request header of the number, instead of `pageParam`. */
  readonly pageHeader?: string;
  /** JSONPath of the number of pages. Default `total`; null: the API sends none. */
  readonly totalPath?: string | null;
  /** JSONPath of the number of rows, instead of `totalPath`. */
  readonly totalItemsPath?: string | null;
  /** Exclusive: with `basePage` 1 and `maximumPage` 3, pages 1 and 2 are read. */
  readonly maximumPage?: number | null;
  /** Default true. */
  readonly stopAfterEmptyPage?: boolean;
  /** JSONPath of a flag; false ends the pages. */
  readonly hasMorePath?: string | null;
}

/** Sends the page number with every request. */
export class PageNumberPaginator implements Paginator<RangeState> {
  readonly type: string = "page_number";
  readonly #first: number;
  readonly #placement: Placement;
  readonly #rules: RangeRules;

  constructor(first: number, placement: Placement, rules: RangeRules) {
    this.#first = first;
    this.#placement = placement;
    this.#rules = rules;
  }

  start(): RangeState {
    return { value: this.#first };
  }

  apply(request: RequestSpec, state: RangeState): RequestSpec {
    return place(request, this.#placement, state.value);
  }

  next(state: RangeState, facts: PageFacts): PageStep<RangeState> {
    return rangeStep(state, facts, this.#rules);
  }

  ahead(next: RangeState, facts: PageFacts, count: number): readonly RangeState[] {
    return rangeAhead(next, facts, this.#rules, count);
  }

  missed(state: RangeState, page: number): Warning | undefined {
    return rangeMissed(state, page, this.#rules);
  }
}

/** Reads `{ type: "page_number", … }`. */
export function pageNumberFromConfig(config: ConfigReader): PageNumberPaginator {
  const base = config.integer("basePage") ?? 0;
  const first = config.integer("page") ?? base;
  const placement = readPlacement(config, "page", "page");
  const rules = readRangeRules(config, first, {
    unit: "pages",
    step: 1,
    base,
    totalItemsPath: config.jsonPath("totalItemsPath"),
    maximumOption: "maximumPage",
  });
  config.done();
  return new PageNumberPaginator(first, placement, rules);
}
