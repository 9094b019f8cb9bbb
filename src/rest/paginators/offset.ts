import type { Warning } from "../../core/warnings.js";
import type { ConfigReader } from "../config-reader.js";
import type { RequestSpec } from "../request.js";
import type { PageCapOption } from "./page-cap.js";
import type { PageFacts, PageStep, Paginator } from "./paginator.js";
import { place, readPlacement, type Placement } from "./placement.js";
import { totalIfAny } from "./reading.js";
import {
  rangeAhead,
  rangeMissed,
  rangeStep,
  readRangeRules,
  type PrefetchOption,
  type RangeRules,
  type RangeState,
} from "./range.js";

/** Counts rows. */
export interface OffsetConfig extends PrefetchOption, PageCapOption {
  readonly type: "offset";
  /** Rows per page; sent with every request. */
  readonly limit: number;
  /** Offset of the first request. Default 0. */
  readonly offset?: number;
  /** Query parameter of the offset. Default `offset`. */
  readonly offsetParam?: string;
  /** Path of the offset in the body, instead of `offsetParam`. */
  readonly offsetBodyPath?: string;
  /** Request header of the offset, instead of `offsetParam`. */
  readonly offsetHeader?: string;
  /** Query parameter of the limit. Default `limit`. */
  readonly limitParam?: string;
  /** Path of the limit in the body, instead of `limitParam`. */
  readonly limitBodyPath?: string;
  /** Request header of the limit, instead of `limitParam`. */
  readonly limitHeader?: string;
  /** JSONPath of the number of rows. Default `total`; null: the API sends none. */
  readonly totalPath?: string | null;
  /** Exclusive: this offset is not requested any more. */
  readonly maximumOffset?: number | null;
  /** Default true. */
  readonly stopAfterEmptyPage?: boolean;
  /** JSONPath of a flag; false ends the pages. */
  readonly hasMorePath?: string | null;
}

/** The offset of the page, and whether the page before it had fewer rows than the limit. */
export type OffsetState = RangeState & { readonly afterShortPage?: true };

/** Sends offset and limit with every request. */
export class OffsetPaginator implements Paginator<OffsetState> {
  readonly type: string = "offset";
  readonly #first: number;
  readonly #offset: Placement;
  readonly #limit: Placement;
  readonly #rules: RangeRules;

  constructor(first: number, places: { readonly offset: Placement; readonly limit: Placement }, rules: RangeRules) {
    this.#first = first;
    this.#offset = places.offset;
    this.#limit = places.limit;
    this.#rules = rules;
  }

  start(): OffsetState {
    return { value: this.#first };
  }

  apply(request: RequestSpec, state: OffsetState): RequestSpec {
    return place(place(request, this.#offset, state.value), this.#limit, this.#rules.step);
  }

  next(state: OffsetState, facts: PageFacts): PageStep<OffsetState> {
    const step = rangeStep(state, facts, this.#rules);
    const warning = shortPage(state, facts, this.#rules, "state" in step);
    const warnings = [...(step.warnings ?? []), ...(warning === undefined ? [] : [warning])];
    if ("stop" in step) return { ...step, warnings };
    const short = facts.items.length < this.#rules.step;
    return { state: { ...step.state, ...(short && { afterShortPage: true as const }) }, warnings };
  }

  ahead(next: OffsetState, facts: PageFacts, count: number): readonly OffsetState[] {
    return rangeAhead(next, facts, this.#rules, count);
  }

  missed(state: OffsetState, page: number): Warning | undefined {
    return rangeMissed(state, page, this.#rules);
  }
}

/**
 * An API that caps its pages below the limit makes the next offset jump over rows. It shows when the total or the flag
 * promises more rows than the page has, or, without those, when a page with rows follows a short one.
 */
function shortPage(state: OffsetState, facts: PageFacts, rules: RangeRules, goesOn: boolean): Warning | undefined {
  const count = facts.items.length;
  if (count === 0) return undefined;
  const total = rules.totalPath === undefined ? undefined : totalIfAny(rules.totalPath, facts.response);
  const promised =
    total !== undefined
      ? Math.min(rules.step, total - state.value)
      : goesOn && rules.hasMorePath !== undefined
        ? rules.step
        : 0;
  if (count >= promised && state.afterShortPage !== true) return undefined;
  return {
    code: "short-page",
    message: `Pages have fewer rows than the limit of ${rules.step} although more follow (page ${facts.page}: ${count}). If the API caps its pages, rows are skipped: set limit to the API's maximum.`,
  };
}

/** Reads `{ type: "offset", limit, … }`. */
export function offsetFromConfig(config: ConfigReader): OffsetPaginator {
  const hint = 'Give the number of rows per page, as in `{ type: "offset", limit: 100 }`.';
  const limit = config.need("limit", config.count("limit"), 100, hint);
  const first = config.integer("offset") ?? 0;
  const places = { offset: readPlacement(config, "offset", "offset"), limit: readPlacement(config, "limit", "limit") };
  const rules = readRangeRules(config, first, {
    unit: "rows",
    step: limit,
    base: 0,
    totalItemsPath: undefined,
    maximumOption: "maximumOffset",
  });
  config.done();
  return new OffsetPaginator(first, places, rules);
}
