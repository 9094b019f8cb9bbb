/** The JSON Schema that the package ships: what it accepts and refuses is what `sluice check` accepts and refuses. */
import { readFileSync } from "node:fs";
import { validateRestApiConfig } from "sluice";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { JsonObject } from "../../src/core/json.js";
import { authShapes } from "../../src/rest/auth/index.js";
import { paginatorShapes } from "../../src/rest/paginators/index.js";
import { starterFiles } from "../../src/cli/starter.js";
import { codeBlocks } from "../docs/code-blocks.js";
import { misfits } from "../support/json-schema-check.js";

// The package as it is published: `npm test` builds it first.
const schema = JSON.parse(
  readFileSync(new URL("../../dist/pipeline.schema.json", import.meta.url), "utf8"),
) as JsonObject;

const client = { base_url: "https://api.example.com/" };
const file = (source: unknown, rest: object = {}): unknown => ({
  pipeline_name: "p",
  destination: "duckdb",
  source,
  ...rest,
});
const withEndpoint = (endpoint: unknown): object => ({ client, resources: ["users", { name: "a", endpoint }] });

const right: [string, object][] = [
  ["names alone", { client, resources: ["a", "b"] }],
  [
    "camelCase",
    { client: { baseUrl: "https://x.example", maxAttempts: 3 }, resources: [{ name: "a", primaryKey: ["id"] }] },
  ],
  [
    "everything of the client",
    {
      client: {
        ...client,
        headers: { Accept: null },
        auth: { token: "t" },
        paginator: "json_link",
        timeout: 5,
        connect_timeout: null,
        retry_statuses: [404, "5xx"],
        retry_methods: ["GET"],
        proxy: false,
        rate_limit: [{ requests: 1, per: "second" }, { concurrency: 2 }],
      },
      resource_defaults: { write_disposition: { disposition: "merge", strategy: "upsert" }, primary_key: "id" },
      resources: [],
    },
  ],
  [
    "a resource",
    {
      client,
      resources: [
        "users",
        {
          name: "posts",
          include_from_parent: ["id"],
          columns: [{ name: "a", data_type: "text", "x-own": 1 }],
          nested_hints: { tags: { columns: { b: { nullable: false } } } },
          schema_contract: { data_type: "freeze" },
          on_error: "skip",
          endpoint: {
            path: "users/{users.id}/posts",
            params: { since: { cursor_path: "at", initial_value: 1 }, ids: [1, 2], n: null },
            json: { any: { thing: [1] } },
            response_actions: [{ status_code: "4xx", action: "ignore" }],
          },
        },
      ],
    },
  ],
  ["a cursor", withEndpoint({ incremental: { cursor_path: "at", initial_value: "2024", start_param: "since" } })],
  ["an offset", withEndpoint({ paginator: { type: "offset", limit: 10, total_path: null, prefetch: false } })],
  ["an auth", withEndpoint({ auth: { type: "api_key", name: "X-Key", location: "query" } })],
];

const wrong: [string, unknown, string][] = [
  ["no client", { resources: [] }, "$.source"],
  ["no base URL", { client: {}, resources: [] }, "$.source.client"],
  ["an unknown key of the client", { client: { ...client, hedders: {} }, resources: [] }, "$.source.client.hedders"],
  ["a text as a number", { client: { ...client, timeout: "5" }, resources: [] }, "$.source.client.timeout"],
  ["no name", { client, resources: [{ endpoint: "a" }] }, "$.source.resources[0]"],
  ["a wrong disposition", { client, resources: [{ name: "a", write_disposition: "upsert" }] }, "$.source.resources[0]"],
  ["an unknown key", { client, resources: [{ name: "a", primary_keys: "id" }] }, "$.source.resources[0]"],
  ["an unknown key of an endpoint", withEndpoint({ data_selecter: "x" }), "$.source.resources[1]"],
  ["a method in lower case", withEndpoint({ method: "get" }), "$.source.resources[1]"],
  ["a paginator without its option", withEndpoint({ paginator: { type: "offset" } }), "$.source.resources[1]"],
  ["a paginator that needs options", withEndpoint({ paginator: "offset" }), "$.source.resources[1]"],
  ["no paginator", withEndpoint({ paginator: "json_lnk" }), "$.source.resources[1]"],
  [
    "an option of another paginator",
    withEndpoint({ paginator: { type: "json_link", limit: 1 } }),
    "$.source.resources[1]",
  ],
  ["an unknown auth", { client: { ...client, auth: { type: "baerer" } }, resources: [] }, "$.source.client.auth"],
  ["a cursor without a path", withEndpoint({ incremental: { initial_value: 1 } }), "$.source.resources[1]"],
  [
    "a column of no type",
    { client, resources: [{ name: "a", columns: { b: { data_type: "int" } } }] },
    "$.source.resources[0]",
  ],
  ["resources as an object", { client, resources: { a: {} } }, "$.source.resources"],
];

describe("the published JSON Schema", () => {
  it.each(right)("accepts %s, as the run does", (_what, source) => {
    expect(validateRestApiConfig(source)).toEqual([]);
    expect(misfits(file(source), schema, schema)).toEqual([]);
  });

  it.each(wrong)("refuses %s, as the run does", (_what, source, place) => {
    expect(validateRestApiConfig(source)).not.toEqual([]);
    expect(misfits(file(source), schema, schema)).toEqual([place]);
  });

  it("checks the top level, and lets placeholders stand for values of any type", () => {
    expect(misfits({ destination: "duckdb", source: { client, resources: [] } }, schema, schema)).toEqual(["$"]);
    expect(misfits(file({ client, resources: [] }, { dataset: "x" }), schema, schema)).toEqual(["$.dataset"]);
    const timeout = "${config.sources.x.timeout}";
    const placeholders = { client: { ...client, timeout }, resources: [{ name: "a", selected: "${env.LOAD_A}" }] };
    expect(misfits(file(placeholders, { concurrency: "${env.N}" }), schema, schema)).toEqual([]);
    expect(misfits(file({ client, resources: [] }, { concurrency: "many" }), schema, schema)).toEqual([
      "$.concurrency",
    ]);
  });

  it("takes a destination with options", () => {
    const source = { client, resources: [] };
    const misfitsOf = (destination: unknown): string[] => misfits(file(source, { destination }), schema, schema);
    const all = { type: "duckdb", path: "x.duckdb", lock_timeout: 60, memory_limit: "1GB", threads: 2 };
    expect(misfitsOf(all)).toEqual([]);
    expect(misfitsOf({ ...all, lock_timeout: "${env.WAIT}" })).toEqual([]);
    expect(misfitsOf({ ...all, lock: 1 })).toEqual(["$.destination"]);
    expect(misfitsOf({ path: "x.duckdb" })).toEqual(["$.destination"]);
  });

  it("accepts every pipeline file of the documentation and of `sluice init`", () => {
    const files = codeBlocks()
      .filter(({ language, code }) => language === "yaml" && code.includes("pipeline_name:"))
      .map(({ code }) => code);
    const starter = starterFiles("x", "1.0.0", "yaml").get("pipeline.yaml") ?? "";
    expect(files.length).toBeGreaterThan(0);
    expect(starter).toMatch(
      /^# yaml-language-server: \$schema=\.\/node_modules\/sluice\/dist\/pipeline\.schema\.json\n/,
    );
    for (const text of [...files, starter]) expect(misfits(parse(text), schema, schema)).toEqual([]);
  });

  it("describes the keys, and knows every option of every paginator and auth", () => {
    const part = (name: string): string => JSON.stringify(schema["definitions"] ?? {}).split(`"${name}":`)[1] ?? "";
    expect(part("max_retry_seconds")).toMatch(/^\{"description":"Seconds from the first attempt/);
    const text = JSON.stringify(schema);
    for (const [type, shapes] of [...paginatorShapes(), ...authShapes()]) {
      if (type === "signature") continue; // A function, which no file can hold.
      expect(text).toContain(`{"const":"${type}"}`);
      for (const name of shapes.keys()) expect(text).toContain(`"^${name}$"`.replace(/^"\^([a-z]+)\$"$/, '"$1"'));
    }
  });
});
