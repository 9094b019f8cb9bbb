import { basename, join, resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PipelineLayout, safeFileName } from "./layout.js";

describe("safeFileName", () => {
  it("makes one harmless name of any text, another one for another text", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.stringMatching(/^[./\\ a-c%:~-]{0,12}$/),
      fc.constantFrom("..", ".", "", "/etc/passwd", "a/../b", "con", "NUL", "Com1", "\u00e9", "e\u0301", "-rf", "a\0b"),
    );
    fc.assert(
      fc.property(text, text, (a, b) => {
        const name = safeFileName(a);
        expect(name).toMatch(/^[A-Za-z0-9_-]{1,111}$/);
        expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)$/i);
        expect(basename(resolve("/work", name))).toBe(name);
        if (a !== b) expect(safeFileName(b)).not.toBe(name);
      }),
      { numRuns: 200 },
    );
  });

  it("keeps the names that people give", () => {
    for (const name of ["github", "my-pipeline_2", "MyShop"]) expect(safeFileName(name)).toBe(name);
  });
});

describe("PipelineLayout", () => {
  it("keeps everything of a pipeline below its folder, whatever the load id of a journal says", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (loadId) => {
        const layout = new PipelineLayout("/work", "../x");
        expect(layout.root.startsWith(join(resolve("/work"), "_x-"))).toBe(true);
        expect(resolve(layout.package(`1${loadId}`)).startsWith(join(layout.packages, "1"))).toBe(true);
      }),
    );
  });
});
