import type { RunData } from "./data.js";
import type { PipelineOptions } from "./pipeline-options.js";

/** What a pipeline file for the CLI exports as default. */
export interface PipelineDefinition extends PipelineOptions {
  /** What to load: a source, a resource, or a list of those. */
  readonly source: RunData;
}

/** Types a pipeline file; returns its argument. */
export function definePipeline(definition: PipelineDefinition): PipelineDefinition {
  return definition;
}
