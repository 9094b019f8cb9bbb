import type { Cell, ToolName } from "./cells.js";
import { Server } from "./child.js";
import { LoadedMachineError, measureOnce, type MeasureOptions } from "./measure.js";
import { type CellResult, mainMeasure, type Measurement, type Missing } from "./result.js";
import type { Tool } from "./tools/tool.js";

export interface SuiteOptions extends MeasureOptions {
  readonly cells: readonly Cell[];
  readonly tools: readonly Tool[];
  readonly repeats: number;
  /** Measure each cell at least once with each tool if possible, but begin nothing after so many seconds. */
  readonly budgetSeconds?: number;
  readonly say: (line: string) => void;
}

export interface SuiteOutcome {
  readonly cells: readonly CellResult[];
  /** Measurements that failed or for which there was no time. */
  readonly missing: readonly Missing[];
  /** A tool broke down or made other tables: the figures cannot be used. */
  readonly failed: boolean;
}

/**
 * Measures cell after cell. Within a cell the tools take turns, so that a machine that slows down slows them all.
 *
 * Throws {@link LoadedMachineError} with `strict`, and when it is cancelled; what else goes wrong is reported as missing.
 */
export async function runSuite(options: SuiteOptions): Promise<SuiteOutcome> {
  const clock = new Clock(options.budgetSeconds ?? Infinity, options.cells.length);
  const results: CellResult[] = [];
  const missing: Missing[] = [];
  let failed = false;
  for (const [index, cell] of options.cells.entries()) {
    const outcome = await runCell(cell, options, (round) => clock.allows(index, round));
    results.push(outcome.result);
    missing.push(...outcome.missing);
    failed ||= outcome.failed;
  }
  return { cells: results, missing, failed };
}

async function runCell(
  cell: Cell,
  options: SuiteOptions,
  hasTime: (round: number) => boolean,
): Promise<{ result: CellResult; missing: Missing[]; failed: boolean }> {
  const { say } = options;
  const tools = cell.tools.flatMap((name) => options.tools.find((tool) => tool.name === name) ?? []);
  const runs: Partial<Record<ToolName, Measurement[]>> = {};
  const missing: Missing[] = [];
  const broken = new Set<ToolName>();
  say(`${cell.id}: ${cell.title}`);
  const server = await Server.start(cell.workload, cell.delayMs);
  try {
    const repeats = Math.min(options.repeats, cell.mostRepeats ?? Infinity);
    for (let round = 0; round < repeats; round++) {
      for (const tool of tools) {
        if (broken.has(tool.name)) continue;
        if (!hasTime(round)) {
          if (round === 0) missing.push({ what: `${cell.id}: ${tool.name}`, reason: "no time was left" });
          continue;
        }
        try {
          const measurement = await measureOnce(tool, cell, server, options);
          (runs[tool.name] ??= []).push(measurement);
          say(`  ${tool.name.padEnd(12)} ${inWords(cell, measurement)}`);
        } catch (error) {
          if (error instanceof LoadedMachineError || options.signal?.aborted === true) throw error;
          const reason = error instanceof Error ? error.message : String(error);
          broken.add(tool.name);
          delete runs[tool.name];
          missing.push({ what: `${cell.id}: ${tool.name}`, reason });
          say(`  ${tool.name.padEnd(12)} FAILED: ${reason}`);
        }
      }
    }
  } finally {
    await server.stop();
  }
  return { result: { id: cell.id, title: cell.title, bars: cell.bars, runs }, missing, failed: broken.size > 0 };
}

/** One measurement as a line of progress, the cell's own measure first. */
function inWords(cell: Cell, measurement: Measurement): string {
  const { seconds, processSeconds, cpuSeconds, peakMB, loaded } = measurement;
  const parts = [
    mainMeasure(cell) === "processSeconds" || seconds === null ? "" : `${seconds.toFixed(2)} s`,
    `process ${processSeconds.toFixed(2)} s`,
    cpuSeconds === null ? "" : `cpu ${cpuSeconds.toFixed(2)} s`,
    peakMB === null ? "" : `${peakMB} MB`,
    loaded ? "LOADED" : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** Shares a time budget between the cells: what one leaves over, the later ones may use. */
class Clock {
  readonly #startedAt = performance.now();
  readonly #budget: number;
  readonly #cells: number;

  constructor(budgetSeconds: number, cells: number) {
    this.#budget = budgetSeconds;
    this.#cells = cells;
  }

  /** First rounds may use all of the budget; repeats stay within half of the share of the cells up to theirs. */
  allows(cell: number, round: number): boolean {
    const elapsed = (performance.now() - this.#startedAt) / 1000;
    return elapsed < (round === 0 ? this.#budget : (this.#budget * (cell + 1)) / this.#cells / 2);
  }
}
