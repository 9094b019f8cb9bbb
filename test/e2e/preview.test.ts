import { existsSync } from "node:fs";
import { checkConnection, restApiSource } from "sluice";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { localServer, type LocalServer, sendJson } from "../../src/rest/testing/local-server.js";
import { Workspace } from "./command-line.js";

let server: LocalServer;
beforeEach(async () => {
  server = await localServer(({ url, headers }, response) => {
    const page = Number(url.searchParams.get("page") ?? 1);
    if (headers.authorization !== "Bearer right-token") return sendJson(response, { error: "who are you?" }, 401);
    if (url.pathname === "/users") {
      const data = Array.from({ length: 10 }, (_, i) => ({
        id: page * 100 + i,
        tags: ["a"],
        at: "2024-01-01T00:00:00Z",
      }));
      return sendJson(response, { data, page, total_pages: 5 });
    }
    return url.pathname.endsWith("/posts") ? sendJson(response, [{ text: "x" }]) : sendJson(response, {}, 404);
  });
});
afterEach(() => server[Symbol.asyncDispose]());

const asked = (): string[] => server.seen.map(({ target }) => target).sort();
const RESOURCES = ["users", { name: "posts", endpoint: "users/{users.id}/posts" }, "nowhere"] as const;

describe("sluice preview", () => {
  let workspace: Workspace;
  beforeEach(async () => {
    workspace = await Workspace.create();
    await workspace.write(
      "shop.yaml",
      `pipeline_name: shop
destination: shop.duckdb
source:
  client: { base_url: "${server.url}", auth: { token: right-token } }
  resources:
    - users
    - { name: posts, endpoint: "users/{users.id}/posts" }
    - nowhere
`,
    );
  });
  afterEach(() => workspace.remove());

  it("shows the tables that the first pages would make, and loads nothing", async () => {
    const { code, stdout } = await workspace.sluice(["preview", "shop.yaml"]);
    expect(code).toBe(1); // One resource cannot be read.
    expect(stdout).toMatch(/^Nothing was loaded\. The first pages \(of parents the first rows\) of\n/);
    expect(stdout).toMatch(
      / {2}users: 3 rows, 1 page; rows found at data; recognised: paginator: \{ type: "page_number"/,
    );
    expect(stdout).toMatch(/ {2}id +bigint +100, 101, 102\n {2}at +timestamp +"2024-01-01T00:00:00/);
    expect(stdout).toContain("users__tags: 3 rows\n");
    expect(stdout).toMatch(/skipped: Resource "nowhere", page 1 .*HTTP 404/);
    expect(asked()).toEqual(["/nowhere", "/users", "/users/100/posts", "/users/101/posts", "/users/102/posts"]);
    expect(existsSync(workspace.path("shop.duckdb"))).toBe(false);
    expect(existsSync(workspace.path(".sluice"))).toBe(false);
  });

  it("says of a cancelled preview that nothing was loaded, as JSON where that was wanted", async () => {
    const silent = await localServer(() => undefined);
    try {
      await workspace.write("slow.json", {
        pipeline_name: "slow",
        destination: "slow.duckdb",
        source: { client: { base_url: silent.url }, resources: ["users"] },
      });
      const preview = workspace.start(["preview", "slow.json", "--json"]);
      await expect.poll(() => silent.seen.length, { timeout: 10_000 }).toBe(1);
      preview.process.kill("SIGINT");
      const { code, stdout } = await preview.result;
      expect(code).toBe(130);
      expect(JSON.parse(stdout)).toEqual({
        error: { code: "SLUICE_CANCELLED", message: "The preview was cancelled; nothing was loaded" },
      });
    } finally {
      await silent[Symbol.asyncDispose]();
    }
  });

  it("reads more pages of fewer resources, for programs too", async () => {
    const args = ["--resources", "users", "--pages", "2", "--rows", "1", "--json"];
    const { code, stdout } = await workspace.sluice(["preview", "shop.yaml", ...args]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      resources: { users: { pages: 2, stop: "limit", rowsAt: ["data"] } },
      warnings: [{ code: "paginator-guessed" }],
      tables: [
        {
          name: "users",
          columns: [
            { name: "id", type: "bigint" },
            { name: "at", type: "timestamp" },
          ],
          rows: [{ id: 100, at: "2024-01-01T00:00:00Z" }],
        },
        { name: "users__tags", count: 3, rows: [{ value: "a" }] },
      ],
    });
    expect(asked()).toEqual(["/users", "/users?page=2"]);
  });
});

describe("checkConnection", () => {
  const source = (token: string) =>
    restApiSource({ client: { baseUrl: server.url, auth: { token } }, resources: RESOURCES });

  it("asks for one page of the named resources", async () => {
    expect(await checkConnection(source("right-token"), "users")).toEqual({ ok: true, message: "" });
    expect(asked()).toEqual(["/users"]);
  });

  it("says why not, without throwing", async () => {
    const refused = await checkConnection(source("wrong-token"), "users");
    expect(refused).toMatchObject({ ok: false, message: expect.stringMatching(/HTTP 401 for GET .*\/users/) });
    expect(refused.message).not.toContain("wrong-token");
    expect(await checkConnection(source("right-token"))).toMatchObject({
      ok: false,
      message: expect.stringMatching(/HTTP 404 .*nowhere/),
    });
    expect(await checkConnection(source("right-token"), "user")).toEqual({
      ok: false,
      message: expect.stringMatching(/no resource "user"\nIt has: users, nowhere, posts\./),
    });
  });
});
