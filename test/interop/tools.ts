import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { duckdb, type LoadInfo, pipeline, restApiSource } from "sluice";
import { DltProcess, type LoadJob } from "./dlt-process.js";
import { type ShopApi, shopApi, shopConfig } from "./shop-api.js";

/** Loads with sluice what a job says. */
export async function runSluice(job: LoadJob): Promise<LoadInfo> {
  const { pipelineName, database, dataset, pipelinesDir, refresh } = job;
  const target = pipeline({ pipelineName, destination: duckdb(database), datasetName: dataset, pipelinesDir });
  // The config is checked at run time, as one from a file.
  const source = restApiSource(job.config as Parameters<typeof restApiSource>[0], { name: job.source });
  return target.run(source, refresh === undefined ? {} : { refresh });
}

/** Both tools, the shop and a folder for their databases. */
export interface InteropScene extends AsyncDisposable {
  readonly shop: ShopApi;
  readonly dlt: DltProcess;
  /** A job that loads the shop into the database of that name; both tools keep their work folders per database. */
  job(database: string): LoadJob;
  /** Loads phase after phase: `D` by dlt, `S` by sluice. Beginning with the phase that `from` says. */
  play(history: string, job: LoadJob, from?: number): Promise<void>;
}

export async function interopScene(python: string): Promise<InteropScene> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-interop-"));
  const shop = await shopApi();
  const dlt = new DltProcess(python, folder);
  return {
    shop,
    dlt,
    job: (database) => ({
      pipelineName: "shop",
      database: join(folder, `${database}.duckdb`),
      dataset: "data",
      pipelinesDir: join(folder, database),
      source: "shop_api",
      config: shopConfig(shop.url),
    }),
    async play(history, job, from = 0) {
      for (const [position, tool] of history.split("").entries()) {
        shop.phase = from + position;
        if (tool === "D") await dlt.run({ ...job, pipelinesDir: `${job.pipelinesDir}-dlt` });
        else await runSluice({ ...job, pipelinesDir: `${job.pipelinesDir}-sluice` });
      }
    },
    async [Symbol.asyncDispose]() {
      await dlt[Symbol.asyncDispose]();
      await shop[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
