import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { SluiceError } from "sluice";
import { describe, expect, it } from "vitest";
import { exitCodeOf } from "../../src/cli/exit-codes.js";
import { ROOT } from "./code-blocks.js";

/** Every code that the source of the package writes. */
function codesOfSource(): string[] {
  const src = path.join(ROOT, "src");
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".ts") && !name.endsWith(".test.ts"),
  );
  const codes = files.flatMap((name) =>
    [...readFileSync(path.join(src, name), "utf8").matchAll(/"(SLUICE_[A-Z_]+)"/g)].map(([, code = ""]) => code),
  );
  return [...new Set(codes)].toSorted();
}

/** Code and exit code of each row of the table. */
function rowsOfPage(): Map<string, number> {
  const page = readFileSync(path.join(ROOT, "docs/errors.md"), "utf8");
  return new Map(
    [...page.matchAll(/^\| `(SLUICE_[A-Z_]+)` \| .+ \| (\d+)(?: \([^|]*\))? \|$/gm)].map(([, code = "", exit]) => [
      code,
      Number(exit),
    ]),
  );
}

describe("docs/errors.md", () => {
  it("lists the codes of the source, all of them and no other", () => {
    expect([...rowsOfPage().keys()]).toEqual(codesOfSource());
  });

  it("tells the exit code of each", () => {
    const actual = codesOfSource().map((code) => [code, exitCodeOf(new SluiceError(code, "an example"))]);
    expect([...rowsOfPage()]).toEqual(actual);
  });
});
