import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { stringify } from "yaml";
import type { Cell, ToolName } from "../cells.js";
import { type Command, run } from "../child.js";
import type { Job } from "../job.js";

/** Something that can load a cell. */
export interface Tool {
  readonly name: ToolName;
  /** What its jobs say beyond the cell. */
  readonly settings: Pick<Job, "sdk" | "loaderFileFormat">;
  /** The command that does the job; may write files into the job's folder. */
  command(cell: Cell, job: Job, jobFile: string): Promise<Command>;
  /** Rows of every table that is in the dataset afterwards, without dlt's own tables. */
  count(job: Job): Promise<Record<string, number>>;
}

/** Root of the repository. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));
/** Where `npm run bench:dlt` puts dlt. */
export const VENV: string = path.join(ROOT, "bench/.venv");

/** sluice as built in a folder: this one, or a checkout of a previous release. */
export function sluiceTool(name: "sluice" | "previous", packageFolder: string): Tool {
  const main = path.join(packageFolder, "dist/cli/main.js");
  if (!existsSync(main)) throw new Error(`${main} is missing: run \`npm run build\` first`);
  return {
    name,
    settings: { sdk: pathToFileURL(path.join(packageFolder, "dist/index.js")).href, loaderFileFormat: null },
    async command(cell, job, jobFile) {
      if (cell.asCommand !== true) return node("sluice.mjs", jobFile);
      const file = path.join(job.folder, "bench.yaml");
      await writeFile(file, stringify(pipelineFile(job)));
      return { file: process.execPath, args: [main, "run", file], cwd: job.folder };
    },
    count: countRows,
  };
}

export const floorTool: Tool = {
  name: "floor",
  settings: { sdk: null, loaderFileFormat: null },
  command: async (_cell, _job, jobFile) => node("floor.mjs", jobFile),
  count: countRows,
};

/** dlt, with its default load file format or with Parquet. */
export function dltTool(name: "dlt" | "dlt-parquet", python: string): Tool {
  return {
    name,
    settings: { sdk: null, loaderFileFormat: name === "dlt" ? null : "parquet" },
    command: async (_cell, { folder }, jobFile) => dltCommand(python, [jobFile], folder),
    async count({ database, dataset, folder }) {
      const { stdout } = await run(dltCommand(python, ["--count", database, dataset], folder));
      return JSON.parse(stdout) as Record<string, number>;
    },
  };
}

/** Versions of what dlt consists of. Throws when that Python has no dlt. */
export async function dltVersions(python: string): Promise<Record<string, string>> {
  const { stdout } = await run({ file: python, args: [script("run_dlt.py"), "--versions"] });
  return JSON.parse(stdout) as Record<string, string>;
}

/** Its home is the measurement's folder, so that nobody's settings count; it neither calls home nor logs. */
function dltCommand(python: string, args: readonly string[], folder: string): Command {
  return {
    file: python,
    args: [script("run_dlt.py"), ...args],
    cwd: folder,
    env: { HOME: folder, USERPROFILE: folder, RUNTIME__DLTHUB_TELEMETRY: "false", RUNTIME__LOG_LEVEL: "ERROR" },
  };
}

function node(name: string, jobFile: string): Command {
  return { file: process.execPath, args: [script(name), jobFile] };
}

function script(name: string): string {
  return path.join(ROOT, "bench/tools", name);
}

function pipelineFile({ source, database, dataset, folder }: Job): object {
  return {
    pipeline_name: "bench",
    destination: database,
    dataset_name: dataset,
    pipelines_dir: path.join(folder, "pipelines"),
    source: { name: "bench", ...source },
  };
}

/** Counted by DuckDB alone, without sluice. */
async function countRows({ database, dataset }: Job): Promise<Record<string, number>> {
  const instance = await DuckDBInstance.create(database, { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  try {
    const tables = await connection.runAndReadAll(
      "select table_name from information_schema.tables where table_schema = $1 and table_name not like '\\_dlt\\_%' escape '\\' order by 1",
      [dataset],
    );
    const counts: Record<string, number> = {};
    for (const [table] of tables.getRows()) {
      const result = await connection.runAndReadAll(`select count(*) from "${dataset}"."${String(table)}"`);
      counts[String(table)] = Number(result.getRows()[0]?.[0]);
    }
    return counts;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
