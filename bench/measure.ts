import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Cell } from "./cells.js";
import { run, type Server } from "./child.js";
import type { Figures, Job } from "./job.js";
import { isLoaded, waitUntilQuiet, watch } from "./machine.js";
import type { Measurement } from "./result.js";
import type { Tool } from "./tools/tool.js";

/** The machine is used by others, and `--strict` forbids to measure then. */
export class LoadedMachineError extends Error {
  constructor(processors: number) {
    super(
      `The machine is loaded: others use ${processors.toFixed(1)} processors. Stop them, or measure without --strict.`,
    );
    this.name = "LoadedMachineError";
  }
}

export interface MeasureOptions {
  /** How long to wait for a quiet machine before each measurement. */
  readonly patienceMs: number;
  /** Throw {@link LoadedMachineError} instead of stamping the measurement. */
  readonly strict: boolean;
  /** Ends the process that is being measured. */
  readonly signal?: AbortSignal;
}

/**
 * Loads a cell once, in a fresh process and a fresh folder, and counts the rows of all tables.
 *
 * Throws when the tool fails or the tables are not those of the cell.
 */
export async function measureOnce(
  tool: Tool,
  cell: Cell,
  server: Server,
  { patienceMs, strict, signal }: MeasureOptions,
): Promise<Measurement> {
  const folder = await mkdtemp(path.join(tmpdir(), "sluice-bench-"));
  try {
    const job = jobOf(tool, cell, server.baseUrl, folder);
    const jobFile = path.join(folder, "job.json");
    await writeFile(jobFile, JSON.stringify(job));
    const command = await tool.command(cell, job, jobFile);
    const before = await waitUntilQuiet(patienceMs);
    if (strict && isLoaded(before)) throw new LoadedMachineError(before.busy);
    const watched = watch();
    const own = process.cpuUsage();
    const serverBefore = await server.cpuSeconds();
    const { seconds: processSeconds } = await run(command, signal);
    const during = watched();
    const figures = cell.asCommand === true && tool.settings.sdk !== null ? undefined : await figuresOf(job);
    const ours = seconds(process.cpuUsage(own)) + (await server.cpuSeconds()) - serverBefore;
    const others = figures === undefined ? 0 : Math.max(0, during.busy - (figures.cpuSeconds + ours) / during.seconds);
    await verify(tool, cell, job);
    return {
      seconds: figures === undefined ? null : rounded(sum(figures.seconds)),
      processSeconds: rounded(processSeconds),
      cpuSeconds: figures === undefined ? null : rounded(figures.cpuSeconds),
      peakMB: figures === undefined ? null : Math.round(figures.peakMB),
      stallMs: figures?.stallMs === undefined ? null : Math.round(figures.stallMs),
      busyBefore: rounded(before.busy),
      othersDuring: rounded(others),
      stolenDuring: rounded(during.stolen),
      loaded: isLoaded(before) || isLoaded({ busy: others, stolen: during.stolen }),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function jobOf(tool: Tool, cell: Cell, baseUrl: string, folder: string): Job {
  return {
    ...tool.settings,
    source: { client: { base_url: baseUrl }, resources: cell.resources },
    runs: cell.runs ?? 1,
    folder,
    database: path.join(folder, "bench.duckdb"),
    dataset: "bench_data",
    figures: path.join(folder, "figures.json"),
  };
}

async function figuresOf({ figures }: Job): Promise<Figures> {
  return JSON.parse(await readFile(figures, "utf8")) as Figures;
}

/** The floor makes the tables of the resources only. */
async function verify(tool: Tool, cell: Cell, job: Job): Promise<void> {
  const names = tool.name === "floor" ? cell.resources.map(({ name }) => name) : Object.keys(cell.rows);
  const expected = Object.fromEntries(names.toSorted().map((name) => [name, cell.rows[name]]));
  const counted = await tool.count(job);
  const found = Object.fromEntries(Object.entries(counted).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  if (JSON.stringify(found) !== JSON.stringify(expected))
    throw new Error(
      `${tool.name} made other tables of "${cell.id}": expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`,
    );
}

function seconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
