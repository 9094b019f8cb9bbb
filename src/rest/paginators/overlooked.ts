import type { Warning } from "../../core/warnings.js";
import { detectPaginator } from "./detection.js";
import type { PageFacts, Paginator } from "./paginator.js";

/** What can be told from one response without guessing: a next page that is there. */
const PLAIN = new Set(["header_link", "json_link", "cursor"]);

/**
 * A warning when a named paginator finds no next page in a first response that announces one: a wrong type or path loads
 * one page and looks like success. Undefined when nothing was overlooked.
 */
export function overlookedPages(paginator: Paginator, facts: PageFacts): Warning | undefined {
  if (paginator.type === "auto" || facts.items.length === 0) return undefined;
  const detected = detectPaginator(facts);
  if (detected === undefined || detected.doubtful || !PLAIN.has(detected.config.type)) return undefined;
  return {
    code: "next-page-overlooked",
    message: `The paginator "${paginator.type}" found no next page, but the first response announces one. If there are more pages, use paginator: ${JSON.stringify(detected.config)}`,
  };
}
