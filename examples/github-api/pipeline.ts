import { definePipeline, duckdb, type PipelineDefinition, restApiSource } from "sluice";

/** Where the API answers; the demo's own server, or `https://api.github.com` with a token of yours. */
const api = process.env["GITHUB_API"] ?? "https://api.github.com";
const repository = process.env["GITHUB_REPOSITORY"] ?? "octokit-fixture-org/paginate-issues";

const definition: PipelineDefinition = definePipeline({
  pipelineName: "github",
  destination: duckdb(process.env["GITHUB_DATABASE"] ?? "github.duckdb"),
  datasetName: "github_data",
  source: restApiSource(
    {
      client: {
        baseUrl: `${api}/repos/${repository}/`,
        auth: { type: "bearer", token: process.env["GITHUB_TOKEN"] ?? "" },
        // GitHub links its pages in the Link header.
        paginator: "header_link",
      },
      resourceDefaults: {
        primaryKey: "id",
        writeDisposition: "merge",
        // Few, so that the recorded issues make several pages; GitHub gives up to 100.
        endpoint: { params: { per_page: 5 } },
      },
      resources: [
        {
          name: "issues",
          endpoint: {
            path: "issues",
            params: { state: "all", sort: "updated", direction: "asc", since: "{incremental.start_value}" },
            incremental: { cursorPath: "updated_at", initialValue: "2019-01-01T00:00:00Z" },
          },
        },
        {
          name: "comments",
          endpoint: { path: "issues/{resources.issues.number}/comments" },
          includeFromParent: ["id"],
        },
        { name: "pulls", endpoint: { path: "pulls", params: { state: "all" } } },
      ],
    },
    { name: "github" },
  ),
});
export default definition;
