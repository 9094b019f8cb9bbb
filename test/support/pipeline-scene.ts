import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { duckdb, type Pipeline, pipeline, type PipelineOptions } from "sluice";

/** A folder with one pipeline in it; `await using` removes it. */
export interface PipelineScene extends AsyncDisposable {
  readonly directory: string;
  readonly pipeline: Pipeline;
  /** The same pipeline as another process would make it, with other options. */
  again(options?: Partial<PipelineOptions>): Pipeline;
  /** Rows of a table without `_dlt_…` columns and nulls, in the order of their JSON. */
  rows(table: string): Promise<Record<string, unknown>[]>;
  /** Values of the first column of a query. */
  values(sql: string): Promise<unknown[]>;
  /** Names in a folder of the pipeline's work directory; empty when it is not there. */
  files(folder: "packages" | "set-aside"): Promise<string[]>;
}

/** Makes a pipeline `scene` that loads into the dataset `data` of a DuckDB file. */
export async function pipelineScene(): Promise<PipelineScene> {
  const directory = await mkdtemp(join(tmpdir(), "sluice-pipeline-"));
  const pipelinesDir = join(directory, "pipelines");
  const again = (options: Partial<PipelineOptions> = {}): Pipeline =>
    pipeline({
      pipelineName: "scene",
      destination: duckdb(join(directory, "scene.duckdb")),
      datasetName: "data",
      pipelinesDir,
      ...options,
    });
  const scene = again();
  return {
    directory,
    pipeline: scene,
    again,
    async rows(table) {
      const rows = await scene.dataset().table(table).toArray();
      const plain = rows.map((row) =>
        Object.fromEntries(Object.entries(row).filter(([key, value]) => !key.startsWith("_dlt_") && value !== null)),
      );
      return plain.sort((a, b) => (sortable(a) < sortable(b) ? -1 : 1));
    },
    async values(sql) {
      return (await scene.dataset().sql(sql).toArray()).map((row) => Object.values(row)[0]);
    },
    files: (folder) => readdir(join(pipelinesDir, "scene", folder)).catch(() => []),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** JSON, with integers beyond 2^53 as text. */
function sortable(row: Record<string, unknown>): string {
  return JSON.stringify(row, (_key, value: unknown) => (typeof value === "bigint" ? `${value}` : value));
}
