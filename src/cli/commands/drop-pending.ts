import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { plural } from "../../core/count-text.js";
import { EXIT_CODES } from "../exit-codes.js";
import { knownPipeline } from "../known-pipeline.js";

/** `sluice drop-pending`: for a package that stands in the way, such as one that cannot be published. */
export function dropPendingCommand(): CommandUnknownOpts {
  return new Command("drop-pending")
    .description("drop the packages that are not published; the next run reads their rows again")
    .argument("<pipeline>", "name of the pipeline")
    .option("--pipelines-dir <path>", "where packages in flight are kept")
    .option("--json", "print the dropped load ids as one JSON document on standard output")
    .action(async (name, { pipelinesDir, json }) => {
      const dropped = await (await knownPipeline(name, pipelinesDir)).dropPending();
      const which = dropped.length === 0 ? "" : `: ${dropped.join(", ")}`;
      process.stdout.write(
        json === true
          ? `${JSON.stringify({ pipelineName: name, dropped })}\n`
          : `Dropped ${plural(dropped.length, "package")}${which}.\n`,
      );
      process.exitCode = EXIT_CODES.ok.code;
    });
}
