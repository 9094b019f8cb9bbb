import { barChart, type BarGroup } from "./bar-chart.js";
import { type Measure, TOOLS } from "../cells.js";
import { type CellResult, mainMeasure, type Result, summary } from "../result.js";
import { LABELS } from "./table.js";

/** The plots of a result, by the names of their files in docs/. */
export function plots(result: Result): Record<string, string> {
  const timed = result.cells.filter((cell) => mainMeasure(cell) !== "peakMB");
  const groups = timed.map((cell) => groupOf(cell, mainMeasure(cell), timeLabel));
  const memory = result.cells.map((cell) => groupOf(cell, "peakMB", (value) => `${value.toFixed(0)} MB`));
  return {
    "performance-time.svg": barChart(groups.filter(isMeasured), {
      title: "Seconds, median, and how many times sluice's (dashed: what is asked of sluice)",
      sharedScale: false,
    }),
    "performance-memory.svg": barChart(memory.filter(isMeasured), {
      title: "Most resident memory, median (dashed: what is asked of sluice)",
      sharedScale: true,
    }),
  };
}

function groupOf(cell: CellResult, measure: Measure, labelOf: (value: number, ours: number) => string): BarGroup {
  const ours = summary(cell, "sluice", measure)?.median;
  const bars = TOOLS.flatMap((tool) => {
    const found = summary(cell, tool, measure);
    if (found === undefined || ours === undefined) return [];
    const label = `${labelOf(found.median, ours)}${found.loaded ? " †" : ""}`;
    return { name: LABELS[tool], value: found.median, label, kind: tool };
  });
  const mark = askedOf(cell, measure);
  return { title: cell.title, bars, ...(mark === undefined ? {} : { mark }) };
}

/** What sluice would have to measure to hold the first bar about this measure. */
function askedOf(cell: CellResult, measure: Measure): number | undefined {
  for (const bar of cell.bars) {
    if (bar.kind === "at-most" && bar.measure === measure) return bar.bar;
    if (bar.kind === "faster" && measure === "seconds") {
      const theirs = summary(cell, bar.than, measure)?.median;
      return theirs === undefined ? undefined : theirs / bar.bar;
    }
  }
  return undefined;
}

function timeLabel(value: number, ours: number): string {
  return value === ours ? `${value.toFixed(2)} s` : `${value.toFixed(2)} s (${(value / ours).toFixed(1)}×)`;
}

function isMeasured({ bars }: BarGroup): boolean {
  return bars.length > 0;
}
