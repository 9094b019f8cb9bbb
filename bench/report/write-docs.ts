// `npm run bench:docs -- [name of a result file]`: brings docs/performance.md and its plots up to a result, default the newest.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { DOCS, newestResult, reportFiles } from "./page.js";

const name = process.argv[2] === undefined ? await newestResult() : path.basename(process.argv[2]);
console.log(`from bench/results/${name}:`);
for (const [file, content] of Object.entries(await reportFiles(name))) {
  const target = path.join(DOCS, file);
  const before = await readFile(target, "utf8").catch(() => undefined); // Not there yet: it is written.
  if (before !== content) await writeFile(target, content);
  console.log(`  docs/${file}  (${before === content ? "as it was" : "written"})`);
}
