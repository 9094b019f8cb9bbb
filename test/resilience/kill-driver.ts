import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { duckdb, pipeline } from "sluice";
import type { ProjectApi } from "./project-api.js";

const SCRIPT = fileURLToPath(new URL("run-pipeline.mjs", import.meta.url));

/** Numbers from a seed (mulberry32), so that a failing sequence can be repeated. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** When to kill: `afterMs` after request number `request` (counted from the start of the child) reached the API. */
export interface KillMoment {
  readonly request: number;
  readonly afterMs: number;
}

export interface RunOutcome {
  readonly killed: boolean;
  readonly requests: number;
  readonly resumed: boolean;
}

/** Runs the pipeline as a process; with a moment, kills it there unless it was faster. Throws when it fails by itself. */
export async function runProcess(api: ProjectApi, directory: string, kill?: KillMoment): Promise<RunOutcome> {
  const before = api.requests;
  const child = spawn(process.execPath, [SCRIPT, api.url, directory], { stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  api.onRequest = (count) => {
    if (kill !== undefined && count - before === kill.request) setTimeout(() => child.kill("SIGKILL"), kill.afterMs);
  };
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  api.onRequest = () => undefined;
  const requests = api.requests - before;
  // A load info that was printed means that `run()` returned, even when the process was killed on its way out.
  if (signal === "SIGKILL" && out === "") return { killed: true, requests, resumed: false };
  if (signal !== "SIGKILL" && code !== 0) throw new Error(`the run failed with code ${code}:\n${errors}`);
  return { killed: false, requests, resumed: (JSON.parse(out) as { resumed: boolean }).resumed };
}

/** Everything that the pipeline left, in a form that two runs can be compared by: ids and load ids are replaced by what they join. */
export async function snapshot(directory: string): Promise<Record<string, readonly string[]>> {
  const target = pipeline({
    pipelineName: "killed",
    destination: duckdb(join(directory, "data.duckdb")),
    datasetName: "data",
    pipelinesDir: join(directory, "pipelines"),
  });
  const dataset = target.dataset();
  const tables: Record<string, readonly string[]> = {};
  for (const table of await dataset.tables()) {
    if (table.startsWith("_dlt_")) continue;
    const rows = (await dataset.table(table).toArray()) as Record<string, unknown>[];
    tables[table] = rows
      .map(({ _dlt_id, _dlt_load_id, _dlt_parent_id, _dlt_root_id, ...row }) => JSON.stringify(row))
      .sort();
  }
  tables["orphans"] = await textRows(
    target,
    "select count(*) as n from events__parts p where not exists (select 1 from events e where e._dlt_id = p._dlt_parent_id)",
  );
  tables["doubled ids"] = await textRows(target, "select count(*) - count(distinct _dlt_id) as n from events");
  tables["loads"] = await textRows(target, "select status, schema_name from _dlt_loads order by load_id");
  tables["states"] = await textRows(target, "select version, version_hash from _dlt_pipeline_state order by version");
  tables["pending"] = (await target.pending()).map((summary) => summary.state);
  return tables;
}

async function textRows(target: ReturnType<typeof pipeline>, sql: string): Promise<string[]> {
  return ((await target.dataset().sql(sql).toArray()) as object[]).map((row) => JSON.stringify(row));
}

/** A directory for one pipeline; `await using` removes it. */
export async function temporaryDirectory(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "sluice-kill-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
