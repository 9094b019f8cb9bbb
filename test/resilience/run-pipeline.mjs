// One run of the pipeline that the kill and fault tests disturb: `node run-pipeline.mjs <api> <directory>`. Every write
// disposition, flat and nested, parents with children, cursors, and a generator. Prints the load info as JSON, or the error.
import { join } from "node:path";
import { duckdb, pipeline, resource, RestClient, restApiSource } from "../../dist/index.js";

const [api, directory] = process.argv.slice(2);
const options = JSON.parse(process.env["RUN_OPTIONS"] ?? "{}");
const client = new RestClient({ baseUrl: api, paginator: { type: "json_link", nextUrlPath: "next" } });
const notes = resource({ name: "notes" }, async function* () {
  for await (const page of client.paginate("notes", { dataSelector: "data" })) yield [...page];
});
const source = restApiSource(
  {
    client: {
      baseUrl: api,
      paginator: { type: "json_link", nextUrlPath: "next" },
      headers: { "x-variant": options.variant ?? "" },
    },
    resourceDefaults: { endpoint: { dataSelector: "data" } },
    resources: [
      { name: "projects", primaryKey: "id", writeDisposition: "merge", endpoint: { path: "projects" } },
      {
        name: "events",
        writeDisposition: "append",
        includeFromParent: ["name"],
        endpoint: {
          path: "projects/{resources.projects.id}/events",
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
          params: { since: "{incremental.start_value}" },
          incremental: { cursorPath: "changed_at", initialValue: "2024-01-01T00:00:00Z" },
        },
      },
      { name: "prices", writeDisposition: "replace", endpoint: { path: "prices" } },
      { name: "people", writeDisposition: { disposition: "merge", strategy: "scd2" }, endpoint: { path: "people" } },
      notes,
    ],
  },
  { name: "projects_api" },
);
try {
  const info = await pipeline({
    pipelineName: "killed",
    destination: duckdb(join(directory, "data.duckdb")),
    datasetName: "data",
    pipelinesDir: options.pipelinesDir ?? join(directory, "pipelines"),
    syncInterval: options.syncInterval ?? 1,
  }).run(source, { resume: options.resume ?? true });
  console.log(JSON.stringify(info));
} catch (error) {
  console.error(error instanceof Error && "code" in error ? `${String(error.code)}: ${error.message}` : error);
  process.exitCode = 1;
}
