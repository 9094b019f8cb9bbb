// One run in a process of its own, to be measured: `node memory-run.mjs <api> <directory>`. Prints as JSON how it ended and the most memory it had.
import { join } from "node:path";
import { duckdb, isSluiceError, pipeline, restApiSource } from "../../dist/index.js";

const [baseUrl, directory] = process.argv.slice(2);
const source = restApiSource({
  client: { baseUrl, paginator: "json_link", backoffFactor: 0, maxAttempts: 2, maxResponseBytes: 96 * 1024 * 1024 },
  resources: [{ name: "items", endpoint: { path: "items", dataSelector: "data" } }],
});
const outcome = await pipeline({
  pipelineName: "memory",
  destination: duckdb(join(directory, "memory.duckdb")),
  datasetName: "data",
  pipelinesDir: join(directory, "pipelines"),
})
  .run(source)
  .then(
    (info) => `${info.tables.items} rows`,
    (error) => (isSluiceError(error) ? error.code : String(error)),
  );
console.log(JSON.stringify({ outcome, megabytes: Math.round(process.resourceUsage().maxRSS / 1024) }));
