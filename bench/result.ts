import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Bar, Measure, ToolName } from "./cells.js";
import type { Machine } from "./machine.js";

/** One load of a cell by a tool. Null: not known of a command that is measured from outside. */
export interface Measurement {
  /** Of `run` inside the process; the sum where a cell runs more than once. */
  readonly seconds: number | null;
  readonly processSeconds: number;
  /** User and system time of the process: what the tool costs, also where it waits or shares the machine. */
  readonly cpuSeconds: number | null;
  readonly peakMB: number | null;
  /** Longest time for which the event loop stood still, of Node processes. */
  readonly stallMs: number | null;
  /** Processors in use before the tool started. */
  readonly busyBefore: number;
  /** Processors in use meanwhile by anybody else than tool, server and benchmark. */
  readonly othersDuring: number;
  /** Processors taken meanwhile by other guests of the hardware. */
  readonly stolenDuring: number;
  /** The machine was used by others: not to be trusted. */
  readonly loaded: boolean;
}

export interface CellResult {
  readonly id: string;
  readonly title: string;
  readonly bars: readonly Bar[];
  readonly runs: Readonly<Partial<Record<ToolName, readonly Measurement[]>>>;
}

/** What could not be measured, and why. */
export interface Missing {
  readonly what: string;
  readonly reason: string;
}

/** A result file: everything that was measured at one time. Medians and ratios are made from it, never stored. */
export interface Result {
  readonly format: 1;
  /** ISO 8601, UTC. */
  readonly date: string;
  /** Short hash of the commit; null outside of a git checkout. */
  readonly commit: string | null;
  /** There were changes that are not in the commit. */
  readonly changed: boolean;
  /** 1: full size. Bars are stated for full size only. */
  readonly scale: number;
  readonly repeats: number;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly missing: readonly Missing[];
  readonly cells: readonly CellResult[];
}

/** Median and least of a measure. */
export interface Summary {
  readonly median: number;
  readonly least: number;
  /** Others used the machine during half of the runs or more, so that even the median of a time is not to be trusted. */
  readonly loaded: boolean;
}

/** Undefined when the tool was not measured. */
export function summary(cell: CellResult, tool: ToolName, measure: Measure): Summary | undefined {
  const runs = cell.runs[tool] ?? [];
  const values = runs.flatMap((run) => run[measure] ?? []).toSorted((a, b) => a - b);
  const [least] = values;
  if (least === undefined) return undefined;
  const middle = values.length / 2;
  const median = ((values[Math.ceil(middle) - 1] ?? least) + (values[Math.floor(middle)] ?? least)) / 2;
  return {
    median,
    least,
    loaded: measure !== "peakMB" && runs.filter(({ loaded }) => loaded).length * 2 >= runs.length,
  };
}

/** How far sluice is from what is asked of it. */
export interface Verdict {
  readonly bar: Bar;
  /** A ratio, or the measure itself; undefined when one of the two was not measured. */
  readonly value: number | undefined;
  readonly reached: "goal" | "bar" | "neither" | "not measured" | "not judged";
}

/** Figures from a loaded machine are not judged. */
export function verdicts(cell: CellResult): Verdict[] {
  return cell.bars.map((bar) => {
    const compared = comparedIn(cell, bar);
    if (compared === undefined) return { bar, value: undefined, reached: "not measured" };
    const { value, loaded } = compared;
    if (loaded) return { bar, value, reached: "not judged" };
    const reaches = (limit: number): boolean => (bar.kind === "faster" ? value >= limit : value <= limit);
    return { bar, value, reached: reaches(bar.goal) ? "goal" : reaches(bar.bar) ? "bar" : "neither" };
  });
}

function comparedIn(cell: CellResult, bar: Bar): { value: number; loaded: boolean } | undefined {
  const ours = summary(cell, "sluice", bar.kind === "at-most" ? bar.measure : "seconds");
  if (ours === undefined) return undefined;
  if (bar.kind === "at-most") return { value: ours.median, loaded: ours.loaded };
  const theirs = summary(cell, bar.kind === "faster" ? bar.than : bar.of, "seconds");
  if (theirs === undefined) return undefined;
  const value = bar.kind === "faster" ? theirs.median / ours.median : ours.median / theirs.median;
  return { value, loaded: ours.loaded || theirs.loaded };
}

/** What a cell is about: the measure that is shown first. */
export function mainMeasure({ bars: [first] }: Pick<CellResult, "bars">): Measure {
  return first?.kind === "at-most" ? first.measure : "seconds";
}

/** Name of the file of a result: parts and small sizes are told apart, so that they do not replace a whole one. */
export function fileName({ date, commit }: Result, whole: boolean): string {
  return `${date.slice(0, 10)}-${commit ?? "unknown"}${whole ? "" : "-part"}.json`;
}

export async function writeResult(result: Result, file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(result, undefined, 1)}\n`);
}

export async function readResult(file: string): Promise<Result> {
  const result = JSON.parse(await readFile(file, "utf8")) as Result;
  if (result.format !== 1) throw new Error(`${file} is no result file of this benchmark`);
  return result;
}
