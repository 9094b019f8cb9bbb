import type { Warning } from "../../core/warnings.js";
import type { ConfigReader } from "../config-reader.js";
import type { CompiledPath } from "../json-path.js";
import type { PageFacts, PageStep } from "./paginator.js";
import { readHasMore, readTotal, totalIfAny } from "./reading.js";

/** State of the paginators that count. */
export type RangeState = {
  /** The page number or offset of the page. */
  readonly value: number;
  /** The total that the page before told; absent: none. */
  readonly total?: number;
  /** Rows of the pages before, where `totalItemsPath` is given. */
  readonly read?: number;
};

/** How a counting paginator moves and when it ends. Every rule can only stop; none can go on after another stopped. */
export interface RangeRules {
  /** What the value and the total count. */
  readonly unit: "rows" | "pages";
  /** 1 for page numbers, the limit for offsets. */
  readonly step: number;
  /** Number of the first page; 0 for offsets. The end is at `total + base`. */
  readonly base: number;
  readonly totalPath: CompiledPath | undefined;
  /** Number of rows, for pages that are counted by page; not together with `totalPath`. */
  readonly totalItemsPath: CompiledPath | undefined;
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

/** Reads the options that both counting paginators share; `first`: the value of the first request. */
export function readRangeRules(
  config: ConfigReader,
  first: number,
  fixed: Pick<RangeRules, "unit" | "step" | "base" | "totalItemsPath"> & { readonly maximumOption: string },
): RangeRules {
  const { totalItemsPath } = fixed;
  const rules = {
    unit: fixed.unit,
    step: fixed.step,
    base: fixed.base,
    totalItemsPath,
    totalPath: config.jsonPath("totalPath", totalItemsPath === undefined ? "total" : undefined),
    maximum: config.integer(fixed.maximumOption),
    stopAfterEmptyPage: config.boolean("stopAfterEmptyPage", true),
    hasMorePath: config.jsonPath("hasMorePath"),
    prefetch: readPrefetch(config),
  };
  if (rules.maximum !== undefined && rules.maximum < first)
    throw config.error(
      `"${fixed.maximumOption}" is ${rules.maximum}, but the first request has ${first}`,
      "It is exclusive: pages are read from the first value up to, but not including, the maximum.",
      fixed.maximumOption,
    );
  if (totalItemsPath !== undefined && rules.totalPath !== undefined)
    throw config.error(
      'Either "totalPath" or "totalItemsPath" can be given, not both',
      "totalPath is the place of the number of pages, totalItemsPath that of the number of rows.",
      "totalItemsPath",
    );
  if (
    totalOf(rules) === undefined &&
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

/** Where the total is, whatever it counts. */
function totalOf({
  totalPath,
  totalItemsPath,
}: Pick<RangeRules, "totalPath" | "totalItemsPath">): CompiledPath | undefined {
  return totalPath ?? totalItemsPath;
}

/** The step after one page, in dlt's order: empty page, total, maximum, has more. An empty body always ends the pages. */
export function rangeStep(state: RangeState, facts: PageFacts, rules: RangeRules): PageStep<RangeState> {
  const isEmpty = facts.items.length === 0;
  const body = facts.response.json();
  if (body === undefined || (isEmpty && rules.stopAfterEmptyPage)) {
    const warning = totalNotReached(state, facts, rules);
    return { stop: "empty-page", ...(warning && { warnings: [warning] }) };
  }
  const totalPath = totalOf(rules);
  const total = totalPath === undefined ? undefined : readTotal(totalPath, facts);
  const value = state.value + rules.step;
  const read = rowsRead(state, facts, rules);
  const countsRows = rules.unit === "rows" || rules.totalItemsPath !== undefined;
  const count = countsRows ? read : isEmpty ? 0 : state.value - rules.base + 1;
  const exceeded = total !== undefined && count > total;
  const warnings = [
    ...(exceeded ? [totalExceeded(total, countsRows ? `row ${read}` : `page ${count}`, facts)] : []),
    ...(total !== undefined && state.total !== undefined && total < state.total
      ? [shrank(state.total, total, facts)]
      : []),
  ];
  const told = warnings.length > 0 ? { warnings } : {};
  // A total that the rows have passed is wrong: then only an empty page can tell the end.
  const isTotalRight = !exceeded || !rules.stopAfterEmptyPage;
  if (total !== undefined && isTotalRight && isReached(total, value, read, rules))
    return { stop: "total-reached", ...told };
  if (rules.maximum !== undefined && value >= rules.maximum) return { stop: "maximum-reached", ...told };
  if (rules.hasMorePath !== undefined && !readHasMore(rules.hasMorePath, facts))
    return { stop: "has-more-false", ...told };
  const counted = { ...(total !== undefined && { total }), ...(rules.totalItemsPath !== undefined && { read }) };
  return { state: { value, ...counted }, ...told };
}

/** Rows up to the end of the page. Where the pages before it were not read they are taken to be as large as it is. */
function rowsRead(state: RangeState, { items }: PageFacts, { unit, base }: RangeRules): number {
  const before = unit === "rows" ? state.value : (state.read ?? (state.value - base) * items.length);
  return before + items.length;
}

function isReached(total: number, value: number, read: number, rules: RangeRules): boolean {
  return rules.totalItemsPath === undefined ? value >= total + rules.base : read >= total;
}

/** More rows or pages than the total promises. */
function totalExceeded(total: number, end: string, { page }: PageFacts): Warning {
  return {
    code: "total-exceeded",
    message: `Page ${page} ends at ${end} although the total is ${total}: the total is not believed. Check its path, or set it to null.`,
  };
}

/** Rows that are deleted in front of a page move those behind it onto a page that was read. */
function shrank(before: number, total: number, { page }: PageFacts): Warning {
  return {
    code: "total-shrank",
    message: `The total fell from ${before} to ${total} at page ${page}: the list shrinks while it is read, rows may have moved past. Page by a cursor, a link or a key where the API has one.`,
  };
}

/** The pages after `next` up to the end that the total and the maximum set, at most `count`. Without a total only `prefetch` says how many. */
export function rangeAhead(next: RangeState, facts: PageFacts, rules: RangeRules, count: number): RangeState[] {
  const { maximum, prefetch, step } = rules;
  const last = lastByTotal(next, facts, rules);
  const most = Math.min(count, prefetch ?? (last === undefined ? 0 : count));
  const end = Math.min(last ?? Infinity, maximum ?? Infinity);
  const states: RangeState[] = [];
  for (let value = next.value + step; value < end && states.length < most; value += step) states.push({ value });
  return states;
}

/** The end that the total sets, exclusive. */
function lastByTotal(next: RangeState, { items, response }: PageFacts, rules: RangeRules): number | undefined {
  const { base, totalPath, totalItemsPath } = rules;
  if (totalPath !== undefined) {
    const total = totalIfAny(totalPath, response);
    return total === undefined ? undefined : total + base;
  }
  const total = totalItemsPath === undefined ? undefined : totalIfAny(totalItemsPath, response);
  if (total === undefined || next.read === undefined || items.length === 0) return undefined;
  return next.value + Math.ceil((total - next.read) / items.length);
}

/** An empty page where the total promises rows is what a wrong selector or a changing list looks like. */
function totalNotReached(state: RangeState, facts: PageFacts, rules: RangeRules): Warning | undefined {
  const totalPath = totalOf(rules);
  const told = totalPath === undefined ? undefined : totalIfAny(totalPath, facts.response);
  // Many APIs call an empty list one page.
  if (rules.totalPath !== undefined && rules.unit === "pages" && facts.page === 1 && told === 1) return undefined;
  return rangeMissed({ ...state, ...(told !== undefined && { total: told }) }, facts.page, rules);
}

/** A warning when the pages end with the one of `state`, which has no rows, although the total is beyond it. */
export function rangeMissed(state: RangeState, page: number, rules: RangeRules): Warning | undefined {
  const { total } = state;
  if (total === undefined || isReached(total, state.value, state.read ?? 0, rules)) return undefined;
  return {
    code: "total-not-reached",
    message: `Page ${page} is empty although the total is ${total}: rows may be missing. Check dataSelector, and whether the API limits how far one may page.`,
  };
}
