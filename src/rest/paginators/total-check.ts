import type { Warning } from "../../core/warnings.js";
import { toldTotal } from "./detection.js";
import type { PageFacts } from "./paginator.js";

/** Parameters with which a list is read from somewhere else than its start. */
const START_PARAM =
  /^(page|p|offset|skip|start|start_?at|from|cursor|after|before|since|since_id|starting_after|page_?token)/i;

/**
 * A warning when pages that follow links or cursors end although a total says that there are more rows than `read`: an
 * API that lets one page only so far looks just like a list that is over. For the last page; undefined: no doubt.
 */
export function totalMissed(facts: PageFacts, configured: PageFacts["request"], read: number): Warning | undefined {
  const total = toldTotal(facts);
  if (total === undefined || total <= read || read === 0) return undefined;
  const names = [...Object.keys(configured.params), ...new URL(configured.url).searchParams.keys()];
  if (names.some((name) => START_PARAM.test(name))) return undefined;
  return {
    code: "total-not-reached",
    message: `The pages ended after ${read} rows (page ${facts.page}), but the response says that there are ${total}: rows may be missing. Check whether the API limits how far one may page.`,
  };
}
