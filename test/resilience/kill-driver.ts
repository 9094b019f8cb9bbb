import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { duckdb, pipeline } from "sluice";
import type { FaultPoint } from "../../src/core/fault-point.js";
import type { ProjectApi } from "./project-api.js";

const SCRIPT = fileURLToPath(new URL("run-pipeline.mjs", import.meta.url));

const FAULTS = new URL("faults.mjs", import.meta.url).href;

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

/** What goes wrong at a point of `FAULT_POINTS`, inside the process. */
export interface FaultPlan {
  readonly point?: FaultPoint;
  /** How often the process comes there before it happens; default: the first time. */
  readonly hit?: number;
  /** Only writes whose bytes hold this text count. */
  readonly holding?: string;
  /** SIGKILL; SIGKILL after half of the bytes are written; or an error that the write throws. */
  readonly action?: "kill" | "tear" | "ENOSPC";
  /** Where to write how often each point was reached, when the process ends by itself. */
  readonly countsFile?: string;
  /** The process's clock differs by so much. */
  readonly clockStepMs?: number;
}

export interface ProcessOptions {
  readonly kill?: KillMoment;
  readonly fault?: FaultPlan;
  /** Options of the pipeline and its run; `variant` makes it another configuration. */
  readonly run?: {
    readonly variant?: string;
    readonly syncInterval?: number;
    readonly resume?: boolean;
    readonly pipelinesDir?: string;
  };
  /** Put before the command: a shell that sets limits, for example. */
  readonly wrapper?: readonly string[];
  /** Kills the process when it is aborted. */
  readonly signal?: AbortSignal;
  /** True: a failure is an outcome. */
  readonly mayFail?: boolean;
}

export interface RunOutcome {
  readonly killed: boolean;
  readonly requests: number;
  readonly resumed: boolean;
  /** What the process said of its failure; undefined when it had none. */
  readonly error: string | undefined;
  readonly warnings: readonly string[];
}

/** Runs the pipeline as a process. Throws when it fails, unless it may. */
export async function runProcess(
  api: ProjectApi,
  directory: string,
  options: ProcessOptions = {},
): Promise<RunOutcome> {
  const { kill, fault = {}, run = {}, wrapper = [], signal: killed, mayFail = false } = options;
  const before = api.requests;
  const [command, ...args] = [...wrapper, process.execPath, "--import", FAULTS, SCRIPT, api.url, directory];
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, FAULT_PLAN: JSON.stringify(fault), RUN_OPTIONS: JSON.stringify(run) },
  });
  killed?.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
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
  const nothing = { killed: false, requests, resumed: false, error: undefined, warnings: [] };
  if (signal === "SIGKILL" && out === "") return { ...nothing, killed: true };
  if (signal !== "SIGKILL" && code !== 0) {
    if (mayFail) return { ...nothing, error: errors };
    throw new Error(`the run failed with code ${code}:\n${errors}`);
  }
  const info = JSON.parse(out) as { resumed: boolean; warnings: { code: string }[] };
  return { ...nothing, resumed: info.resumed, warnings: info.warnings.map((warning) => warning.code) };
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
      .map(({ _dlt_id, _dlt_load_id, _dlt_parent_id, _dlt_root_id, _dlt_valid_from, _dlt_valid_to, ...row }) =>
        JSON.stringify({ ...row, ...(_dlt_valid_from === undefined ? {} : { current: _dlt_valid_to === null }) }),
      )
      .sort();
  }
  tables["orphans"] = await textRows(
    target,
    "select count(*) as n from events__parts p where not exists (select 1 from events e where e._dlt_id = p._dlt_parent_id)",
  );
  tables["doubled ids"] = await textRows(target, "select count(*) - count(distinct _dlt_id) as n from events");
  tables["rows of no load"] = await textRows(
    target,
    "select count(*) as n from events where _dlt_load_id not in (select load_id from _dlt_loads)",
  );
  tables["loads"] = await textRows(target, "select status, schema_name from _dlt_loads order by load_id");
  tables["states"] = await textRows(target, "select version, version_hash from _dlt_pipeline_state order by version");
  tables["schemas"] = await textRows(target, "select version, version_hash from _dlt_version order by version");
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
