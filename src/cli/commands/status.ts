import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { plural } from "../../core/count-text.js";
import type { LoadInfoFields, PackageSummary, RunningProcess } from "../../index.js";
import { EXIT_CODES } from "../exit-codes.js";
import { knownPipeline, neverRan } from "../known-pipeline.js";

interface StatusOptions {
  readonly pipelinesDir?: string;
  readonly json?: boolean;
}

/** What this machine knows of a pipeline. */
interface Known {
  readonly lastRun: LoadInfoFields | undefined;
  readonly running: RunningProcess | undefined;
  readonly pending: readonly PackageSummary[];
}

const NOTHING: Known = { lastRun: undefined, running: undefined, pending: [] };

/** The whole in one word, for scripts. */
function stateOf({ running, pending }: Known): "running" | "pending" | "idle" {
  if (running !== undefined) return "running";
  return pending.length > 0 ? "pending" : "idle";
}

const STATES: Readonly<Record<PackageSummary["state"], string>> = {
  interrupted: "interrupted: run again to go on",
  complete: "complete, not published: run again to publish",
  rejected: "refused by the destination",
};

/** While a process runs the pipeline: what the package needs is being done. */
const STATES_WHILE_RUNNING: typeof STATES = {
  ...STATES,
  interrupted: "not complete yet",
  complete: "complete, not published yet",
};

/** `sluice status`: what was loaded last and what is in flight, as far as this machine knows. */
export function statusCommand(): CommandUnknownOpts {
  return new Command("status")
    .description("show what is loaded, what is running and what is pending")
    .argument("<pipeline>", "name of the pipeline")
    .option("--pipelines-dir <path>", "where packages in flight are kept")
    .option("--json", "print the status as one JSON document on standard output")
    .action(async (name, options) => {
      // Before the first run somebody asks as well: that is an answer and no mistake.
      const never = await neverRan(name, options.pipelinesDir);
      const known = never === undefined ? await read(name, options) : NOTHING;
      const { lastRun = null, running = null, pending } = known;
      const state = never === undefined ? stateOf(known) : "never ran";
      process.stdout.write(
        options.json === true
          ? `${JSON.stringify({ pipelineName: name, state, lastRun, running, pending })}\n`
          : ((never && `${never.message}\n`) ?? describe(name, known)),
      );
      process.exitCode = EXIT_CODES.ok.code;
    });
}

async function read(name: string, { pipelinesDir }: StatusOptions): Promise<Known> {
  const known = await knownPipeline(name, pipelinesDir);
  // The process first: a run that ends in between leaves nothing pending, and is not called interrupted.
  const running = await known.runningProcess();
  return { running, pending: await known.pending(), lastRun: await known.lastRun() };
}

function describe(name: string, { lastRun, running, pending }: Known): string {
  const lines: string[] = [];
  if (lastRun === undefined) lines.push(`No finished run of ${name} is known on this machine.`);
  else {
    const rows = Object.values(lastRun.tables).reduce((sum, count) => sum + count, 0);
    lines.push(
      `Last load ${lastRun.loadId} of ${name}: ${plural(rows, "row")} into ${lastRun.datasetName} at ${lastRun.destination}, finished ${lastRun.finishedAt}`,
    );
    if (lastRun.warnings.length > 0) lines.push(`  with ${plural(lastRun.warnings.length, "warning")}`);
  }
  if (running !== undefined)
    lines.push(`Process ${running.pid} on ${running.host} is running it since ${running.since}.`);
  const states = running === undefined ? STATES : STATES_WHILE_RUNNING;
  if (pending.length === 0) lines.push("Nothing is pending.");
  for (const { loadId, state, rows, startedAt, reason } of pending) {
    lines.push(
      `Pending load ${loadId}, started ${startedAt}, ${plural(rows, "row")} so far: ${states[state]}${reason === undefined ? "" : `: ${reason}`}`,
    );
  }
  return `${lines.join("\n")}\n`;
}
