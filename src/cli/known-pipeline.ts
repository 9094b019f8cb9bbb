import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { ConfigError, excerpt } from "../core/errors.js";
import type { Pipeline } from "../index.js";
import { DEFAULT_PIPELINES_DIR, PipelineLayout } from "../package/layout.js";

/** Undefined when a pipeline of this name has run on this machine; else an error that says which have. */
export async function neverRan(name: string, pipelinesDir: string | undefined): Promise<ConfigError | undefined> {
  const layout = new PipelineLayout(pipelinesDir ?? DEFAULT_PIPELINES_DIR, name);
  if (existsSync(layout.root)) return undefined;
  const known = await readdir(path.dirname(layout.root)).catch(() => []); // No folder at all: nothing ever ran here.
  return new ConfigError(`No pipeline named ${excerpt(name)} has run here`, {
    hint:
      known.length === 0
        ? "Run it first, or name the folder of its packages with --pipelines-dir."
        : `Those that have: ${known.toSorted((a, b) => a.localeCompare(b)).join(", ")}.`,
  });
}

/** A pipeline that has run on this machine, by its name alone. Throws `ConfigError` with the names of those that have. */
export async function knownPipeline(name: string, pipelinesDir: string | undefined): Promise<Pipeline> {
  const { pipeline } = await import("../index.js");
  const unknown = await neverRan(name, pipelinesDir);
  if (unknown !== undefined) throw unknown;
  // The packages say where they go; which destination is named here does not matter, and none is opened.
  return pipeline({
    pipelineName: name,
    destination: "duckdb",
    ...(pipelinesDir === undefined ? {} : { pipelinesDir }),
  });
}
