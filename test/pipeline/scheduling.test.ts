import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { restApiSource } from "sluice";
import { describe, expect, it } from "vitest";
import { localServer, sendJson } from "../../src/rest/testing/local-server.js";
import { pipelineScene } from "../support/pipeline-scene.js";

describe("scheduling", () => {
  it("commits children in the order of their parents, whichever answers first", async () => {
    await using scene = await pipelineScene();
    const waiting: (() => void)[] = [];
    let inFlight = 0;
    let most = 0;
    // Children are answered in groups, the last asked first: the first parent's child is always the slowest.
    await using api = await localServer(({ url }, response) => {
      const id = /\/(\d+)$/.exec(url.pathname)?.[1];
      if (id === undefined)
        return sendJson(
          response,
          Array.from({ length: 40 }, (_, i) => ({ id: i + 1 })),
        );
      inFlight += 1;
      most = Math.max(most, inFlight);
      waiting.push(() => {
        inFlight -= 1;
        sendJson(response, [{ v: Number(id) === 1 ? 1 : `text ${id}` }]);
      });
      if (waiting.length === 8) for (const answer of waiting.splice(0).reverse()) answer();
    });
    const source = restApiSource({
      client: { baseUrl: api.url, paginator: "single_page" },
      resources: ["parents", { name: "kids", endpoint: { path: "kids/{resources.parents.id}", dataSelector: "$" } }],
    });
    await scene.pipeline.run(source);
    expect(most).toBe(8);
    // The first value decides the type: had another child been first, the column would be text.
    expect(await scene.values("select v from kids where v is not null")).toEqual([1]);
    expect(await scene.values("select v__v_text from kids where v__v_text is not null")).toEqual(
      Array.from({ length: 39 }, (_, i) => `text ${i + 2}`),
    );
  });

  it("reads a long list beside many children, not after them", async () => {
    await using scene = await pipelineScene();
    const seen: string[] = [];
    await using api = await localServer(({ url }, response) => {
      seen.push(url.pathname);
      if (url.pathname === "/parents")
        return sendJson(
          response,
          Array.from({ length: 200 }, (_, i) => ({ id: i + 1 })),
        );
      if (url.pathname !== "/list") return sendJson(response, [{ v: 1 }]);
      const page = Number(url.searchParams.get("cursor") ?? 1);
      sendJson(response, { data: [{ page }], next: page < 10 ? page + 1 : null });
    });
    const source = restApiSource({
      client: { baseUrl: api.url, paginator: "single_page" },
      resources: [
        "parents",
        { name: "kids", endpoint: { path: "kids/{resources.parents.id}", dataSelector: "$" } },
        {
          name: "list",
          endpoint: { path: "list", dataSelector: "data", paginator: { type: "cursor", cursorPath: "next" } },
        },
      ],
    });
    await scene.pipeline.run(source);
    expect(await scene.values("select count(*) from list")).toEqual([10]);
    expect(await scene.values("select count(*) from kids")).toEqual([200]);
    expect(seen.lastIndexOf("/list")).toBeLessThan(seen.length - 50);
  });

  it("keeps its queues small with many parents, at three levels", async () => {
    await using scene = await pipelineScene();
    const seen: string[] = [];
    await using api = await localServer(({ url }, response) => {
      seen.push(url.pathname + url.search);
      const page = Number(url.searchParams.get("page") ?? 1);
      const depth = url.pathname.split("/").length - 1;
      const size = depth === 1 ? 100 : depth === 2 ? 3 : 2;
      const last = depth === 1 ? 3 : 1;
      const data = Array.from({ length: size }, (_, i) => ({ id: `${url.pathname.split("/").at(-1)}${page}-${i}` }));
      sendJson(response, { data, next: page < last ? `${url.pathname}?page=${page + 1}` : null });
    });
    const source = restApiSource({
      client: { baseUrl: api.url, paginator: { type: "json_link", nextUrlPath: "next" } },
      resources: [
        { name: "a", endpoint: { path: "a", dataSelector: "data" } },
        { name: "b", endpoint: { path: "a/{resources.a.id}", dataSelector: "data" } },
        { name: "c", endpoint: { path: "a/b/{resources.b.id}", dataSelector: "data" } },
      ],
    });
    const info = await scene.again({ concurrency: 8 }).run(source);
    expect(info.tables).toEqual({ a: 300, b: 900, c: 1800 });
    // Depth first: when a page of parents is asked for, at most eight rounds of the children before it are left.
    for (const page of [2, 3]) {
      const before = seen.slice(0, seen.indexOf(`/a?page=${page}`));
      const children = before.filter((target) => target.startsWith("/a/a")).length;
      expect(children).toBeGreaterThanOrEqual((page - 1) * 100 - 64);
      expect(children).toBeLessThan((page - 1) * 100);
      // No worker waits for it: the children that are left keep them busy meanwhile.
    }
  });

  it("lets other processes at a new database while a long list is read", async () => {
    await using scene = await pipelineScene();
    const file = join(scene.directory, "scene.duckdb");
    // Page 2 comes when another process has been in; it tries for longer than the database is held.
    const visit = async (): Promise<number | null> => {
      const child = spawn(process.execPath, ["--input-type=module", "-e", VISIT, file], { stdio: "ignore" });
      const [code] = (await once(child, "exit")) as [number | null];
      return code;
    };
    let visited: number | null = null;
    await using api = await localServer(({ url }, response) => {
      const answer = (): void => sendJson(response, url.searchParams.get("page") === "3" ? [] : [{ v: url.search }]);
      if (url.searchParams.get("page") !== "2") return answer();
      void visit().then((code) => {
        visited = code;
        answer();
      });
    });
    const paginator = { type: "page_number", basePage: 1, totalPath: null } as const;
    const info = await scene.pipeline.run(
      restApiSource({
        client: { baseUrl: api.url },
        resources: [{ name: "list", endpoint: { path: "list", paginator } }],
      }),
    );
    expect(info.tables).toEqual({ list: 2 });
    expect(visited).toBe(0);
  });

  it("begins with 8 requests in flight and comes to 16, unless `concurrency` says how many", async () => {
    // Children wait for each other: with fewer requests in flight than they wait for, the run would never end.
    const load = async (concurrency: number | undefined, together: (answered: number) => number): Promise<void> => {
      await using scene = await pipelineScene();
      const parents = 400;
      let answered = 0;
      const waiting: (() => void)[] = [];
      await using api = await localServer(({ url }, response) => {
        if (url.pathname === "/parents") return sendJson(response, rowsOf(parents));
        waiting.push(() => sendJson(response, [{ v: 1 }]));
        if (waiting.length < Math.min(together(answered), parents - answered)) return;
        answered += waiting.length;
        for (const send of waiting.splice(0)) send();
      });
      const source = restApiSource({
        client: { baseUrl: api.url, paginator: "single_page" },
        resources: ["parents", { name: "children", endpoint: { path: "parents/{resources.parents.id}" } }],
      });
      const info = await scene.again(concurrency === undefined ? {} : { concurrency }).run(source);
      expect(info.tables).toEqual({ parents, children: parents });
    };
    await load(undefined, (answered) => (answered < 200 ? 8 : 16));
    await load(20, () => 20);
  });

  it.each([
    { size: 1000, most: 1 },
    { size: 10, most: 16 },
  ])("asks for few of 1,000,000 parents before their children: $size per page", async ({ size, most }) => {
    await using scene = await pipelineScene();
    const cancel = new AbortController();
    let parents = 0;
    let children = 0;
    let pagesAhead = 0;
    await using api = await localServer(({ url }, response) => {
      if (url.pathname !== "/parents") {
        children += 1;
        if (children === 400) cancel.abort();
        return sendJson(response, [{ v: 1 }]);
      }
      parents += size;
      pagesAhead = Math.max(pagesAhead, Math.ceil((parents - children) / size) - 1);
      const first = (Number(url.searchParams.get("page")) - 1) * size;
      sendJson(response, {
        data: Array.from({ length: size }, (_, i) => ({ id: first + i })),
        total: 1_000_000 / size,
      });
    });
    const source = restApiSource({
      client: { baseUrl: api.url },
      resources: [
        { name: "parents", endpoint: { path: "parents", paginator: { type: "page_number", basePage: 1 } } },
        { name: "kids", endpoint: { path: "kids/{resources.parents.id}", paginator: "single_page" } },
      ],
    });
    await expect(scene.pipeline.run(source, { signal: cancel.signal })).rejects.toThrow("cancelled");
    expect(pagesAhead).toBeLessThanOrEqual(most);
  });

  it("skips what cannot be read when told so, and says so", async () => {
    await using scene = await pipelineScene();
    await using api = await localServer(({ url }, response) => {
      if (url.pathname === "/parents")
        return sendJson(response, [
          { id: 1, at: 1 },
          { id: 2, at: 2 },
          { id: 3, at: 3 },
        ]);
      if (url.pathname === "/kids/2") return sendJson(response, { message: "no" }, 404);
      sendJson(response, [{ at: Number(url.pathname.at(-1)) }]);
    });
    const source = restApiSource({
      client: { baseUrl: api.url, paginator: "single_page" },
      resources: [
        "parents",
        {
          name: "kids",
          onError: "skip",
          endpoint: {
            path: "kids/{resources.parents.id}",
            dataSelector: "$",
            incremental: { cursorPath: "at", initialValue: 0 },
          },
        },
      ],
    });
    const info = await scene.pipeline.run(source);
    expect(info.resources["kids"]).toMatchObject({ rows: 2, stop: "skipped" });
    expect(info.warnings.map((warning) => warning.code)).toEqual(["skipped", "cursor-held"]);
    expect(String(info)).toContain("FAILED and skipped");
    // The cursor stays where it was: the missing rows may come next time.
    expect(JSON.stringify(await scene.pipeline.state)).not.toContain("last_value");
  });

  it("is not for a token that cannot be had: every page would be skipped", async () => {
    await using scene = await pipelineScene();
    await using api = await localServer(({ url }, response) =>
      sendJson(response, url.pathname === "/token" ? { error: "invalid_client" } : [], 200),
    );
    const source = restApiSource({
      client: {
        baseUrl: api.url,
        auth: {
          type: "oauth2_client_credentials",
          accessTokenUrl: `${api.url}/token`,
          clientId: "me",
          clientSecret: "wrong-8813",
        },
      },
      resources: [{ name: "items", onError: "skip" }],
    });
    await expect(scene.pipeline.run(source)).rejects.toMatchObject({ code: "SLUICE_AUTH" });
  });

  it("tells, of a later page that the API refuses, how to start afresh", async () => {
    await using scene = await pipelineScene();
    await using api = await localServer(({ url }, response) =>
      url.pathname === "/gone"
        ? sendJson(response, {}, 403)
        : sendJson(response, { rows: [{ id: 1 }], next: `${api.url}/gone` }),
    );
    const items = { name: "items", endpoint: { dataSelector: "rows", paginator: "json_link" } } as const;
    const source = restApiSource({ client: { baseUrl: api.url }, resources: [items] });
    await expect(scene.pipeline.run(source)).rejects.toThrow(/HTTP 403[^]*--no-resume/);
    const gone = api.seen.length;
    await expect(scene.pipeline.run(source, { resume: false })).rejects.toThrow(/HTTP 403/);
    expect(api.seen.slice(gone).map(({ target }) => target)).toEqual(["/items", "/gone"]);
  });

  it("does not move a parent's cursor over rows whose children are missing", async () => {
    await using scene = await pipelineScene();
    let refused = true;
    await using api = await localServer(({ url }, response) => {
      if (url.pathname === "/kids/2" && refused) return sendJson(response, {}, 403);
      const id = /\/(\d)$/.exec(url.pathname)?.[1];
      sendJson(response, id === undefined ? [1, 2, 3].map((n) => ({ id: n })) : [{ kid: id }]);
    });
    const source = restApiSource({
      client: { baseUrl: api.url, paginator: "single_page" },
      resources: [
        {
          name: "parents",
          primaryKey: "id",
          writeDisposition: "merge",
          endpoint: { path: "parents", incremental: { cursorPath: "id", initialValue: 0 } },
        },
        {
          name: "kids",
          primaryKey: "kid",
          writeDisposition: "merge",
          onError: "skip",
          endpoint: { path: "kids/{resources.parents.id}", dataSelector: "$" },
        },
      ],
    });
    const info = await scene.pipeline.run(source);
    expect(info.warnings.map((warning) => warning.code)).toEqual(["cursor-held", "skipped"]);
    refused = false;
    await scene.pipeline.run(source);
    expect(await scene.values("select kid from kids order by kid")).toEqual(["1", "2", "3"]);
  });

  it("keeps the old rows of a table that could not be replaced completely, unless they were to be dropped", async () => {
    await using scene = await pipelineScene();
    let refused = false;
    await using api = await localServer(({ url }, response) => {
      if (url.pathname === "/kids/2" && refused) return sendJson(response, {}, 403);
      const id = /\/(\d)$/.exec(url.pathname)?.[1];
      sendJson(response, id === undefined ? [{ id: 1 }, { id: 2 }] : [{ kid: `${id}${refused ? " new" : ""}` }]);
    });
    const source = restApiSource({
      client: { baseUrl: api.url, paginator: "single_page" },
      resources: [
        "parents",
        {
          name: "kids",
          writeDisposition: "replace",
          onError: "skip",
          endpoint: { path: "kids/{resources.parents.id}", dataSelector: "$" },
        },
      ],
    });
    await scene.pipeline.run(source);
    refused = true;
    const info = await scene.pipeline.run(source);
    expect(info.warnings.map((warning) => warning.code)).toContain("not-replaced");
    expect(await scene.values("select kid from kids order by kid")).toEqual(["1", "2"]);
    await scene.pipeline.run(source, { refresh: "drop_resources" });
    expect(await scene.values("select kid from kids order by kid")).toEqual(["1 new"]);
  });
});

function rowsOf(count: number): { readonly id: number }[] {
  return Array.from({ length: count }, (_, id) => ({ id }));
}

/** Opens the file that it is given as soon as nobody else has it open. */
const VISIT = `
  import { setTimeout as delay } from "node:timers/promises";
  import { DuckDBInstance } from "@duckdb/node-api";
  for (let tries = 0; ; tries += 1) {
    try {
      (await DuckDBInstance.create(process.argv[1])).closeSync();
      break;
    } catch (error) {
      if (tries === 200) throw error;
      await delay(50);
    }
  }
`;
