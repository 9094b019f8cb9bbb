import type { Warning } from "../../core/warnings.js";
import { configLine, detectPaginator, isExactlyFull, promisesMore, saysEnd } from "./detection.js";
import type { Detected } from "./body-search.js";
import type { PageFacts, Paginator } from "./paginator.js";
import { createPaginator } from "./registry.js";

/** What can be told from one response without guessing: a next page that is there. */
const PLAIN = new Set(["header_link", "json_link", "cursor"]);

/**
 * A warning where a named paginator found no next page in a first response that announces one, or that looks cut off: a
 * wrong type or path loads one page and looks like success. Undefined when nothing was overlooked.
 *
 * @param guesses false: only what is plainly a next page counts, not what may be one by its name.
 */
export function overlookedPages(paginator: Paginator, facts: PageFacts, guesses: boolean): Warning | undefined {
  if (paginator.type === "auto" || facts.items.length === 0) return undefined;
  const detected = detectPaginator(facts);
  const isPlain = detected !== undefined && !detected.doubtful && PLAIN.has(detected.config.type);
  if (detected !== undefined && (isPlain || (guesses && goesOn(detected, facts)))) {
    const check = detected.doubtful ? " (names that the response does not tell are guessed: check them)" : "";
    return {
      code: "next-page-overlooked",
      message: `The paginator "${paginator.type}" found no next page, but the first response announces one. If there are more pages, use paginator: ${configLine(detected.config)}${check}`,
    };
  }
  const promised = promisesMore(facts);
  if (!promised && (!isExactlyFull(facts) || saysEnd(facts))) return undefined;
  const why = promised ? "says that there is more" : "has just as many rows as were asked for";
  return {
    code: "full-page-no-next",
    message: `The first page (rows: ${facts.items.length}) ${why}, but the paginator "${paginator.type}" found no next page in it: the load may be incomplete. Check where it looks.`,
  };
}

/** True when what was recognised would ask for another page. A row that is the whole response has numbers and cursors of its own. */
function goesOn({ config }: Detected, facts: PageFacts): boolean {
  if (facts.items[0] === facts.response.json()) return false;
  const recognised = createPaginator(config);
  return "state" in recognised.next(recognised.start(facts.request), facts);
}
