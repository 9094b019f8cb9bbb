import { type Bar, type Measure, TOOLS, type ToolName } from "../cells.js";
import {
  type CellResult,
  mainMeasure,
  type Measurement,
  type Missing,
  type Result,
  summary,
  type Verdict,
  verdicts,
} from "../result.js";

/** Names of the tools as readers know them. */
export const LABELS: Readonly<Record<ToolName, string>> = {
  sluice: "sluice",
  previous: "previous release",
  "dlt-parquet": "dlt, Parquet",
  dlt: "dlt, default",
  floor: "floor",
};

const UNITS: Readonly<Record<Measure, string>> = {
  seconds: "s",
  processSeconds: "s",
  cpuSeconds: "s",
  peakMB: "MB",
  stallMs: "ms",
};

/** The result as Markdown: what was found in each cell, what the runs cost, and where that was. */
export function resultMarkdown(result: Result): string {
  const cells = result.cells.filter(({ runs }) => Object.keys(runs).length > 0);
  const parts = [
    timesTable(cells, result.scale === 1),
    "Median of the runs, in brackets the least. What the same runs cost as whole processes: processor time, most resident memory and, of sluice, the longest time for which its event loop stood still.",
    costTable(cells),
    conditions(result),
  ];
  return parts.join("\n\n");
}

/** Tools that were measured in any of the cells, in their fixed order. */
export function toolsOf(cells: readonly CellResult[]): ToolName[] {
  return TOOLS.filter((tool) => cells.some(({ runs }) => runs[tool] !== undefined));
}

function timesTable(cells: readonly CellResult[], fullSize: boolean): string {
  const tools = toolsOf(cells);
  const rows = cells.map((cell) => {
    const measure = mainMeasure(cell);
    // Memory cells have a time as well, but it is not what they are about.
    const figures = tools.map((tool) => figure(cell, tool, measure));
    const found = fullSize ? verdicts(cell).map(verdictInWords) : verdicts(cell).map(valueInWords);
    return [cell.title, ...figures, cell.bars.map(barInWords).join("; "), found.join("; ")];
  });
  const judged = fullSize ? "found" : "found (smaller size: not judged)";
  return markdownTable(["cell", ...tools.map((tool) => LABELS[tool]), "asked (goal)", judged], rows);
}

/** Processor time hardly depends on who else uses the machine, so it can be compared even where seconds cannot. */
function costTable(cells: readonly CellResult[]): string {
  const known = cells.filter((cell) => TOOLS.some((tool) => summary(cell, tool, "peakMB") !== undefined));
  const tools = toolsOf(known);
  return markdownTable(
    ["cell", ...tools.map((tool) => LABELS[tool])],
    known.map((cell) => [cell.title, ...tools.map((tool) => costOf(cell, tool))]),
  );
}

function costOf(cell: CellResult, tool: ToolName): string {
  const [cpu, memory] = [summary(cell, tool, "cpuSeconds"), summary(cell, tool, "peakMB")];
  if (cpu === undefined || memory === undefined) return "";
  const stall = tool === "sluice" ? summary(cell, tool, "stallMs") : undefined;
  const stalled = stall === undefined ? "" : `, ${stall.median.toFixed(0)} ms`;
  return `${cpu.median.toFixed(2)} s, ${memory.median.toFixed(0)} MB${stalled}`;
}

function figure(cell: CellResult, tool: ToolName, measure: Measure): string {
  const found = summary(cell, tool, measure);
  if (found === undefined) return "";
  const digits = measure === "peakMB" ? 0 : 2;
  const unit = measure === "peakMB" ? "MB" : "s";
  const mark = found.loaded ? " †" : "";
  return `${found.median.toFixed(digits)} ${unit} (${found.least.toFixed(digits)})${mark}`;
}

/** What is asked, as in "≥ 6× dlt, Parquet (10×)". */
export function barInWords(bar: Bar): string {
  if (bar.kind === "faster") return `≥ ${bar.bar}× as fast as ${LABELS[bar.than]} (${bar.goal}×)`;
  if (bar.kind === "within") return `≤ ${bar.bar}× the time of the ${LABELS[bar.of]} (${bar.goal}×)`;
  const unit = UNITS[bar.measure];
  const what = bar.measure === "stallMs" ? "stalls " : "";
  return `${what}≤ ${bar.bar} ${unit}${bar.goal === bar.bar ? "" : ` (${bar.goal} ${unit})`}`;
}

function verdictInWords(verdict: Verdict): string {
  const { reached } = verdict;
  const words = { goal: "goal reached", bar: "held", neither: "**missed**", "not measured": "", "not judged": "†" };
  return `${valueInWords(verdict)} ${words[reached]}`.trim();
}

function valueInWords({ bar, value }: Verdict): string {
  if (value === undefined) return "not measured";
  if (bar.kind !== "at-most") return `${value.toFixed(1)}×`;
  const unit = UNITS[bar.measure];
  return `${value.toFixed(unit === "s" ? 2 : 0)} ${unit}`;
}

function conditions(result: Result): string {
  const { machine, versions, commit, changed, date, missing } = result;
  const measured = result.cells.flatMap(({ runs }) => Object.values(runs).flat());
  const loaded = measured.filter((run: Measurement) => run.loaded).length;
  const lines = [
    `Measured ${date.slice(0, 10)} at ${commit ?? "an unknown commit"}${changed ? " with uncommitted changes" : ""}, ` +
      `${runsInWords(result)} of each, on ${machine.cores} × ${machine.cpu}, ${machine.memoryGB} GB, ` +
      `${machine.system}, Node ${machine.node}. Versions: ${Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(", ")}.`,
    ...(result.scale === 1 ? [] : [`Sizes: ${result.scale} of the full ones.`]),
    ...(loaded === 0
      ? []
      : [
          `The machine was used by others during ${loaded} of ${measured.length} runs. † marks figures of which half the ` +
            "runs or more were so: they are not to be trusted, and not judged.",
        ]),
    ...missingInWords(missing),
  ];
  return lines.join("\n\n");
}

/** As in "1 to 3 runs": cells that take long are measured once, and the time may not do for all. */
function runsInWords({ cells }: Result): string {
  const counts = cells.flatMap(({ runs }) => Object.values(runs).map((list) => list.length));
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return `${least === most ? most : `${least} to ${most}`} ${most === 1 ? "run" : "runs"}`;
}

/** One line per reason. */
function missingInWords(missing: readonly Missing[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { what, reason } of missing) {
    const [first = reason] = reason.split("\n", 1);
    byReason.set(first, [...(byReason.get(first) ?? []), what]);
  }
  return [...byReason].map(([reason, what]) => `Not measured: ${what.join(", ")} (${reason}).`);
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = `|${head.map(() => "---").join("|")}|`;
  return [tableRow(head), rule, ...rows.map(tableRow)].join("\n");
}

function tableRow(values: readonly string[]): string {
  return `| ${values.join(" | ")} |`;
}
