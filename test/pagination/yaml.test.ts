import { DuckDBInstance } from "@duckdb/node-api";
import { stringify } from "yaml";
import { expect, it } from "vitest";
import { PAGED_APIS } from "../../src/rest/testing/paged-apis.js";
import { Workspace } from "../e2e/command-line.js";
import { pagedServer } from "./paged-server.js";

const snake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

it("reads a list with every kind of paginator from a YAML file through the CLI", async () => {
  await using server = await pagedServer();
  const workspace = await Workspace.create();
  try {
    const resources = PAGED_APIS.map((api, i) => ({
      name: `list_${i}`,
      endpoint: {
        path: server.pathOf(api, 11, 4),
        method: api.request?.method,
        json: api.request?.json,
        data: api.request?.data,
        data_selector: api.dataSelector ?? "data",
        paginator: Object.fromEntries(Object.entries(api.config).map(([key, value]) => [snake(key), value])),
      },
    }));
    const only = { name: "only", endpoint: { ...resources[0]?.endpoint, paginator: "single_page" } };
    const source = {
      client: { base_url: `${server.url}/` },
      resource_defaults: { primary_key: "id" },
      resources: [...resources, only],
    };
    const file = { pipeline_name: "pages", destination: "pages.duckdb", dataset_name: "data", source };
    await workspace.write("pages.yaml", stringify(file));
    const { code, stdout, stderr } = await workspace.sluice(["run", "pages.yaml", "--json"]);
    expect(code, stderr).toBe(0);
    const info = JSON.parse(stdout) as { warnings: { code: string }[]; resources: Record<string, { rows: number }> };
    expect(info.warnings.filter((warning) => warning.code !== "paginator-guessed")).toEqual([]);
    const instance = await DuckDBInstance.create(workspace.path("pages.duckdb"), { access_mode: "READ_ONLY" });
    const connection = await instance.connect();
    const counts = PAGED_APIS.map((_, i) => `select count(distinct id) || '/' || count(*) as n from data.list_${i}`);
    const all = [...counts, "select count(distinct id) || '/' || count(*) from data.only"].join(" union all ");
    const read = await connection.runAndReadAll(all);
    connection.closeSync();
    instance.closeSync();
    expect(read.getRows().flat()).toEqual([...PAGED_APIS.map(() => "11/11"), "4/4"]);
  } finally {
    await workspace.remove();
  }
});
