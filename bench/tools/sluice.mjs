// Loads one cell with the built package, this one or a previous one: `node sluice.mjs <job file>`. See ../job.ts.
import { join } from "node:path";
import { measure, readJob } from "./measured.mjs";

const job = readJob();
const { duckdb, pipeline, restApiSource } = await import(job.sdk);
const target = pipeline({
  pipelineName: "bench",
  destination: duckdb(job.database),
  datasetName: job.dataset,
  pipelinesDir: join(job.folder, "pipelines"),
});
await measure(job, () => target.run(restApiSource(job.source)));
