import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LocalServer, localServer, sendJson } from "../../src/rest/testing/local-server.js";
import { Workspace } from "./command-line.js";

let workspace: Workspace;
let server: LocalServer;
let rows: readonly object[] = [];

beforeEach(async () => {
  workspace = await Workspace.create();
  server = await localServer((_, response) => sendJson(response, rows));
  await workspace.write("shop.yaml", {
    pipeline_name: "shop",
    destination: "shop.duckdb",
    dataset_name: "data",
    export_schema_path: "exported",
    source: { name: "shop", client: { base_url: server.url }, resources: ["orders"] },
  });
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await workspace.remove();
});

async function load(...given: readonly object[]): Promise<void> {
  rows = given;
  expect(await workspace.sluice(["run", "shop.yaml", "--quiet"])).toMatchObject({ code: 0 });
}

async function schema(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await workspace.sluice(["schema", "shop.yaml", ...args]);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

describe("sluice schema", () => {
  it("prints a schema, its versions, and what changed", async () => {
    await load({ id: 1 });
    await load({ id: 2, note: "new" });
    const yaml = await schema();
    expect(yaml).toContain("name: shop\ntables:\n");
    expect(yaml).toContain("      note:\n        data_type: text\n        nullable: true\n");
    expect(await schema("--at", "1")).not.toContain("note");
    expect((await schema("--versions")).match(/shop {2}version \d/g)).toEqual(["shop  version 1", "shop  version 2"]);
    const changes = "  table orders\n    + note: text\n";
    expect(await schema("--diff")).toBe(`Schema shop, version 2, compared with version 1:\n${changes}`);
    expect(JSON.parse(await schema("--diff", "1", "--json"))).toEqual([
      {
        name: "shop",
        since: "version 1",
        version: 2,
        differences: [{ kind: "added", table: "orders", column: "note", what: "text" }],
      },
    ]);
    expect(await schema("--diff", "exported/shop.schema.yaml")).toMatch(
      /compared with exported.*:\nnothing has changed\n$/,
    );
    expect(await schema("--export", "copies")).toBe(
      "copies/shop.schema.yaml\n".replace("/", process.platform === "win32" ? "\\" : "/"),
    );
    expect(await schema("--diff", "copies/shop.schema.yaml", "--at", "1")).toContain("    - note: text\n");
  });

  it("says what is not there", async () => {
    const nothing = await workspace.sluice(["schema", "shop.yaml"]);
    expect(nothing).toMatchObject({ code: 2, stdout: "" });
    expect(nothing.stderr).toContain('Dataset "data"');
    await load({ id: 1 });
    const wrongName = await workspace.sluice(["schema", "shop.yaml", "--name", "shup"]);
    expect(wrongName.stderr).toContain("It has: shop.");
    const noFile = await workspace.sluice(["schema", "shop.yaml", "--diff", "nothing.yaml"]);
    expect(noFile.stderr).toContain("nothing.yaml cannot be read");
    expect([wrongName.code, noFile.code]).toEqual([1, 2]);
  });
});
