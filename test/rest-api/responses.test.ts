import { gzipSync } from "node:zlib";
import { createResponse, type HttpResponse } from "sluice";
import { describe, expect, it } from "vitest";
import { sendJson } from "../../src/rest/testing/local-server.js";
import { apiScene } from "./api.js";

const ROWS = [{ id: 1 }, { id: 2 }];

describe("rows of a response", () => {
  it.each<[string, unknown, string | undefined, unknown]>([
    ["a dotted path", { a: { rows: ROWS } }, "a.rows", ROWS],
    ["RFC 9535", { a: { rows: ROWS } }, "$.a['rows']", ROWS],
    ["a quoted key", { "a b": ROWS }, "['a b']", ROWS],
    ["a hyphen", { "many-results": ROWS }, "many-results", ROWS],
    ["an object as one row", { a: { id: 1 } }, "a", [{ id: 1 }]],
    ["the whole body as one row", { id: 5, rows: ROWS }, "$", [{ id: 5 }]],
    ["a wildcard", { edges: [{ node: { id: 1 } }, { node: { id: 2 } }] }, "edges[*].node", ROWS],
    ["lists of any number, put together", { a: [{ b: ROWS }] }, "a[*].b", ROWS],
    ["several lists put together", { a: [{ b: [{ id: 1 }] }, { b: [{ id: 2 }] }] }, "a[*].b", ROWS],
    ["a filter", { rows: [{ id: 1 }, { id: 2 }, { id: 3 }] }, "rows[?@.id < 3]", ROWS],
    ["dlt's filter", { rows: [{ id: 1 }, { id: 2 }, { id: 3 }] }, "rows[?(@.id > 0 & @.id < 3)]", ROWS],
    ["a slice", { rows: [{ id: 1 }, { id: 2 }, { id: 3 }] }, "rows[0:2]", ROWS],
    ["descendants", { a: { rows: [{ id: 1 }] }, b: [{ rows: [{ id: 2 }] }] }, "$..rows", ROWS],
    ["null as nothing", { rows: null }, "rows", []],
    ["nothing said: a known name", { tags: ["a"], data: ROWS }, undefined, ROWS],
    ["nothing said: objects rather than scalars", { tags: ["a"], things: ROWS }, undefined, ROWS],
    ["nothing said: not what is about the response", { meta: { tags: [{ t: 1 }] }, things: ROWS }, undefined, ROWS],
    ["nothing said: a key with a dot", { "my.rows": ROWS }, undefined, ROWS],
    ["nothing said: an object with a list of its own", { id: 1, tags: ["a"] }, undefined, [{ id: 1 }]],
  ])("%s", async (_, body, dataSelector, expected) => {
    await using api = await apiScene(() => body);
    await api.load({ resources: [{ name: "t", endpoint: { dataSelector, paginator: "single_page" } }] });
    const found = (expected as unknown[]).length === 0 ? [] : await api.rows("t");
    expect(found).toEqual(expected);
  });

  it("are looked for, and the load info says where they were found", async () => {
    await using api = await apiScene(({ url }) =>
      url.pathname === "/v1/a" ? { meta: {}, out: { "my rows": ROWS } } : ROWS,
    );
    const info = await api.load({
      client: { paginator: "single_page" },
      resources: ["a", "b", { name: "c", endpoint: { dataSelector: "$" } }],
    });
    expect(Object.entries(info.resources).map(([name, { rowsAt }]) => [name, rowsAt])).toEqual([
      ["a", ['out["my rows"]']],
      ["b", ["$"]],
      ["c", undefined],
    ]);
    expect(String(info)).toContain('2 rows, 1 page, 1 request; rows found at out["my rows"]; ended: single page');
    expect(String(info)).not.toMatch(/[bc] .*rows found/);
  });

  it("are missed aloud, on the first page and on later ones", async () => {
    await using api = await apiScene(({ url }) =>
      url.searchParams.has("page") ? { other: ROWS } : { rows: ROWS, next: "?page=2" },
    );
    const { warnings } = await api.load({
      client: { paginator: { type: "json_link" } },
      resources: [{ name: "typo", endpoint: { path: "t", dataSelector: "rowz" } }, "t"],
    });
    expect(warnings.map(({ code, resource, count }) => [code, resource, count])).toEqual([
      ["selector-matched-nothing", "typo", 2],
      ["selector-matched-nothing", "t", 1],
    ]);
  });
});

describe("bodies", () => {
  it("may be JSON, JSON Lines, CSV, packed, or empty", async () => {
    await using api = await apiScene(({ url }, response) => {
      const send = (body: string | Buffer, headers: Record<string, string>, status = 200) =>
        void response.writeHead(status, headers).end(body);
      switch (url.pathname.slice(4)) {
        case "lines":
          return send('{"id":1}\n\n{"id":9007199254740993}\n', { "content-type": "application/x-ndjson" });
        case "csv":
          return send('id;name\n1;"a;b"\n2;\n', { "content-type": "text/csv; charset=utf-8" });
        case "gzip":
          return send(gzipSync(JSON.stringify(ROWS)), {
            "content-type": "application/json",
            "content-encoding": "gzip",
          });
        case "dump.csv.gz":
          return send(gzipSync("id,n\n1,a\n"), { "content-type": "application/octet-stream" });
        case "named":
          return send('{"id":1}\n{"id":2}\n', { "content-type": "application/json" });
        case "none":
          return send("", {}, 204);
        default:
          return send("", { "content-type": "application/json" });
      }
    });
    const { tables, warnings } = await api.load({
      resources: [
        "lines",
        { name: "csv", columns: { id: { data_type: "bigint" } } },
        "gzip",
        { name: "dump", endpoint: "dump.csv.gz" },
        { name: "named", endpoint: { responseFormat: "jsonl" } },
        "none",
        "empty",
      ],
    });
    expect(tables).toEqual({ lines: 2, csv: 2, gzip: 2, dump: 1, named: 2 });
    expect(await api.values("select id from lines order by id")).toEqual([1, 9007199254740993n]);
    expect(await api.rows("csv")).toEqual([{ id: 1, name: "a;b" }, { id: 2 }]);
    expect(await api.rows("dump")).toEqual([{ id: "1", n: "a" }]);
    expect(warnings.map(({ code, resource }) => [code, resource])).toEqual([["empty-body", "empty"]]);
  });

  it("that cannot be read end the run, with the line", async () => {
    await using api = await apiScene((_, response) => {
      response.writeHead(200, { "content-type": "text/csv" }).end("a,b\n1,2,3\n");
      return undefined;
    });
    await expect(api.load({ resources: ["t"] })).rejects.toThrow(
      /ends in line 2 has 3 fields, the header 2 \(HTTP 200, text\/csv/,
    );
  });
});

describe("response actions", () => {
  const action = (rule: object, more: object = {}) => ({ responseActions: [rule], ...more });

  it("end the pages or go on, by status, range, content and body; what came before is kept", async () => {
    await using api = await apiScene(({ url }, response) => {
      if (!url.searchParams.has("page")) return { data: [{ at: url.pathname }], next: "?page=2" };
      switch (url.pathname.slice(4)) {
        case "status":
          return sendJson(response, {}, 404);
        case "range":
          return sendJson(response, {}, 503);
        case "class":
          return sendJson(response, {}, 422);
        case "content":
          return sendJson(response, { message: "no more pages" }, 400);
        case "path":
          return { errors: [{ code: "END" }] };
        case "value":
          return { status: { code: "done" } };
        case "function":
          return { last: true };
        default:
          return sendJson(response, { data: [{ hidden: true }] }, 410);
      }
    });
    const seen: number[] = [];
    const rescue = (response: HttpResponse) =>
      createResponse({ ...response, status: 200, text: '{"data":[{"at":"rescued"}]}' });
    const { tables, resources } = await api.load({
      resources: [
        { name: "status", endpoint: action({ status_code: 404, action: "ignore" }) },
        { name: "range", endpoint: action({ statusCode: "500-504", action: "stop" }) },
        { name: "class", endpoint: action({ statusCode: "4xx", content: null, body: null, action: "stop" }) },
        { name: "content", endpoint: action({ content: "no more", action: "ignore" }) },
        { name: "path", endpoint: action({ body: "errors[?@.code == 'END']", action: "stop" }) },
        { name: "value", endpoint: action({ body: { "status.code": ["done", "over"] }, action: "stop" }) },
        { name: "function", endpoint: action({ body: (body: { last?: boolean }) => body.last, action: "stop" }) },
        {
          name: "hooks",
          endpoint: action(({ status }: HttpResponse) => void seen.push(status), {
            responseActions: [
              ({ status }: HttpResponse) => void seen.push(status),
              { statusCode: 410, action: [rescue, ({ status }: HttpResponse) => void seen.push(status)] },
            ],
          }),
        },
      ],
    });
    const names = ["status", "range", "class", "content", "path", "value", "function"];
    expect(tables).toEqual({ ...Object.fromEntries(names.map((name) => [name, 1])), hooks: 2 });
    expect(names.map((name) => resources[name]?.stop)).toEqual(names.map(() => "ignored"));
    expect(seen).toEqual([200, 410, 200]);
    expect(await api.rows("hooks")).toEqual([{ at: "/v1/hooks" }, { at: "rescued" }]);
  });

  it("retry and raise, whatever the status", async () => {
    let answers = 0;
    await using api = await apiScene(({ url }) => {
      answers += 1;
      if (url.pathname === "/v1/bad") return { state: "broken", data: [] };
      return answers < 3 ? { state: "preparing" } : { state: "ready", data: ROWS };
    });
    const client = { maxAttempts: 3 };
    const retry = action({ body: { state: "preparing" }, action: "retry" });
    const { resources } = await api.load({ client, resources: [{ name: "report", endpoint: retry }] });
    expect(resources["report"]).toMatchObject({ rows: 2, requests: 3, retries: 2 });
    await expect(
      api.load({
        client,
        resources: [{ name: "bad", endpoint: action({ body: { state: "broken" }, action: "raise" }) }],
      }),
    ).rejects.toThrow(/response action "raise" for body \{"state":"broken"\}/);
  });

  it("may turn a body that is not read, such as XML, into rows", async () => {
    await using api = await apiScene((_, response) => {
      response.writeHead(200, { "content-type": "application/xml" }).end("<list><id>1</id><id>2</id></list>");
    });
    const rows = (response: HttpResponse): HttpResponse => {
      const ids = [...response.text.matchAll(/<id>(\d+)<\/id>/g)].map(([, id]) => ({ id: Number(id) }));
      return createResponse({ ...response, headers: {}, text: JSON.stringify(ids) });
    };
    await expect(api.load({ resources: ["items"] })).rejects.toThrow(/XML is not read: .* responseActions/);
    await api.load({ resources: [{ name: "items", endpoint: { responseActions: [rows] } }] });
    expect(await api.values("select id from items order by id")).toEqual([1, 2]);
  });

  it("let children of other parents go on", async () => {
    await using api = await apiScene(({ url }, response) =>
      url.pathname.endsWith("/2") ? sendJson(response, {}, 404) : [{ path: url.pathname }],
    );
    const { tables } = await api.load({
      resources: [
        { name: "ids", data: [1, 2, 3], selected: false },
        {
          name: "items",
          endpoint: { path: "items/{ids.value}", responseActions: [{ statusCode: 404, action: "ignore" }] },
        },
      ],
    });
    expect(tables).toEqual({ items: 2 });
  });

  it("are checked before anything is sent", async () => {
    await using api = await apiScene(() => []);
    const load = (rule: object) => async () => api.load({ resources: [{ name: "a", endpoint: action(rule) }] });
    await expect(load({ statusCode: "4x", action: "ignore" })).rejects.toThrow(
      /resources\[0\]\.endpoint\.responseActions.*statusCode is "4x"/,
    );
    await expect(load({ statusCode: 404, action: "skip" })).rejects.toThrow(/action must be/);
    await expect(load({ body: "a[", action: "stop" })).rejects.toThrow(/"a\[" is not a valid JSONPath/);
    await expect(load({ body: 5, action: "stop" })).rejects.toThrow(/responseActions\[0\]\.body must be/);
    expect(api.asked()).toEqual([]);
  });
});
