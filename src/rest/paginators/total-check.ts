import type { Warning } from "../../core/warnings.js";
import type { ParamValue, RequestSpec } from "../request.js";

/** Parameters with which a list is read from somewhere else than its start. */
const START_PARAM =
  /^(page|p|offset|skip|start|start_?at|from|cursor|after|before|since|since_id|starting_after|page_?token)/i;

/** Values of such parameters with which lists begin. */
const AT_START = /^(0|1|\*|)$/;

/** What a page must be known of for {@link totalMissed}. */
export interface LastPage {
  readonly page: number;
  /** The number of rows that the page, or one before it, told; undefined: none. */
  readonly total: number | undefined;
  /** Rows of all pages. */
  readonly read: number;
  /** The request of the first page, with the paginator's values. */
  readonly first: RequestSpec;
}

/**
 * A warning when pages end although a total says that there are more rows than were read: an API that lets one page only
 * so far, or that fails without saying so, looks just like a list that is over. Undefined: no doubt.
 */
export function totalMissed({ page, total, read, first }: LastPage): Warning | undefined {
  if (total === undefined || total <= read || read === 0) return undefined;
  const given = [...Object.entries(first.params), ...new URL(first.url).searchParams];
  if (given.some(([name, value]) => START_PARAM.test(name) && !isAtStart(value))) return undefined;
  return {
    code: "total-not-reached",
    message: `The pages ended after ${read} rows (page ${page}), but the API says that there are ${total}: rows may be missing. Check whether it limits how far one may page.`,
  };
}

function isAtStart(value: ParamValue): boolean {
  if (value === null || value === undefined) return true;
  return (typeof value === "string" || typeof value === "number") && AT_START.test(String(value));
}
