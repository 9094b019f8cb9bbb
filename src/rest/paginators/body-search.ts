import { isPlainObject } from "../../core/json.js";
import type { PageFacts } from "./paginator.js";
import type { PaginatorConfig } from "./registry.js";
import { toInteger } from "./reading.js";

/** A paginator that fits the first response. */
export interface Detected {
  readonly config: PaginatorConfig;
  /** True when something about it is a guess that the response cannot confirm, such as the name of a parameter. */
  readonly doubtful: boolean;
}

/** A value in the body and the keys that lead to it. */
export interface Found {
  readonly keys: readonly string[];
  readonly value: unknown;
}

/** Names of flags that say whether there is more, lower-case. */
export const HAS_MORE: readonly string[] = [
  "has_more",
  "hasmore",
  "has_next",
  "hasnext",
  "has_next_page",
  "hasnextpage",
  "more",
];

/** Names of the number of rows, lower-case. */
export const TOTALS: readonly string[] = [
  "total",
  "total_count",
  "totalcount",
  "total_records",
  "totalrecords",
  "total_results",
  "totalresults",
  "total_items",
  "totalitems",
  "total_elements",
  "totalelements",
  "count",
];

/** True for what can be a flag. */
export function isFlag(value: unknown): boolean {
  return typeof value === "boolean";
}

/** The first value under one of the names (lower-case), depth first in document order, through objects only. */
export function findNamed(
  body: Record<string, unknown>,
  names: readonly string[],
  accept: (value: unknown) => boolean,
  above: readonly string[] = [],
): Found | undefined {
  for (const [key, value] of Object.entries(body)) {
    const keys = [...above, key];
    if (names.includes(key.toLowerCase()) && accept(value)) return { keys, value };
    const deeper = isPlainObject(value) ? findNamed(value, names, accept, keys) : undefined;
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

/** True for a number or numeric text. */
export function isInteger(value: unknown): boolean {
  return toInteger(value) !== undefined;
}

/** True when the request has a query parameter of that name. */
export function hasParam(facts: PageFacts, name: string): boolean {
  return facts.request.params[name] !== undefined || new URL(facts.request.url).searchParams.has(name);
}
