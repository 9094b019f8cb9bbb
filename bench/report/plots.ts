import { barChart, type BarGroup, type ChartOptions } from "./bar-chart.js";
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
      title: "Seconds, median (and how many times sluice's)",
      sharedScale: false,
    }),
    "performance-memory.svg": barChart(memory.filter(isMeasured), {
      title: "Most resident memory, MB, median",
      sharedScale: true,
      ...memoryMark(result),
    }),
  };
}

/** What is asked of sluice's memory; the most, if the cells differ. */
function memoryMark({ cells }: Result): Pick<ChartOptions, "mark"> {
  const limits = cells.flatMap(({ bars }) =>
    bars.flatMap((bar) => (bar.kind === "at-most" && bar.measure === "peakMB" ? bar.bar : [])),
  );
  if (limits.length === 0) return {};
  const value = Math.max(...limits);
  return { mark: { value, label: `asked of sluice: ${value} MB` } };
}

function groupOf(cell: CellResult, measure: Measure, labelOf: (value: number, ours: number) => string): BarGroup {
  const ours = summary(cell, "sluice", measure)?.median;
  const bars = TOOLS.flatMap((tool) => {
    const value = summary(cell, tool, measure)?.median;
    if (value === undefined || ours === undefined) return [];
    return { name: LABELS[tool], value, label: labelOf(value, ours), kind: tool };
  });
  return { title: cell.title, bars };
}

function timeLabel(value: number, ours: number): string {
  return value === ours ? `${value.toFixed(2)} s` : `${value.toFixed(2)} s (${(value / ours).toFixed(1)}×)`;
}

function isMeasured({ bars }: BarGroup): boolean {
  return bars.length > 0;
}
