import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { MissingConfigError } from "../config/index.js";
import type { JsonValue } from "../core/json.js";
import type { Warning } from "../core/warnings.js";
import { resource } from "../extract/define.js";
import { createIncrementalRun, incremental, type StoredIncremental } from "../extract/incremental/index.js";
import type { ReadContext } from "../extract/reader.js";
import type { Resource } from "../extract/resource.js";
import type { Source } from "../extract/source.js";
import { atOnce } from "../core/piecework.js";
import { processRows } from "../extract/steps.js";
import { restApiResources, restApiSourceFrom, type RestApiSourceOptions } from "./source.js";

type Reply = { readonly body?: unknown; readonly status?: number; readonly headers?: Record<string, string> };
type Handler = (url: URL, request: IncomingMessage, body: string) => Reply;

let server: Server;
let base: string;
/** Requests in the order of arrival: method, path and query as sent. */
let log: string[];
let bodies: string[];
let headers: IncomingMessage["headers"][];
let handler: Handler;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      log.push(`${request.method ?? ""} ${request.url ?? ""}`);
      if (body !== "") bodies.push(body);
      headers.push(request.headers);
      const reply = handler(new URL(request.url ?? "", base), request, body);
      response.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers });
      response.end(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body ?? []));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

afterEach(() => {
  handler = () => ({ status: 500 });
});

/** Answers from now on; forgets earlier requests. */
function api(answer: Handler | Record<string, unknown>): void {
  log = [];
  bodies = [];
  headers = [];
  handler =
    typeof answer === "function"
      ? answer
      : (url) =>
          Object.hasOwn(answer, url.pathname)
            ? { body: answer[url.pathname] }
            : { status: 404, body: { error: url.pathname } };
}

/** A source from a config without `client`, in camelCase. */
function sourceOf(config: Record<string, unknown>, options: RestApiSourceOptions = {}): Source {
  return restApiSourceFrom(
    { ...config, client: { baseUrl: base, maxAttempts: 1, ...(config["client"] as object | undefined) } },
    options,
  );
}

interface ReadOptions {
  readonly stored?: StoredIncremental;
  /** Receives warnings and stop reasons. */
  readonly seen?: { readonly warnings: Warning[]; readonly stops: unknown[] };
}

/** Reads a resource to its end as an extraction does: parents first, one page after the other, everything in between as JSON. */
async function read(
  source: { readonly resources: readonly Resource<unknown>[] },
  name: string,
  options: ReadOptions = {},
): Promise<unknown[]> {
  const found = source.resources.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no resource ${name}`);
  const { definition } = found;
  const { parent, reader } = definition;
  const cursor =
    definition.incremental &&
    createIncrementalRun(definition.incremental, {
      resource: name,
      stored: options.stored,
      now: "2024-01-01T00:00:00Z",
    });
  const context: ReadContext = {
    resource: name,
    now: "2024-01-01T00:00:00Z",
    incremental: cursor,
    signal: new AbortController().signal,
    onWait: () => undefined,
    onWaited: () => undefined,
    onSilence: () => undefined,
    state: {},
  };
  const parents = parent === undefined ? [] : await read(source, parent.resource);
  const sequences = parent === undefined ? [null] : parent.bind(parents);
  const rows: unknown[] = [];
  for (const sequence of sequences) {
    const bound = throughJson(sequence);
    let state: JsonValue = null;
    for (let page = 1; page === 1 || state !== null; page++) {
      if (reader.kind !== "paged") throw new Error("not a paged reader");
      const fetched = await reader.fetch({ bound, state, page }, context);
      rows.push(
        ...atOnce(
          processRows(fetched.items, { definition, task: { bound }, cursor, warnings: { add: () => undefined } }),
        ),
      );
      options.seen?.warnings.push(...fetched.warnings);
      if (fetched.stop !== undefined) options.seen?.stops.push(fetched.stop);
      state = throughJson(fetched.next);
    }
  }
  return rows;
}

function throughJson(value: JsonValue): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

const USERS = [
  { id: 1, name: "a/b", tags: ["x", "y"], active: true },
  { id: 2, name: "c d?", tags: [], active: false },
];

describe("shorthands and defaults", () => {
  it("takes strings as name and path, in either spelling", async () => {
    api({ "/v1/users": USERS, "/v1/a/b": [{ id: 9 }] });
    const source = sourceOf({
      client: { baseUrl: `${base}/v1/` },
      resources: [
        "users",
        "a/b",
        { name: "other", endpoint: "users" },
        { name: "users2", endpoint: { path: "/users" } },
      ],
    });
    expect(source.name).toBe("rest_api");
    expect(await read(source, "users")).toEqual(USERS);
    expect(await read(source, "a/b")).toEqual([{ id: 9 }]);
    expect(await read(source, "other")).toEqual(USERS);
    expect(await read(source, "users2")).toEqual(USERS);
  });

  it("merges defaults: keys replace, params and json one level deep, columns per hint, null switches off", async () => {
    api({ "/a": { ok: [1] }, "/b": [] });
    const source = sourceOf({
      resourceDefaults: {
        primaryKey: "id",
        writeDisposition: "merge",
        columns: { x: { data_type: "text", nullable: false }, y: { nullable: false } },
        endpoint: {
          path: "ignored",
          method: "POST",
          params: { a: 1, b: 2 },
          json: { deep: { p: 1 }, keep: true },
          headers: { "x-one": "1" },
          dataSelector: "ok",
        },
      },
      resources: [
        {
          name: "a",
          columns: [
            { name: "x", data_type: "bigint" },
            { name: "z", data_type: "json" },
          ],
          endpoint: { params: { b: 3, c: null }, json: { deep: { q: 2 } }, headers: { "x-two": "2" } },
        },
        {
          name: "b",
          primaryKey: null,
          writeDisposition: "replace",
          endpoint: { method: "GET", params: null, json: null, dataSelector: null },
        },
      ],
    });
    await read(source, "a");
    await read(source, "b");
    expect(log).toEqual(["POST /a?a=1&b=3", "GET /b"]);
    expect(bodies.map((body) => JSON.parse(body))).toEqual([{ deep: { q: 2 }, keep: true }]);
    expect(headers[0]).toMatchObject({ "x-two": "2" });
    expect(headers[0]).not.toHaveProperty("x-one");
    const [a, b] = source.resources.map(({ definition }) => definition.hints);
    expect(a).toEqual({
      primaryKey: "id",
      writeDisposition: "merge",
      columns: {
        x: { name: "x", data_type: "bigint", nullable: false },
        z: { name: "z", data_type: "json" },
        y: { nullable: false },
      },
    });
    expect(Object.keys(a?.columns ?? {})).toEqual(["x", "z", "y"]);
    expect(b).toMatchObject({ writeDisposition: "replace" });
    expect(b).not.toHaveProperty("primaryKey");
  });

  it("shares nothing between resources that inherit the same params", async () => {
    api({ "/orgs/o%2F1/a": [], "/orgs/o%2F1/b": [] });
    const source = sourceOf({
      resourceDefaults: { endpoint: { params: { org: "o/1", n: 1 } } },
      resources: [
        {
          name: "a",
          endpoint: { path: "orgs/{org}/a", incremental: { cursorPath: "at", initialValue: 5, startParam: "since" } },
        },
        { name: "b", endpoint: "orgs/{org}/b" },
      ],
    });
    await read(source, "a");
    await read(source, "b");
    expect(log).toEqual(["GET /orgs/o%2F1/a?n=1&since=5", "GET /orgs/o%2F1/b?n=1"]);
  });

  it("carries hints, steps, selection and limits over", async () => {
    api({ "/users": USERS });
    const source = sourceOf(
      {
        resources: [
          {
            name: "users",
            table_name: "people",
            schema_contract: { data_type: "freeze" },
            max_table_nesting: 0,
            nested_hints: { tags: { primary_key: "value" } },
            write_disposition: {
              disposition: "merge",
              strategy: "scd2",
              validity_column_names: ["f", "t"],
              boundary_timestamp: null,
            },
            selected: false,
            on_error: "skip",
            limit: 3,
            processing_steps: [
              {
                yield_map: (row: { id: number }) => [row.id, row.id],
                map: (row: { id: number }) => ({ id: row.id * 10 }),
                filter: (row: { active: boolean }) => row.active,
              },
              { map: (id: number) => ({ id }) },
            ],
          },
        ],
      },
      { name: "api", maxTableNesting: 2, rootKey: true },
    );
    const [users] = source.resources;
    expect(users?.definition).toMatchObject({
      selected: false,
      onError: "skip",
      limit: 3,
      hints: {
        tableName: "people",
        schemaContract: { dataType: "freeze" },
        maxTableNesting: 0,
        nestedHints: { tags: { primaryKey: "value" } },
        writeDisposition: { disposition: "merge", strategy: "scd2", validityColumnNames: ["f", "t"] },
      },
    });
    expect(source).toMatchObject({ name: "api", maxTableNesting: 2, rootKey: true });
    expect(await read(source, "users")).toEqual([{ id: 10 }, { id: 10 }]);
  });

  it("orders parents before children and gives resources alone", () => {
    const config = {
      client: { baseUrl: base },
      resources: [{ name: "c", endpoint: "x/{resources.p.id}" }, "z", "p", "y", { name: "d", endpoint: "{c.id}/d" }],
    };
    expect(restApiSourceFrom(config).resources.map(({ name }) => name)).toEqual(["z", "p", "y", "c", "d"]);
    expect(restApiResources({ client: { baseUrl: base }, resources: ["a"] }).map(({ name }) => name)).toEqual(["a"]);
  });
});

describe("requests", () => {
  it("writes placeholders into path, params, headers, json and form", async () => {
    api((url) => ({ body: url.pathname === "/users" ? USERS : { url: url.href } }));
    const source = sourceOf({
      resources: [
        "users",
        {
          name: "everything",
          endpoint: {
            path: "u/{resources.users.name}/x",
            method: "POST",
            params: {
              id: "{users.id}",
              tag: "{users.tags}",
              on: "{users.active}",
              mixed: "n-{users.id}",
              list: ["a", "{users.id}"],
              none: null,
              "k{users.id}": true,
            },
            headers: { "X-Id": "id {users.id}", "X-{users.id}": "yes" },
            json: {
              id: "{users.id}",
              all: "{users.tags}",
              on: "{users.active}",
              text: "u{users.active}",
              query: "query { user(id: {users.id}) { id }}",
              filter: { "{{x}}": ["{users.id}"] },
            },
          },
        },
        {
          name: "form",
          endpoint: {
            path: "form",
            method: "POST",
            data: { id: "{users.id}", on: "{users.active}", n: null, l: [1, 2] },
          },
        },
        {
          name: "raw",
          endpoint: {
            path: "raw",
            method: "POST",
            data: '{"id":{"is":{users.id}}}',
            headers: { "content-type": "application/json" },
          },
        },
      ],
    });
    await read(source, "everything");
    expect(log.slice(1)).toEqual([
      "POST /u/a%2Fb/x?id=1&tag=x&tag=y&on=true&mixed=n-1&list=a&list=1&k1=true",
      "POST /u/c%20d%3F/x?id=2&on=false&mixed=n-2&list=a&list=2&k2=true",
    ]);
    expect(JSON.parse(bodies[0] ?? "")).toEqual({
      id: 1,
      all: ["x", "y"],
      on: true,
      text: "utrue",
      query: "query { user(id: 1) { id }}",
      filter: { "{x}": [1] },
    });
    expect(headers[1]).toMatchObject({ "x-id": "id 1", "x-1": "yes" });
    bodies = [];
    await read(source, "form");
    expect(bodies[0]).toBe("id=1&on=true&l=1&l=2");
    bodies = [];
    await read(source, "raw");
    expect(bodies[0]).toBe('{"id":{"is":1}}');
  });

  it("uses an absolute URL of the parent as it is, and never lets a value climb", async () => {
    api((url) => ({
      body: url.pathname === "/p" ? [{ url: `${base}/direct?x=1` }, { url: "../a" }, { url: "http:/a" }] : [],
    }));
    const source = sourceOf({
      resources: ["p", { name: "c", endpoint: "{resources.p.url}/more" }, { name: "d", endpoint: "x/{p.url}/y" }],
    });
    await read(source, "c");
    expect(log.slice(1)).toEqual(["GET /direct?x=1/more", "GET /..%2Fa/more", "GET /http%3A%2Fa/more"]);
    api((url) => ({ body: url.pathname === "/p" ? [{ url: ".." }] : [] }));
    await expect(read(source, "c")).rejects.toThrow(/the value "\.\.", which cannot be part of a URL/);
    api((url) => ({ body: url.pathname === "/p" ? [{ url: "https://example.org/" }] : [] }));
    await read(source, "d");
    expect(log.slice(1)).toEqual(["GET /x/https%3A%2F%2Fexample.org%2F/y"]);
  });

  it("names field, parent, placeholder and keys when a field is missing, and refuses null in a path", async () => {
    api({ "/p": [{ id: 1, nothing: null }] });
    const source = sourceOf({
      resources: ["p", { name: "c", endpoint: "x/{resources.p.uuid}" }, { name: "n", endpoint: "x/{p.nothing}/y" }],
    });
    await expect(read(source, "c")).rejects.toThrow(
      /A row of "p" has no "uuid", which resource "c" needs for \{resources\.p\.uuid\}\nIt has: id, nothing\./,
    );
    await expect(read(source, "n")).rejects.toThrow(
      /placeholder \{p\.nothing\} in the path of resource "n" has the value null/,
    );
  });

  it("merges headers of client and endpoint, null removes", async () => {
    api({ "/a": [] });
    const source = sourceOf({
      client: { headers: { "X-A": "1", "X-B": "2" } },
      resources: [{ name: "a", endpoint: { headers: { "x-a": null, "X-C": "3" } } }],
    });
    await read(source, "a");
    expect(headers[0]).toMatchObject({ "x-b": "2", "x-c": "3" });
    expect(headers[0]).not.toHaveProperty("x-a");
  });

  it("carries big integers through the journal exactly", async () => {
    api((url) => ({
      body:
        url.pathname === "/p" ? '[{"id":9007199254740993,"o":{"$bigint":"x","n":[12345678901234567890]}}]' : [{ x: 1 }],
    }));
    const source = sourceOf({
      resources: [
        "p",
        {
          name: "c",
          includeFromParent: ["id", "o", "id"],
          endpoint: { path: "c/{p.id}/d", params: { n: "{p.o.n[0]}" } },
        },
      ],
    });
    expect(await read(source, "c")).toEqual([
      { x: 1, _p_id: 9007199254740993n, _p_o: { $bigint: "x", n: [12345678901234567890n] } },
    ]);
    expect(log[1]).toBe("GET /c/9007199254740993/d?n=12345678901234567890");
    const posting = sourceOf({
      resources: ["p", { name: "c", endpoint: { method: "POST", json: { ids: ["{p.id}"], text: "{p.id}-{p.o.n}" } } }],
    });
    await read(posting, "c");
    expect(bodies).toEqual(['{"ids":[9007199254740993],"text":"9007199254740993-[12345678901234567890]"}']);
  });
});

describe("dependent resources", () => {
  it("reads one sequence per parent row and includes the parent's fields", async () => {
    api((url) => {
      if (url.pathname === "/users") return { body: [{ id: 1, profile: { lang: "de" }, "a.b": 1 }] };
      return {
        body:
          url.searchParams.get("page") === "2"
            ? { data: [{ n: 2 }] }
            : { data: [{ n: 1, _users_id: "own" }], next: "?page=2" },
      };
    });
    const source = sourceOf({
      resources: [
        "users",
        {
          name: "posts",
          includeFromParent: ["id", "profile.lang", "a.b"],
          endpoint: { path: "users/{users.id}/posts", dataSelector: "data", paginator: "json_link" },
        },
        {
          name: "comments",
          includeFromParent: ["_users_id"],
          endpoint: {
            path: "posts/{posts.n}/{resources.posts._users_id}",
            dataSelector: "data",
            paginator: "single_page",
          },
        },
      ],
    });
    const included = { _users_id: 1, _users_profile_lang: "de", _users_a_b: 1 };
    expect(await read(source, "posts")).toEqual([
      { n: 1, ...included },
      { n: 2, ...included },
    ]);
    const comments = await read(source, "comments");
    expect(comments[0]).toEqual({ n: 1, _users_id: "own", _posts__users_id: 1 });
    expect(log.slice(-2)).toEqual(["GET /posts/1/1", "GET /posts/2/1"]);
  });

  it("takes resources made by code as parents, and wraps rows that are no objects", async () => {
    api({ "/x/1": [7, [8]], "/x/2": [] });
    const ids = resource({ name: "ids" }, [1, 2]);
    const source = sourceOf({
      resources: [{ name: "c", includeFromParent: ["value"], endpoint: { path: "x/{ids.value}" } }, ids],
    });
    expect(await read(source, "c")).toEqual([
      { value: 7, _ids_value: 1 },
      { value: [8], _ids_value: 1 },
    ]);
  });

  it("understands resolve params", async () => {
    api({ "/users": USERS, "/users/1/posts": [{ p: 1 }], "/users/2/posts": [] });
    const source = sourceOf({
      resources: [
        "users",
        {
          name: "posts",
          endpoint: {
            path: "users/{uid}/posts",
            params: { uid: { type: "resolve", resource: "users", field: "id" }, q: 1 },
          },
        },
      ],
    });
    expect(await read(source, "posts")).toEqual([{ p: 1 }]);
    expect(log).toContain("GET /users/1/posts?q=1");
  });
});

describe("single entities", () => {
  const PAGED = { type: "page_number", basePage: 1, totalPath: "pages" };

  it("takes an object as one row of one page, whatever lists it has, without the client's paginator", async () => {
    api({
      "/users": { data: USERS, pages: 1 },
      "/users/1": { id: 1, tags: [1, 2], next: "/x" },
      "/users/2": { id: 2 },
    });
    const source = sourceOf({
      client: { paginator: PAGED },
      resources: ["users", { name: "user", endpoint: "users/{users.id}" }],
    });
    expect(await read(source, "user")).toEqual([{ id: 1, tags: [1, 2], next: "/x" }, { id: 2 }]);
    expect(log).toEqual(["GET /users?page=1", "GET /users/1", "GET /users/2"]);
  });

  it("takes a list as rows and reads on where the response says so", async () => {
    api((url) =>
      url.searchParams.has("page")
        ? { body: [{ n: 3 }] }
        : { body: [{ n: 1 }, { n: 2 }], headers: { link: `<${base}/repos/o?page=2>; rel="next"` } },
    );
    const source = sourceOf({
      client: { paginator: PAGED },
      resources: [{ name: "repos", endpoint: { path: "repos/{org}", params: { org: "o" } } }],
    });
    expect(await read(source, "repos")).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(log).toEqual(["GET /repos/o", "GET /repos/o?page=2"]);
  });

  it("takes an envelope for what it is: its rows, and the pages that it announces", async () => {
    api((url) => ({
      body: url.searchParams.has("page")
        ? { status: "success", data: [{ n: 3 }], links: { next: null } }
        : { status: "success", data: [{ n: 1 }, { n: 2 }], links: { next: `${base}/repos/o?page=2` } },
    }));
    const source = sourceOf({
      client: { paginator: PAGED },
      resources: [{ name: "repos", endpoint: { path: "repos/{org}", params: { org: "o" } } }],
    });
    expect(await read(source, "repos")).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(log).toEqual(["GET /repos/o", "GET /repos/o?page=2"]);
  });

  it("takes an object without an id that says something of its own as one row, and reports a next page", async () => {
    const cart = { customer: "x", items: [{ sku: 1 }], next: "https://example.com/2" };
    api({ "/carts/a": cart, "/carts/b": { customer: "y", items: [] } });
    const source = sourceOf({
      resources: [
        { name: "a", endpoint: { path: "carts/{key}", params: { key: "a" } } },
        { name: "b", endpoint: { path: "carts/{key}", params: { key: "b" } } },
      ],
    });
    const seen = { warnings: [], stops: [] };
    expect(await read(source, "a", { seen })).toEqual([cart]);
    expect(seen.warnings).toEqual([expect.objectContaining({ code: "next-page-overlooked" })]);
    expect(seen.stops).toEqual(["single-page"]);
    const quiet = { warnings: [], stops: [] };
    expect(await read(source, "b", { seen: quiet })).toEqual([{ customer: "y", items: [] }]);
    expect(quiet.warnings).toEqual([]);
  });

  it("does not count cursor placeholders, nor a paginator of its own", async () => {
    api({ "/since/5": { data: [{ at: 6 }] }, "/repos/o": { data: [{ n: 1 }], pages: 1 } });
    const source = sourceOf({
      resources: [
        {
          name: "a",
          endpoint: { path: "since/{incremental.start_value}", incremental: { cursorPath: "at", initialValue: 5 } },
        },
        { name: "b", endpoint: { path: "repos/{org}", params: { org: "o" }, paginator: PAGED } },
      ],
    });
    expect(await read(source, "a")).toEqual([{ at: 6 }]);
    expect(await read(source, "b")).toEqual([{ n: 1 }]);
  });
});

describe("paginators", () => {
  it("prefers the endpoint's, and auto at the endpoint recognises it again", async () => {
    api((url) => ({ body: { data: [{ p: url.search }], ...(url.search === "" ? { next: "?page=2" } : {}) } }));
    const source = sourceOf({
      client: { paginator: "single_page" },
      resources: [
        { name: "a", endpoint: { path: "a", paginator: "json_response" } },
        { name: "b", endpoint: { path: "b", paginator: "auto" } },
        "c",
      ],
      resourceDefaults: { endpoint: { paginator: null } },
    });
    expect(await read(source, "a")).toHaveLength(2);
    expect((await read(source, "b")).length).toBeGreaterThan(0);
    expect(await read(source, "c")).toHaveLength(1);
  });

  it("passes warnings and stop reasons on", async () => {
    api({ "/a": { rows: [1] } });
    const source = sourceOf({ resources: [{ name: "a", endpoint: { path: "a", dataSelector: "data" } }] });
    const seen = { warnings: [], stops: [] };
    expect(await read(source, "a", { seen })).toEqual([]);
    expect(seen.warnings).toEqual([expect.objectContaining({ code: "selector-matched-nothing" })]);
    expect(seen.stops).toHaveLength(1);
  });

  it("obeys response actions", async () => {
    api(() => ({ status: 404, body: { error: "gone" } }));
    const source = sourceOf({
      resources: [
        { name: "a", endpoint: { responseActions: [{ statusCode: 404, content: null, action: "ignore" }] } },
        "b",
      ],
    });
    const seen = { warnings: [], stops: [] };
    expect(await read(source, "a", { seen })).toEqual([]);
    expect(seen.stops).toEqual(["ignored"]);
    await expect(read(source, "b")).rejects.toThrow(/404.*resource "b", page 1/s);
  });
});

describe("incremental", () => {
  const CURSOR = { cursorPath: "at", initialValue: "2024-01-01" };

  it.each<[string, Record<string, unknown>]>([
    ["placeholders", { params: { since: "{incremental.start_value}" }, incremental: CURSOR }],
    ["a param", { params: { since: { type: "incremental", cursor_path: "at", initial_value: "2024-01-01" } } }],
    ["startParam", { incremental: { ...CURSOR, startParam: "since", endParam: "until" } }],
    ["incremental() in params", { params: { since: incremental(CURSOR) } }],
    [
      "a date",
      {
        params: { since: "{incremental.startValue}" },
        incremental: {
          cursorPath: "at",
          initialValue: new Date(Date.UTC(2024, 0, 1)),
          convert: (value: unknown) => String(value).slice(0, 10),
        },
      },
    ],
  ])("declared by %s, sends start and then the stored value", async (_, endpoint) => {
    api({ "/a": [{ at: "2024-02-01" }] });
    const source = sourceOf({ resources: [{ name: "a", endpoint }] });
    expect(source.resources[0]?.definition.incremental).toMatchObject({ cursorPath: "at" });
    await read(source, "a");
    await read(source, "a", { stored: { last_value: "2024-02-01" } });
    expect(log).toEqual(["GET /a?since=2024-01-01", "GET /a?since=2024-02-01"]);
  });

  it("omits what has no value on the first run", async () => {
    api({ "/a": [] });
    const source = sourceOf({
      resources: [
        {
          name: "a",
          endpoint: {
            method: "POST",
            params: { since: "{incremental.start_value}", q: "updated>{incremental.start_value}" },
            headers: { "x-since": "{incremental.start_value}" },
            json: { from: "{incremental.start_value}" },
            incremental: { cursorPath: "at", convert: (value: unknown) => `c${String(value)}` },
          },
        },
      ],
    });
    await read(source, "a");
    expect(log).toEqual(["POST /a"]);
    expect(headers[0]).not.toHaveProperty("x-since");
    expect(bodies).toEqual(['{"from":null}']);
    await read(source, "a", { stored: { last_value: 5 } });
    expect(log[1]).toBe("POST /a?since=c5&q=updated%3Ec5");
  });

  it("keeps the frozen start for every parent and as last_value", async () => {
    api((url) => ({
      body: url.pathname === "/p" ? [{ id: 1 }, { id: 2 }] : [{ at: Number(url.pathname.slice(-1)) * 100 }],
    }));
    const source = sourceOf({
      resources: [
        "p",
        {
          name: "c",
          endpoint: {
            path: "x/p{p.id}",
            params: { s: "{incremental.last_value}" },
            incremental: { cursorPath: "at", initialValue: 1 },
          },
        },
      ],
    });
    expect(await read(source, "c")).toEqual([{ at: 100 }, { at: 200 }]);
    expect(log.slice(1)).toEqual(["GET /x/p1?s=1", "GET /x/p2?s=1"]);
  });
});

describe("credentials", () => {
  it("prefers the endpoint's, null switches off", async () => {
    api({ "/a": [], "/b": [], "/c": [] });
    const source = sourceOf({
      client: { auth: { token: "client-token" } },
      resources: [
        "a",
        { name: "b", endpoint: { auth: null } },
        { name: "c", endpoint: { auth: { type: "api_key", name: "X-Key", api_key: "own-key" } } },
      ],
    });
    for (const name of ["a", "b", "c"]) await read(source, name);
    expect(headers.map((sent) => [sent.authorization, sent["x-key"]])).toEqual([
      ["Bearer client-token", undefined],
      [undefined, undefined],
      [undefined, "own-key"],
    ]);
  });

  it("looks up what is missing under the source's name, and lists the places when it is nowhere", async () => {
    api({ "/a": [] });
    const config = { client: { auth: "http_basic" }, resources: ["a"] };
    const names = { user: "SOURCES__REST_API__SHOP__CREDENTIALS__USERNAME", password: "CREDENTIALS__PASSWORD" };
    process.env[names.user] = "someone";
    try {
      expect(() => sourceOf(config, { name: "shop" })).toThrow(MissingConfigError);
      expect(() => sourceOf(config, { name: "shop" })).toThrow(/client\.auth\.password needs.*CREDENTIALS__PASSWORD/s);
      process.env[names.password] = "pass-word";
      await read(sourceOf(config, { name: "shop" }), "a");
      expect(headers[0]?.authorization).toBe(`Basic ${Buffer.from("someone:pass-word").toString("base64")}`);
    } finally {
      delete process.env[names.user];
      delete process.env[names.password];
    }
  });
});

function fingerprint(entry: unknown, client: Record<string, unknown> = {}): string | undefined {
  return sourceOf({ client, resources: [entry] }).resources[0]?.definition.fingerprint;
}

describe("fingerprints", () => {
  it("change with what decides the rows, not with secrets or spelling", () => {
    const plain = fingerprint({ name: "a", endpoint: { params: { x: 1, y: 2 }, dataSelector: "d" } });
    expect(fingerprint({ name: "a", endpoint: { data_selector: "d", params: { y: 2, x: 1 } } })).toBe(plain);
    expect(fingerprint({ name: "a", endpoint: { params: { x: 2, y: 2 }, dataSelector: "d" } })).not.toBe(plain);
    const hasty = { timeout: 5, maxAttempts: 2, backoffFactor: 0, rate_limit: { requests: 1, per: "hour" } };
    const pace = { maxRetryDelay: 1, max_rate_limit_wait: 9, ...hasty };
    expect(fingerprint({ name: "a", endpoint: { rateLimit: { concurrency: 1 } } }, pace)).toBe(fingerprint("a"));
    const token = fingerprint("a", { auth: { token: "first-token" } });
    expect(fingerprint("a", { auth: { token: "second-token" } })).toBe(token);
    expect(fingerprint("a", { auth: { type: "http_basic", username: "u", password: "p" } })).not.toBe(token);
    const basic = (username: string, password: string) =>
      fingerprint("a", { auth: { type: "http_basic", username, password } });
    expect(basic("tenantA", "first-password")).toBe(basic("tenantA", "second-password"));
    expect(basic("tenantA", "first-password")).not.toBe(basic("tenantB", "first-password"));
    expect(basic("key-one", "")).toBe(basic("key-two", ""));
    const key = (name: string, apiKey: string) => fingerprint("a", { auth: { type: "api_key", name, apiKey } });
    expect(key("x-a", "first-key")).toBe(key("x-a", "second-key"));
    expect(key("x-a", "first-key")).not.toBe(key("x-b", "first-key"));
    const oauth = (clientId: string, clientSecret: string) =>
      fingerprint("a", {
        auth: { type: "oauth2_client_credentials", accessTokenUrl: "https://a.example/t", clientId, clientSecret },
      });
    expect(oauth("one", "first-secret")).toBe(oauth("one", "second-secret"));
    expect(oauth("one", "first-secret")).not.toBe(oauth("two", "first-secret"));
    expect(fingerprint({ name: "a", processingSteps: [{ map: (row: unknown) => row }] })).not.toBe(
      fingerprint({ name: "a", processingSteps: [{ map: () => 1 }] }),
    );
    const step = (map: unknown) => fingerprint({ name: "a", processingSteps: [{ map }] });
    const same = (row: unknown): unknown => row;
    expect(step(same)).toBe(step(same));
    expect(step(String)).toBe(step(String));
    expect(step(same.bind(undefined))).not.toBe(step(same.bind(undefined)));
  });
});
