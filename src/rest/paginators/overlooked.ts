import type { Warning } from "../../core/warnings.js";
import { configLine, detectPaginator, isExactlyFull, promisesMore, saysEnd } from "./detection.js";
import type { PageFacts, Paginator } from "./paginator.js";

/** What can be told from one response without guessing: a next page that is there. */
const PLAIN = new Set(["header_link", "json_link", "cursor"]);

/**
 * A warning where a named paginator found no next page in a first response that announces one, or that looks cut off: a
 * wrong type or path loads one page and looks like success. Undefined when nothing was overlooked.
 */
export function overlookedPages(paginator: Paginator, facts: PageFacts): Warning | undefined {
  if (paginator.type === "auto" || facts.items.length === 0) return undefined;
  const detected = detectPaginator(facts);
  if (detected !== undefined && !detected.doubtful && PLAIN.has(detected.config.type))
    return {
      code: "next-page-overlooked",
      message: `The paginator "${paginator.type}" found no next page, but the first response announces one. If there are more pages, use paginator: ${configLine(detected.config)}`,
    };
  const promised = promisesMore(facts);
  if (!promised && (!isExactlyFull(facts) || saysEnd(facts))) return undefined;
  const why = promised ? "says that there is more" : "has just as many rows as were asked for";
  return {
    code: "full-page-no-next",
    message: `The first page (rows: ${facts.items.length}) ${why}, but the paginator "${paginator.type}" found no next page in it: the load may be incomplete. Check where it looks.`,
  };
}
