import {
  duckdb,
  PipelineLockedError,
  type ProgressListener,
  resource,
  type RestApiConfig,
  restApiSource,
  type Source,
} from "sluice";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { localServer, type LocalServer, sendJson } from "../../src/rest/testing/local-server.js";
import { pipelineScene } from "../support/pipeline-scene.js";

/** An API of three pages of parents, two children each; `broken` decides which path fails. */
async function familyApi(broken: { path?: string }): Promise<LocalServer> {
  return localServer(({ url }, response) => {
    if (`${url.pathname}${url.search}` === broken.path) return sendJson(response, { error: "gone" }, 410);
    const page = Number(url.searchParams.get("page") ?? 1);
    const child = /^\/parents\/(\d+)\/kids$/.exec(url.pathname)?.[1];
    if (child !== undefined)
      return sendJson(response, { data: [{ kid: `${child}-${page}` }], next: page < 2 ? `?page=2` : null });
    sendJson(response, { data: [{ id: page * 2 - 1 }, { id: page * 2 }], next: page < 3 ? `?page=${page + 1}` : null });
  });
}

const family = (baseUrl: string, note = "", limits: Partial<RestApiConfig["client"]> = {}): Source =>
  restApiSource(
    {
      client: {
        ...limits,
        baseUrl,
        paginator: { type: "json_link", nextUrlPath: "next" },
        headers: { "x-note": note },
      },
      resourceDefaults: { endpoint: { dataSelector: "data" } },
      resources: [
        { name: "parents", endpoint: { path: "parents", dataSelector: "data" } },
        { name: "kids", endpoint: { path: "parents/{resources.parents.id}/kids" }, includeFromParent: ["id"] },
      ],
    },
    { name: "family" },
  );

describe("an interrupted run", () => {
  it("goes on at the page, and says so", async () => {
    await using scene = await pipelineScene();
    const broken = { path: "/parents/4/kids?page=2" };
    await using api = await familyApi(broken);
    const said: string[] = [];
    const progress: ProgressListener = (event) => event.type === "notice" && said.push(event.message);
    const run = scene.pipeline.run(family(api.url), { progress });
    await expect(run).rejects.toThrow(/"kids".*page 2|page 2.*"kids"/s);
    expect(said.at(-1)).toMatch(/^Kept of load \S+: \d+ rows; the same command goes on from there$/);
    expect(await scene.pipeline.pending()).toMatchObject([{ state: "interrupted" }]);
    expect(await scene.pipeline.dataset().tables()).toEqual([]);

    broken.path = "";
    const before = api.seen.length;
    const info = await scene.again().run(family(api.url));
    expect(info.resumed).toBe(true);
    expect(info.tables).toEqual({ parents: 6, kids: 12 });
    expect(await scene.values("select count(distinct kid) from kids")).toEqual([12]);
    const repeated = api.seen.slice(before).map((request) => request.target);
    expect(repeated).not.toContain("/parents");
    expect(repeated).toContain(broken.path === "" ? "/parents/4/kids?page=2" : "");
    expect(await scene.pipeline.pending()).toEqual([]);
    expect((await scene.pipeline.run(family(api.url))).resumed).toBe(false);
  });

  it("is set aside when the next call is another one", async () => {
    await using scene = await pipelineScene();
    const broken = { path: "/parents?page=3" };
    await using api = await familyApi(broken);
    await expect(scene.pipeline.run(family(api.url))).rejects.toThrow("410");
    broken.path = "";
    const notices: string[] = [];
    const info = await scene.pipeline.run(family(api.url, "changed"), {
      progress: (event) => event.type === "notice" && notices.push(event.message),
    });
    expect(info.resumed).toBe(false);
    expect(notices.join()).toMatch(/set aside/);
    expect(info.warnings).toContainEqual({ code: "set-aside", message: notices.join() });
    expect(await scene.files("set-aside")).toHaveLength(1);
    expect(await scene.values("select count(*) from kids")).toEqual([12]);
  });

  it("is continued when only what an error advises to raise is another", async () => {
    await using scene = await pipelineScene();
    const broken = { path: "/parents?page=3" };
    await using api = await familyApi(broken);
    await expect(scene.pipeline.run(family(api.url))).rejects.toThrow("410");
    broken.path = "";
    const info = await scene.pipeline.run(family(api.url, "", { maxResponseSeconds: 900, maxResponseBytes: 1 << 20 }));
    expect(info.resumed).toBe(true);
  });

  it("runs a generator again from its start, and its children with it", async () => {
    await using scene = await pipelineScene();
    await using api = await familyApi({});
    let failing = true;
    const parents = resource({ name: "parents" }, async function* () {
      yield [{ id: 1 }, { id: 2 }];
      await Promise.resolve();
      if (failing) throw new Error("the generator broke");
      yield [{ id: 3 }];
    });
    const source = restApiSource({
      client: { baseUrl: api.url, paginator: { type: "json_link", nextUrlPath: "next" } },
      resources: [
        parents,
        { name: "kids", endpoint: { path: "parents/{resources.parents.id}/kids", dataSelector: "data" } },
      ],
    });
    await expect(scene.pipeline.run(source)).rejects.toThrow("the generator broke");
    failing = false;
    const info = await scene.pipeline.run(source);
    expect(info.resumed).toBe(true);
    expect(await scene.rows("parents")).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
    expect(await scene.values("select kid from kids order by kid")).toEqual(["1-1", "1-2", "2-1", "2-2", "3-1", "3-2"]);
  });

  it("stops within a moment when it is cancelled, and can be continued", async () => {
    await using scene = await pipelineScene();
    const abort = new AbortController();
    await using api = await localServer(({ url }, response) => {
      const page = Number(url.searchParams.get("page") ?? 1);
      if (page === 3 && !abort.signal.aborted) return abort.abort(); // No answer: the run waits when it is cancelled.
      sendJson(response, { data: [{ id: page }], next: page < 4 ? `?page=${page + 1}` : null });
    });
    const source = restApiSource({
      client: { baseUrl: api.url },
      resources: [{ name: "r", endpoint: { path: "r", dataSelector: "data", paginator: "json_link" } }],
    });
    await expect(scene.pipeline.run(source, { signal: abort.signal })).rejects.toMatchObject({
      code: "SLUICE_CANCELLED",
    });
    const info = await scene.pipeline.run(source);
    expect(info.resumed).toBe(true);
    expect(await scene.values("select id from r order by id")).toEqual([1, 2, 3, 4]);
    expect(api.seen.map((request) => request.url.searchParams.get("page"))).toEqual([null, "2", "3", "3", "4"]);
  });

  it("refuses a second run of the same pipeline", async () => {
    await using scene = await pipelineScene();
    let release = (): void => undefined;
    const slow = resource({ name: "slow" }, async function* () {
      yield { id: 1 };
      await new Promise<void>((resolve) => (release = resolve));
    });
    let started = (): void => undefined;
    const running = new Promise<void>((resolve) => (started = resolve));
    const first = scene.pipeline.run(slow, { progress: (event) => event.type === "run-started" && started() });
    await running;
    await expect(scene.again().run(slow)).rejects.toThrow(PipelineLockedError);
    await new Promise((resolve) => setImmediate(resolve));
    release();
    await first;
  });
});

describe("a load that the destination refuses", () => {
  it("changes nothing, keeps the rows, and is published when the reason is gone", async () => {
    await using scene = await pipelineScene();
    const events = (rows: object[]) =>
      resource(
        {
          name: "events",
          primaryKey: "id",
          writeDisposition: "merge",
          incremental: { cursorPath: "id", initialValue: 0 },
        },
        rows,
      );
    await scene.pipeline.run(
      events([
        { id: 1, v: 1 },
        { id: 2, v: 2 },
      ]),
    );
    await scene.values("create table data.copy as select * from data.events");
    await scene.values("drop table data.events");
    await scene.values(
      "create table data.events (id BIGINT, v BIGINT check (v < 100), _dlt_load_id VARCHAR, _dlt_id VARCHAR)",
    );
    await scene.values("insert into data.events select id, v, _dlt_load_id, _dlt_id from data.copy");

    const bad = events([
      { id: 2, v: 3 },
      { id: 3, v: 500 },
    ]);
    await expect(scene.pipeline.run(bad)).rejects.toMatchObject({ code: "SLUICE_PUBLISH" });
    expect(await scene.rows("events")).toEqual([
      { id: 1, v: 1 },
      { id: 2, v: 2 },
    ]);
    expect(await scene.values("select count(*) from _dlt_loads")).toEqual([1]);
    expect(await scene.pipeline.state).toMatchObject({
      sources: { scene: { resources: { events: { incremental: { id: { last_value: 2 } } } } } },
    });
    expect(await scene.pipeline.pending()).toMatchObject([
      { state: "rejected", reason: expect.stringContaining("CHECK") as string },
    ]);

    // Refused again by the next call: set aside, and the new rows are loaded from the old cursor.
    const info = await scene.pipeline.run(
      events([
        { id: 3, v: 30 },
        { id: 4, v: 4 },
      ]),
    );
    expect(info.tables).toEqual({ events: 2 });
    expect(await scene.values("select id from events order by id")).toEqual([1, 2, 3, 4]);
    expect(await scene.files("set-aside")).toHaveLength(1);
  });

  it("is published without reading again once it fits", async () => {
    await using scene = await pipelineScene();
    let reads = 0;
    const items = resource({ name: "items" }, function* () {
      reads += 1;
      yield { id: 1 };
    });
    const database = duckdb(join(scene.directory, "scene.duckdb"));
    const session = await database.open();
    for await (const _ of session.query("create schema data")) {
      /* DDL has no rows */
    }
    for await (const _ of session.query(
      "create table data.items (id BIGINT check (id > 5), _dlt_load_id VARCHAR, _dlt_id VARCHAR)",
    )) {
      /* same */
    }
    await session.close();
    await expect(scene.pipeline.run(items)).rejects.toMatchObject({ code: "SLUICE_PUBLISH" });
    await scene.values("drop table data.items");
    const info = await scene.pipeline.run(items);
    expect(info.resumed).toBe(true);
    expect(reads).toBe(1);
    expect(await scene.rows("items")).toEqual([{ id: 1 }]);
  });
});
