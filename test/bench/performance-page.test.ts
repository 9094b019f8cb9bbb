import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DOCS, reportFiles, shownResult } from "../../bench/report/page.js";

describe("docs/performance.md", () => {
  it("shows what its result file says: tables and plots are those that `npm run bench:docs` makes", async () => {
    const files = await reportFiles(await shownResult());
    expect(Object.keys(files)).toHaveLength(3);
    for (const [name, content] of Object.entries(files))
      expect(await readFile(path.join(DOCS, name), "utf8"), name).toBe(content);
  });
});
