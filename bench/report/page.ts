import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { plots } from "./plots.js";
import { readResult } from "../result.js";
import { resultMarkdown } from "./table.js";
import { ROOT } from "../tools/tool.js";

const RESULTS = path.join(ROOT, "bench/results");
/** Where they belong. */
export const DOCS: string = path.join(ROOT, "docs");
const PAGE = "performance.md";
/** Everything between the two lines is made from the result file that the first one names. */
const MADE_PART = /<!-- made from bench\/results\/(\S+) by npm run bench:docs -->\n[^]*?<!-- end of what is made -->/;

/** The files of docs/ that come from a result, as they ought to be: the page with its table, and the plots. */
export async function reportFiles(resultFile: string): Promise<Record<string, string>> {
  const result = await readResult(path.join(RESULTS, resultFile));
  const page = await readFile(path.join(DOCS, PAGE), "utf8");
  const made = [
    `<!-- made from bench/results/${resultFile} by npm run bench:docs -->`,
    resultMarkdown(result),
    "<!-- end of what is made -->",
  ].join("\n\n");
  if (!MADE_PART.test(page)) throw new Error(`docs/${PAGE} has no place for the result: ${MADE_PART.source}`);
  return { [PAGE]: page.replace(MADE_PART, () => made), ...plots(result) };
}

/** The result file that docs/performance.md shows. */
export async function shownResult(): Promise<string> {
  const name = MADE_PART.exec(await readFile(path.join(DOCS, PAGE), "utf8"))?.[1];
  if (name === undefined) throw new Error(`docs/${PAGE} names no result file`);
  return name;
}

/** The newest whole result. */
export async function newestResult(): Promise<string> {
  const names = (await readdir(RESULTS)).filter((name) => /^\d.*\.json$/.test(name) && !name.endsWith("-part.json"));
  const dated = await Promise.all(
    names.map(async (name) => ({ name, ...(await readResult(path.join(RESULTS, name))) })),
  );
  const newest = dated.toSorted((a, b) => (a.date < b.date ? 1 : -1))[0];
  if (newest === undefined) throw new Error("There is no whole result in bench/results; `npm run bench` makes one.");
  return newest.name;
}
