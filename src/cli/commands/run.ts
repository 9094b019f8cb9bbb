import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { LoadInfo, PipelineDefinition } from "../../index.js";
import { EXIT_CODES } from "../exit-codes.js";
import { globalOptions } from "../global-options.js";
import { onInterrupt } from "../interrupt.js";
import { loadPipelineFile } from "../pipeline-file.js";
import { progressDisplay } from "../progress/progress-display.js";
import { namesOf, onlyResources, positiveInteger } from "../resource-options.js";

interface RunOptions {
  readonly destination?: string;
  readonly dataset?: string;
  readonly resources?: readonly string[];
  readonly limit?: number;
  readonly fullRefresh?: boolean;
  readonly resume: boolean;
  readonly pipelinesDir?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly failOnWarnings?: boolean;
}

/** `sluice run`: runs the pipeline of a file. */
export function runCommand(): CommandUnknownOpts {
  return new Command("run")
    .description("run the pipeline of a file, or go on with a run that was interrupted")
    .argument("<file>", "pipeline file: .ts, .mts, .js, .mjs, .yaml, .yml or .json")
    .option("--destination <name|path>", "load here instead: an engine's name, or the path of a DuckDB file")
    .option("--dataset <name>", "load into this dataset instead")
    .option("--resources <a,b>", "load only these resources; parents they need are read, not loaded", namesOf)
    .option(
      "--limit <pages>",
      "stop every resource after so many pages (of a child: pages per parent row)",
      positiveInteger,
    )
    .option("--full-refresh", "drop the source's tables and its state first, then load everything")
    .option("--no-resume", "do not go on with an interrupted run: set it aside and read from the cursor")
    .option("--pipelines-dir <path>", "where packages in flight are kept")
    .option("--json", "print the load info, or the error, as one JSON document on standard output")
    .option("--quiet", "no progress")
    .option("--fail-on-warnings", `exit with ${EXIT_CODES.warnings.code} when there were warnings`)
    .action(async (file, options, command) => {
      const { color } = globalOptions(command);
      process.exitCode = await run(file, options, color);
    });
}

async function run(file: string, options: RunOptions, color: boolean): Promise<number> {
  const definition = await loadPipelineFile(file);
  const { pipeline } = await import("../../index.js");
  const { source, ...settings } = await applyOptions(definition, options);
  const target = pipeline(settings);
  const display = progressDisplay(process.stderr, { quiet: options.quiet === true, color });
  const say = (message: string): void => display.listener({ type: "notice", message });
  const interrupt = onInterrupt(options.quiet === true ? (message) => void process.stderr.write(`${message}\n`) : say);
  let info: LoadInfo | undefined;
  try {
    info = await target.run(source, {
      progress: display.listener,
      signal: interrupt.signal,
      resume: options.resume,
      ...(options.limit === undefined ? {} : { limit: options.limit }),
      ...(options.fullRefresh === true ? { refresh: "drop_sources" as const } : {}),
    });
  } finally {
    interrupt.close();
    display.close(info === undefined || options.json === true || !process.stdout.isTTY);
  }
  process.stdout.write(`${options.json === true ? JSON.stringify(info) : String(info)}\n`);
  return options.failOnWarnings === true && info.warnings.length > 0 ? EXIT_CODES.warnings.code : EXIT_CODES.ok.code;
}

/** The definition with what the command line says instead. */
async function applyOptions(definition: PipelineDefinition, options: RunOptions): Promise<PipelineDefinition> {
  return {
    ...definition,
    ...(options.resources === undefined ? {} : { source: await onlyResources(definition.source, options.resources) }),
    ...(options.destination === undefined ? {} : { destination: options.destination }),
    ...(options.dataset === undefined ? {} : { datasetName: options.dataset }),
    ...(options.pipelinesDir === undefined ? {} : { pipelinesDir: options.pipelinesDir }),
  };
}
