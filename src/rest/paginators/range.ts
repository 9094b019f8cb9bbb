import type { Warning } from "../../core/warnings.js";
import type { ConfigReader } from "../config-reader.js";
import type { CompiledPath } from "../json-path.js";
import type { PageFacts, PageStep } from "./paginator.js";
import { readHasMore, readTotal, totalIfAny } from "./reading.js";

/** State of the paginators that count: the page number or offset of the page. */
export type RangeState = { readonly value: number };

/** How a counting paginator moves and when it ends. Every rule can only stop; none can go on after another stopped. */
export interface RangeRules {
  /** What the value and the total count. */
  readonly unit: "rows" | "pages";
  /** 1 for page numbers, the limit for offsets. */
  readonly step: number;
  /** Number of the first page; 0 for offsets. The end is at `total + base`. */
  readonly base: number;
  readonly totalPath: CompiledPath | undefined;
  /** Exclusive: this value is not requested any more. */
  readonly maximum: number | undefined;
  readonly stopAfterEmptyPage: boolean;
  readonly hasMorePath: CompiledPath | undefined;
  /** Pages to ask for early. Undefined: none while the end is unknown, else as many as whoever asks wants. */
  readonly prefetch: number | undefined;
}

/** Option of the counting paginators, and of `auto` for when it recognises one. */
export interface PrefetchOption {
  /**
   * How many pages may be asked for before the pages in front of them are read. Default: as many as the run's
   * `concurrency` allows when the total is known, otherwise none. Beyond an end that was not known so many requests are
   * superfluous at most. 0 or false: none, for lists that shift while they are read.
   */
  readonly prefetch?: number | false | null;
}

/** Reads {@link PrefetchOption}. */
export function readPrefetch(config: ConfigReader): number | undefined {
  const value = config.value(
    "prefetch",
    "a whole number from 0, or false",
    (given): given is number | false => given === false || (Number.isSafeInteger(given) && Number(given) >= 0),
    { anyOf: [{ type: "integer", minimum: 0 }, { const: false }] },
  );
  return value === false ? 0 : value;
}

/** Reads the options that both counting paginators share. */
export function readRangeRules(
  config: ConfigReader,
  fixed: Pick<RangeRules, "unit" | "step" | "base"> & { readonly maximumOption: string },
): RangeRules {
  const rules = {
    unit: fixed.unit,
    step: fixed.step,
    base: fixed.base,
    totalPath: config.jsonPath("totalPath", "total"),
    maximum: config.integer(fixed.maximumOption),
    stopAfterEmptyPage: config.boolean("stopAfterEmptyPage", true),
    hasMorePath: config.jsonPath("hasMorePath"),
    prefetch: readPrefetch(config),
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
  const warnings = total === undefined ? [] : totalExceeded(total, state, facts, rules);
  const told = warnings.length > 0 ? { warnings } : {};
  // A total that the rows have passed is wrong: then only an empty page can tell the end.
  const isTotalRight = warnings.length === 0 || !rules.stopAfterEmptyPage;
  if (total !== undefined && value >= total + rules.base && isTotalRight) return { stop: "total-reached", ...told };
  if (rules.maximum !== undefined && value >= rules.maximum) return { stop: "maximum-reached", ...told };
  if (rules.hasMorePath !== undefined && !readHasMore(rules.hasMorePath, facts))
    return { stop: "has-more-false", ...told };
  return { state: { value }, ...told };
}

/** More rows than the total promises. */
function totalExceeded(total: number, state: RangeState, { items, page }: PageFacts, { unit }: RangeRules): Warning[] {
  const read = state.value + items.length;
  if (unit !== "rows" || read <= total) return [];
  return [
    {
      code: "total-exceeded",
      message: `Page ${page} ends at row ${read} although the total is ${total}: the total is not believed. Check totalPath, or set it to null.`,
    },
  ];
}

/** The pages after `next` up to the end that the total and the maximum set, at most `count`. Without a total only `prefetch` says how many. */
export function rangeAhead(next: RangeState, facts: PageFacts, rules: RangeRules, count: number): RangeState[] {
  const { base, maximum, prefetch, step, totalPath } = rules;
  const total = totalPath === undefined ? undefined : totalIfAny(totalPath, facts.response);
  const most = Math.min(count, prefetch ?? (total === undefined ? 0 : count));
  const end = Math.min(total === undefined ? Infinity : total + base, maximum ?? Infinity);
  const states: RangeState[] = [];
  for (let value = next.value + step; value < end && states.length < most; value += step) states.push({ value });
  return states;
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
