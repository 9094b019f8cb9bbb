// One run of the pipeline that the kill tests interrupt: `node run-pipeline.mjs <api> <directory>`. Prints the load info as JSON.
import { join } from "node:path";
import { duckdb, pipeline, restApiSource } from "../../dist/index.js";

const [api, directory] = process.argv.slice(2);
const source = restApiSource(
  {
    client: { baseUrl: api, paginator: { type: "json_link", nextUrlPath: "next" } },
    resources: [
      {
        name: "projects",
        primaryKey: "id",
        writeDisposition: "merge",
        endpoint: { path: "projects", dataSelector: "data" },
      },
      {
        name: "events",
        writeDisposition: "append",
        includeFromParent: ["name"],
        endpoint: {
          path: "projects/{resources.projects.id}/events",
          dataSelector: "data",
          incremental: { cursorPath: "at", initialValue: "2024-01-01T00:00:00Z" },
        },
      },
      {
        name: "entries",
        endpoint: {
          path: "entries",
          dataSelector: "data",
          paginator: { type: "page_number", basePage: 1, totalPath: "pages" },
        },
      },
      {
        name: "changes",
        endpoint: {
          path: "changes",
          dataSelector: "data",
          params: { since: "{incremental.start_value}" },
          incremental: { cursorPath: "changed_at", initialValue: "2024-01-01T00:00:00Z" },
        },
      },
    ],
  },
  { name: "projects_api" },
);
const info = await pipeline({
  pipelineName: "killed",
  destination: duckdb(join(directory, "data.duckdb")),
  datasetName: "data",
  pipelinesDir: join(directory, "pipelines"),
}).run(source);
console.log(JSON.stringify(info));
