import type { Warning } from "../../core/warnings.js";
import type { ConfigReader } from "../config-reader.js";
import type { CompiledPath } from "../json-path.js";
import type { PageFacts, PageStep } from "./paginator.js";
import { readHasMore, readTotal, totalIfAny } from "./reading.js";

/** State of the paginators that count: the page number or offset of the page. */
export type RangeState = { readonly value: number };

/** How a counting paginator moves and when it ends. Every rule can only stop; none can go on after another stopped. */
export interface RangeRules {
  /** 1 for page numbers, the limit for offsets. */
  readonly step: number;
  /** Number of the first page; 0 for offsets. The end is at `total + base`. */
  readonly base: number;
  readonly totalPath: CompiledPath | undefined;
  /** Exclusive: this value is not requested any more. */
  readonly maximum: number | undefined;
  readonly stopAfterEmptyPage: boolean;
  readonly hasMorePath: CompiledPath | undefined;
}

/** Reads the options that both counting paginators share. */
export function readRangeRules(
  config: ConfigReader,
  fixed: { readonly step: number; readonly base: number; readonly maximumOption: string },
): RangeRules {
  const rules = {
    step: fixed.step,
    base: fixed.base,
    totalPath: config.jsonPath("totalPath", "total"),
    maximum: config.integer(fixed.maximumOption),
    stopAfterEmptyPage: config.boolean("stopAfterEmptyPage", true),
    hasMorePath: config.jsonPath("hasMorePath"),
  };
  if (
    rules.totalPath === undefined &&
    rules.maximum === undefined &&
    !rules.stopAfterEmptyPage &&
    rules.hasMorePath === undefined
  ) {
    throw config.error(
      "The paginator would never stop",
      `Give one of totalPath, ${fixed.maximumOption}, hasMorePath, or stopAfterEmptyPage.`,
    );
  }
  return rules;
}

/** The step after one page, in dlt's order: empty page, total, maximum, has more. An empty body always ends the pages. */
export function rangeStep(state: RangeState, facts: PageFacts, rules: RangeRules): PageStep<RangeState> {
  const isEmpty = facts.items.length === 0;
  const body = facts.response.json();
  if (body === undefined || (isEmpty && rules.stopAfterEmptyPage)) {
    const warning = totalNotReached(state, facts, rules);
    return { stop: "empty-page", ...(warning && { warnings: [warning] }) };
  }
  const total = rules.totalPath === undefined ? undefined : readTotal(rules.totalPath, facts);
  const value = state.value + rules.step;
  if (total !== undefined && value >= total + rules.base) return { stop: "total-reached" };
  if (rules.maximum !== undefined && value >= rules.maximum) return { stop: "maximum-reached" };
  if (rules.hasMorePath !== undefined && !readHasMore(rules.hasMorePath, facts)) return { stop: "has-more-false" };
  return { state: { value } };
}

/** An empty page where the total promises rows is what a wrong selector or a changing list looks like. */
function totalNotReached(state: RangeState, facts: PageFacts, rules: RangeRules): Warning | undefined {
  const total = rules.totalPath === undefined ? undefined : totalIfAny(rules.totalPath, facts.response);
  if (total === undefined || state.value >= total + rules.base) return undefined;
  return {
    code: "total-not-reached",
    message: `Page ${facts.page} is empty although the total is ${total}: rows may be missing. Check dataSelector, and whether the API limits how far one may page.`,
  };
}
