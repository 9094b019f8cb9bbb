import type { PipelineDefinition } from "../index.js";

/**
 * A destination as the command line and config files write it: the name of an engine or a URL as they are; anything else
 * that looks like a path is a DuckDB file.
 */
export async function destinationFrom(text: string): Promise<PipelineDefinition["destination"]> {
  if (/^[a-z][a-z0-9+]*:/i.test(text) && !/^[a-z]:[\\/]/i.test(text)) return text;
  if (!/[./\\]/.test(text)) return text;
  const { duckdb } = await import("../index.js");
  return duckdb(text);
}
