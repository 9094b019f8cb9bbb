/** Paginators and auths of the user's own, registered by a module, through the command line. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { localServer, type LocalServer, sendJson } from "../../src/rest/testing/local-server.js";
import { codeBlocks } from "../docs/code-blocks.js";
import { Workspace } from "./command-line.js";

let workspace: Workspace;
let server: LocalServer;

beforeEach(async () => {
  workspace = await Workspace.create();
  server = await localServer(({ url }, response) => {
    const skip = Number(url.searchParams.get("skip"));
    sendJson(
      response,
      [1, 2, 3, 4, 5].slice(skip, skip + 2).map((id) => ({ id })),
    );
  });
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await workspace.remove();
});

async function load(file: string, env: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const { stdout, stderr } = await workspace.sluice(["run", file, "--json", "--quiet"], env);
  return stdout === "" ? stderr : (JSON.parse(stdout) as { tables: unknown }).tables;
}

describe("a registered paginator", () => {
  it("serves a pipeline file in TypeScript that imports the module", async () => {
    const shown = codeBlocks().find(({ code }) => code.startsWith("// my-api.ts\n"));
    await workspace.write("my-api.ts", shown?.code ?? "");
    await workspace.write(
      "shop.ts",
      `import "./my-api.js";
       import { definePipeline, restApiSource } from "sluice";
       export default definePipeline({
         pipelineName: "shop",
         destination: "shop.duckdb",
         source: restApiSource({
           client: { baseUrl: "${server.url}", paginator: { type: "skip", step: 2 } },
           resources: ["items"],
         }),
       });`,
    );
    expect(await load("shop.ts")).toEqual({ items: 5 });
  });

  it("serves a pipeline file in YAML, as an auth does, when Node.js loads the module first", async () => {
    await workspace.write(
      "my-api.mjs",
      `import { registerAuth, registerPaginator } from "sluice";
       registerPaginator("skip", ({ step }) => ({
         type: "skip",
         start: () => 0,
         apply: (request, skip) => ({ ...request, params: { skip } }),
         next: (skip, { items }) => (items.length < step ? { stop: "no-next" } : { state: skip + step }),
       }));
       registerAuth("tenant", ({ tenantName }) => ({
         type: "tenant",
         apply: (request) => ({ ...request, headers: { ...request.headers, "X-Tenant": tenantName } }),
       }));`,
    );
    await workspace.write(
      "shop.yaml",
      `pipeline_name: shop
destination: shop.duckdb
source:
  client:
    base_url: ${server.url}
    paginator: { type: skip, step: 2 }
    auth: { type: tenant, tenant_name: north }
  resources: [items]
`,
    );
    expect(await load("shop.yaml", { NODE_OPTIONS: "--import=./my-api.mjs" })).toEqual({ items: 5 });
    expect(server.seen.map(({ headers }) => headers["x-tenant"])).toEqual(["north", "north", "north"]);
  });
});
