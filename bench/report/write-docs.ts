// `npm run bench:docs -- [name of a result file]`: brings docs/performance.md and its plots up to a result, default the newest.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { DOCS, newestResult, reportFiles } from "./page.js";

const name = process.argv[2] === undefined ? await newestResult() : path.basename(process.argv[2]);
for (const [file, content] of Object.entries(await reportFiles(name))) {
  await writeFile(path.join(DOCS, file), content);
  console.log(`docs/${file}`);
}
