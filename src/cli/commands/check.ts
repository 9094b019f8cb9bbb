import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { PipelineDefinition } from "../../index.js";
import { EXIT_CODES } from "../exit-codes.js";
import { loadPipelineFile } from "../pipeline-file.js";

/** `sluice check`: everything that can be known without a request. */
export function checkCommand(): CommandUnknownOpts {
  return new Command("check")
    .description("check a pipeline file and open its destination; no request is sent")
    .argument("<file>", "pipeline file: .ts, .mts, .js, .mjs, .yaml, .yml or .json")
    .action(async (file) => {
      process.stdout.write(await check(await loadPipelineFile(file)));
      process.exitCode = EXIT_CODES.ok.code;
    });
}

async function check({ source, ...options }: PipelineDefinition): Promise<string> {
  const { pipeline, Resource, Source } = await import("../../index.js");
  const { assertSourceKeys } = await import("../../pipeline/merge-keys.js");
  const { assertTableNames } = await import("../../pipeline/table-names.js");
  const { Schema } = await import("../../schema/schema.js");
  const { pipelineName, datasetName, destination } = pipeline(options);
  const parts: readonly unknown[] = Array.isArray(source) ? source : [source];
  const loose = parts.filter((part) => part instanceof Resource);
  const sources = parts.filter((part) => part instanceof Source);
  if (loose.length > 0) sources.push(new Source({ name: pipelineName, resources: loose }));
  const session = await destination.open();
  try {
    for (const one of sources) {
      const stored = await session.readSchema(datasetName, one.name);
      const schema = stored === undefined ? Schema.create(one.name, one.naming) : Schema.fromStored(stored);
      assertTableNames(one, schema, destination.capabilities);
      assertSourceKeys(one, stored, destination.capabilities);
    }
  } finally {
    await session.close();
  }
  const resources = sources.flatMap((one) => one.resources).filter(({ definition }) => definition.selected);
  return [
    `Pipeline ${pipelineName} is well-formed.`,
    `  destination  ${destination.location}`,
    `  dataset      ${datasetName}`,
    `  resources    ${resources.map(({ name }) => name).join(", ") || "(rows of a list)"}`,
    "",
  ].join("\n");
}
