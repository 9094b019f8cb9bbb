import { describe, expect, it } from "vitest";
import type { Bar } from "../../bench/cells.js";
import { barChart } from "../../bench/report/bar-chart.js";
import { plots } from "../../bench/report/plots.js";
import { resultMarkdown } from "../../bench/report/table.js";
import { type CellResult, fileName, type Measurement, type Result, summary, verdicts } from "../../bench/result.js";

function run(seconds: number, loaded = false): Measurement {
  return {
    seconds,
    processSeconds: seconds + 1,
    cpuSeconds: seconds / 2,
    peakMB: 100,
    stallMs: null,
    busyBefore: 0,
    othersDuring: 0,
    stolenDuring: 0,
    loaded,
  };
}

function cellOf(bars: readonly Bar[], runs: CellResult["runs"]): CellResult {
  return { id: "c", title: "rows & <more>", bars, runs };
}

function resultOf(cell: CellResult, scale = 1): Result {
  return {
    format: 1,
    date: "2026-01-02T03:04:05.000Z",
    commit: "abc1234",
    changed: false,
    scale,
    repeats: 3,
    machine: { cpu: "CPU", cores: 2, memoryGB: 8, system: "linux x64", node: "20.0.0" },
    versions: { sluice: "0.1.0" },
    missing: ["dlt", "dlt-parquet"].map((what) => ({ what, reason: "not installed\nin detail" })),
    cells: [cell],
  };
}

const BARS: readonly Bar[] = [
  { kind: "faster", than: "dlt-parquet", bar: 6, goal: 10 },
  { kind: "within", of: "floor", bar: 2, goal: 1.2 },
  { kind: "at-most", measure: "peakMB", bar: 100, goal: 50 },
  { kind: "faster", than: "dlt", bar: 1, goal: 2 },
];
const CELL = cellOf(BARS, {
  sluice: [run(1), run(2), run(9)],
  "dlt-parquet": [run(20), run(21), run(22, true)],
  floor: [run(0.4), run(0.6)],
});

describe("a result", () => {
  it("summarises by the median, of an even number by the mean of the middle two", () => {
    expect(summary(CELL, "sluice", "seconds")).toEqual({ median: 2, least: 1, loaded: false });
    expect(summary(CELL, "floor", "seconds")).toEqual({ median: 0.5, least: 0.4, loaded: false });
    expect(summary(CELL, "dlt-parquet", "processSeconds")).toEqual({ median: 22, least: 21, loaded: false });
    expect(summary(CELL, "floor", "seconds")?.loaded).toBe(false);
    expect(summary(CELL, "dlt", "seconds")).toBeUndefined();
  });

  it("is judged by ratios of medians", () => {
    expect(verdicts(CELL).map(({ value, reached }) => [value, reached])).toEqual([
      [10.5, "goal"],
      [4, "neither"],
      [100, "bar"],
      [undefined, "not measured"],
    ]);
  });

  it("says what was asked, found, missing, and not to be trusted", () => {
    const text = resultMarkdown(resultOf(CELL));
    expect(text).toContain("| 2.00 s (1.00) | 21.00 s (20.00) | 0.50 s (0.40) |");
    expect(text).toContain("10.5× goal reached; 4.0× **missed**; 100 MB held; not measured");
    expect(text).toContain("used by others during 1 of 8 runs");
    expect(text).toContain("Not measured: dlt, dlt-parquet (not installed).");
    expect(text).toContain("| 1.00 s, 100 MB | 10.50 s, 100 MB | 0.25 s, 100 MB |");
  });

  it("judges no times of which half the runs or more were on a loaded machine, but memory", () => {
    const loaded = cellOf(BARS, { ...CELL.runs, sluice: [run(1), run(2, true)] });
    expect(verdicts(loaded).map(({ reached }) => reached)).toEqual(["not judged", "not judged", "bar", "not measured"]);
    expect(resultMarkdown(resultOf(loaded))).toContain("14.0× †; 3.0× †; 100 MB held; not measured");
  });

  it("judges no smaller sizes", () => {
    const text = resultMarkdown(resultOf(CELL, 0.1));
    expect(text).toContain("10.5×; 4.0×; 100 MB; not measured");
    expect(text).toContain("Sizes: 0.1 of the full ones.");
  });

  it("names its file by date and commit, parts apart", () => {
    expect(fileName(resultOf(CELL), true)).toBe("2026-01-02-abc1234.json");
    expect(fileName(resultOf(CELL), false)).toBe("2026-01-02-abc1234-part.json");
  });

  it("becomes plots with escaped text", () => {
    const drawn = plots(resultOf(CELL));
    expect(Object.keys(drawn)).toEqual(["performance-time.svg", "performance-memory.svg"]);
    expect(drawn["performance-time.svg"]).toContain("rows &amp; &lt;more>");
    expect(drawn["performance-time.svg"]).toContain(">21.00 s (10.5×)<");
    // Held would be a sixth of dlt's 21 s: 3.5 s, on a scale that ends with 21 s.
    expect(drawn["performance-time.svg"]).toContain(`class="mark" d="M${130 + 480 / 6} `);
  });
});

describe("a bar chart", () => {
  const group = (value: number) => ({ title: "g", bars: [{ name: "n", value, label: "l", kind: "sluice" }] });
  const widths = (svg: string): number[] =>
    [...svg.matchAll(/<rect .*?width="(\d+)"/g)].map(([, width]) => Number(width));

  it("fills the width in every group, or shares one scale", () => {
    expect(widths(barChart([group(1), group(4)], { title: "t", sharedScale: false }))).toEqual([480, 480]);
    expect(widths(barChart([group(1), group(4)], { title: "t", sharedScale: true }))).toEqual([120, 480]);
  });

  it("leaves room for a mark", () => {
    const svg = barChart([{ ...group(100), mark: 200 }], { title: "t", sharedScale: true });
    expect(widths(svg)).toEqual([240]);
    expect(svg).toContain('d="M610 ');
  });
});
