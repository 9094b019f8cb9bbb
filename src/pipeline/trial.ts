import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { messageOf } from "../core/errors.js";
import type { ProgressListener } from "../core/events.js";
import { duckdb } from "../destinations/duckdb/index.js";
import type { OnError, Resource } from "../extract/resource.js";
import type { Source } from "../extract/source.js";
import { type RunData, toSources } from "./data.js";
import type { LoadInfo } from "./load-info.js";
import { Pipeline } from "./pipeline.js";

/** Name of the pipeline, and of the source of loose resources. */
const NAME = "trial";
/** Rows of a parent that its children are asked for. */
const PARENT_ROWS = 3;

export interface TrialOptions {
  /** Pages of each resource; default 1. */
  readonly pages?: number;
  /** For every resource, in place of its own. */
  readonly onError: OnError;
  readonly signal?: AbortSignal;
  readonly progress?: ProgressListener;
}

/**
 * Loads the first pages of `data` into a database of its own and lets `look` see it; then it is gone. Neither the data's
 * destination nor its state has a part in it: cursors begin at their `initialValue`, and of parents three rows are used.
 */
export async function trial<T>(
  data: RunData,
  { pages = 1, onError, ...options }: TrialOptions,
  look: (info: LoadInfo, pipeline: Pipeline) => T | Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), "sluice-trial-"));
  try {
    const pipeline = new Pipeline({
      pipelineName: NAME,
      datasetName: NAME,
      destination: duckdb(path.join(folder, "trial.duckdb")),
      pipelinesDir: folder,
    });
    const sources = toSources(data, {}, NAME).map((source) => slim(source, pages, onError));
    return await look(await pipeline.run(sources, options), pipeline);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether a source can be read; see {@link checkConnection}. */
export interface ConnectionCheck {
  readonly ok: boolean;
  /** Why not; empty when it can. */
  readonly message: string;
}

/**
 * Asks for one page of the named resources (default: all that are selected) and loads nothing: are the address, the credentials
 * and the configuration right? Never throws. As dlt's `check_connection`.
 */
export async function checkConnection(source: Source, ...resources: readonly string[]): Promise<ConnectionCheck> {
  try {
    const chosen = resources.length === 0 ? source : source.withResources(...resources);
    return await trial(chosen, { onError: "fail" }, () => ({ ok: true, message: "" }));
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
}

function slim(source: Source, pages: number, onError: OnError): Source {
  const parents = new Set(source.resources.map(({ definition }) => definition.parent?.resource));
  return source.mapResources((resource) => {
    const { limit = pages } = resource.definition;
    const short = resource.with({ onError }).limit(Math.min(limit, pages));
    return parents.has(resource.name) ? firstRows(short, PARENT_ROWS) : short;
  });
}

function firstRows(resource: Resource<unknown>, count: number): Resource<unknown> {
  let seen = 0;
  return resource.filter(() => (seen += 1) <= count);
}
