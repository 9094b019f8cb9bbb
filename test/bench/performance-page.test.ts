import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { DOCS, reportFiles, shownResult } from "../../bench/report/page.js";

describe("docs/performance.md", () => {
  it("shows what its result file says: tables and plots are those that `npm run bench:docs` makes", async () => {
    const files = await reportFiles(await shownResult());
    expect(Object.keys(files)).toHaveLength(3);
    for (const [name, content] of Object.entries(files))
      expect(await readFile(path.join(DOCS, name), "utf8"), name).toBe(content);
  });

  it("is left as it is when it is up to date, and the command says which result it shows", async () => {
    const root = path.dirname(DOCS);
    const args = [path.join(root, "node_modules/jiti/lib/jiti-cli.mjs"), "bench/report/write-docs.ts"];
    const name = await shownResult();
    const { stdout } = await promisify(execFile)(process.execPath, [...args, name], { cwd: root });
    expect(stdout.split("\n", 2)).toEqual([`from bench/results/${name}:`, "  docs/performance.md  (as it was)"]);
  });
});
