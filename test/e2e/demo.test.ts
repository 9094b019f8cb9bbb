import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

describe("the README's first command", () => {
  it("loads the recorded issues, then only what changed, and shows the tables", { timeout: 60_000 }, async () => {
    const jiti = join(ROOT, "node_modules/jiti/lib/jiti-cli.mjs");
    const { stdout } = await promisify(execFile)(process.execPath, [jiti, "examples/github-api/demo.ts"], {
      cwd: ROOT,
    });
    expect(stdout).toMatch(/issues +18 rows, 4 pages/);
    expect(stdout).toMatch(/issues +3 rows, 1 page/);
    expect(stdout).toContain("issues: 20 rows");
  });
});
