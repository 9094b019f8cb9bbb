import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { plural } from "../../core/count-text.js";
import type { LoadInfoFields, PackageSummary } from "../../index.js";
import { EXIT_CODES } from "../exit-codes.js";
import { knownPipeline } from "../known-pipeline.js";

interface StatusOptions {
  readonly pipelinesDir?: string;
  readonly json?: boolean;
}

const STATES: Readonly<Record<PackageSummary["state"], string>> = {
  interrupted: "interrupted: run again to go on",
  complete: "complete, not published: run again to publish",
  rejected: "refused by the destination",
};

/** `sluice status`: what was loaded last and what is in flight, as far as this machine knows. */
export function statusCommand(): CommandUnknownOpts {
  return new Command("status")
    .description("show the last load of a pipeline and the packages that are not published")
    .argument("<pipeline>", "name of the pipeline")
    .option("--pipelines-dir <path>", "where packages in flight are kept")
    .option("--json", "print the status as one JSON document on standard output")
    .action(async (name, options) => {
      const { lastRun, pending } = await read(name, options);
      process.stdout.write(
        options.json === true
          ? `${JSON.stringify({ pipelineName: name, lastRun: lastRun ?? null, pending })}\n`
          : describe(name, lastRun, pending),
      );
      process.exitCode = EXIT_CODES.ok.code;
    });
}

async function read(
  name: string,
  { pipelinesDir }: StatusOptions,
): Promise<{ lastRun: LoadInfoFields | undefined; pending: PackageSummary[] }> {
  const known = await knownPipeline(name, pipelinesDir);
  return { lastRun: await known.lastRun(), pending: await known.pending() };
}

function describe(name: string, lastRun: LoadInfoFields | undefined, pending: readonly PackageSummary[]): string {
  const lines: string[] = [];
  if (lastRun === undefined) lines.push(`No finished run of ${name} is known on this machine.`);
  else {
    const rows = Object.values(lastRun.tables).reduce((sum, count) => sum + count, 0);
    lines.push(
      `Last load ${lastRun.loadId} of ${name}: ${plural(rows, "row")} into ${lastRun.datasetName} at ${lastRun.destination}, finished ${lastRun.finishedAt}`,
    );
    if (lastRun.warnings.length > 0) lines.push(`  with ${plural(lastRun.warnings.length, "warning")}`);
  }
  if (pending.length === 0) lines.push("Nothing is pending.");
  for (const { loadId, state, rows, startedAt, reason } of pending) {
    lines.push(
      `Pending load ${loadId}, started ${startedAt}, ${plural(rows, "row")} so far: ${STATES[state]}${reason === undefined ? "" : `: ${reason}`}`,
    );
  }
  return `${lines.join("\n")}\n`;
}
