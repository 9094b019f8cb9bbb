import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ProgressEvent, restApiSource, type Source } from "sluice";
import { describe, expect, it } from "vitest";
import { encodeRecord, readJournal } from "../../src/package/journal.js";
import { limitedApi } from "../../src/rest/testing/limited-api.js";
import { localServer, sendJson } from "../../src/rest/testing/local-server.js";
import { pipelineScene } from "../support/pipeline-scene.js";

const rows = (count: number): { id: number }[] => Array.from({ length: count }, (_, i) => ({ id: i + 1 }));

/** A resource `parents` with `count` rows, and a child request for each of them. */
function family(client: { baseUrl: string } & Record<string, unknown>, kids: Record<string, unknown> = {}): Source {
  return restApiSource({
    client: { paginator: "single_page", ...client },
    resources: [
      "parents",
      { name: "kids", endpoint: { path: "kids/{resources.parents.id}", dataSelector: "$" }, ...kids },
    ],
  });
}

describe("a declared rate limit", () => {
  it("is shared by all resources, and the load info says what it cost", async () => {
    await using scene = await pipelineScene();
    await using api = await limitedApi({ body: ({ target }) => [{ target }] });
    const source = restApiSource({
      client: { base_url: api.url, paginator: "single_page", rate_limit: { requests: 4, per: 0.5 } },
      resources: rows(10).map(({ id }) => `r${id}`),
    });
    const info = await scene.pipeline.run(source);
    expect(api.mostWithin(500)).toBe(4);
    expect(Object.keys(info.tables)).toHaveLength(10);
    const waited = Object.values(info.resources).filter((resource) => resource.waited["rate-limit"] > 0);
    expect(waited.length).toBeGreaterThanOrEqual(6);
    for (const { waited: times, waitedMs } of Object.values(info.resources)) {
      expect(times).toMatchObject({ throttled: 0, retry: 0 });
      expect(waitedMs).toBe(times["rate-limit"]);
    }
    expect(String(info)).toMatch(/waited [\d.]+ s \([\d.]+ s for the declared rate limit\); ended/);
  });

  it("may be that of one endpoint, and holds no other one back", async () => {
    await using scene = await pipelineScene();
    await using api = await limitedApi({ body: ({ target }) => (target === "/slow" ? [{ id: target }] : rows(3)) });
    const source = restApiSource({
      client: { baseUrl: api.url, paginator: "single_page" },
      resources: [
        "parents",
        {
          name: "slow",
          endpoint: {
            path: "slow/{resources.parents.id}",
            rateLimit: [{ requests: 1, per: 0.3 }, { concurrency: 1 }],
          },
        },
        { name: "fast", endpoint: "fast/{resources.parents.id}" },
      ],
    });
    await scene.pipeline.run(source);
    expect(api.mostWithin(300, "/slow")).toBe(1);
    const order = api.seen.map(({ target }) => target);
    const lastFast = Math.max(...[1, 2, 3].map((id) => order.indexOf(`/fast/${id}`)));
    expect(lastFast).toBeLessThan(order.indexOf("/slow/3"));
  });
});

describe("a declared limit of an endpoint", () => {
  it("is shared by all resources with its method and path, of all sources, whoever declares it", async () => {
    await using scene = await pipelineScene();
    await using api = await limitedApi({ body: ({ target }) => [{ target }] });
    const rateLimit = { requests: 2, per: 0.5 };
    const endpoint = (round: number): { path: string; params: { round: number } } => ({
      path: "reports?key=SECRET",
      params: { round },
    });
    const client = { baseUrl: api.url, paginator: "single_page" } as const;
    const one = restApiSource({
      client,
      resources: [
        { name: "declares", endpoint: { ...endpoint(1), rateLimit } },
        { name: "b", endpoint: endpoint(2) },
        "else",
      ],
    });
    const two = restApiSource(
      { client, resources: [3, 4, 5].map((i) => ({ name: `r${i}`, endpoint: endpoint(i) })) },
      { name: "two" },
    );
    const details = new Set<string>();
    const progress = (event: ProgressEvent): void => {
      if (event.type === "waiting") details.add(event.detail);
    };
    const info = await scene.pipeline.run([one, two], { progress });
    expect(Object.keys(info.tables)).toHaveLength(6);
    expect(api.mostWithin(500, "/reports")).toBe(2);
    expect(info.resources["else"]?.waitedMs).toBe(0);
    expect([...details]).toEqual([`declared limit (2 per 0.5 s) of GET ${api.url}/reports`]);
  });
});

describe("a rate limit that the API enforces", () => {
  it("slows the run down, and fails nothing", async () => {
    await using scene = await pipelineScene();
    let storm = true;
    let peak = 0;
    await using api = await limitedApi({
      status: ({ target }, inFlight) => {
        if (!target.startsWith("/kids") || !storm) return 200;
        api.gather(8); // All workers are on their way before the first is answered.
        return inFlight > 3 ? 429 : 200;
      },
      refusal: { "retry-after": "0.3" },
      body: ({ target }) => (target === "/parents" ? rows(40) : [{ target }]),
    });
    const events: ProgressEvent[] = [];
    const progress = (event: ProgressEvent): void => {
      events.push(event);
      if (event.type === "waiting" && storm) {
        peak = api.mostInFlight();
        api.gather(1);
        storm = false; // From here on the server would bear them all: what it gets is up to the client.
      }
    };
    const info = await scene.pipeline.run(family({ baseUrl: api.url, maxAttempts: 1 }), { progress });
    expect(info.tables).toEqual({ parents: 40, kids: 40 });
    expect(peak).toBe(8);
    expect(api.refused).toBeGreaterThan(0);
    const { kids } = info.resources;
    expect(kids?.retries).toBe(api.refused);
    expect(kids?.requests).toBe(40 + api.refused);
    expect(kids?.waited).toMatchObject({ "rate-limit": 0, retry: 0 });
    // All that were refused waited for the same pause: it counts once, so that no run waits for longer than it takes.
    expect(kids?.waited.throttled).toBeGreaterThanOrEqual(250);
    expect(kids?.waitedMs).toBeLessThanOrEqual(Date.parse(info.finishedAt) - Date.parse(info.startedAt));
    expect(String(info)).toMatch(/s for the API's rate limit\)/);
    const waits = events.filter((event) => event.type === "waiting");
    expect(waits[0]).toMatchObject({
      resource: "kids",
      reason: "throttled",
      detail: `rate limit of ${api.url} (HTTP 429, Retry-After: 0.3)`,
    });
  });

  it("counts a moment once in which some requests wait for it, and others before a retry", async () => {
    await using scene = await pipelineScene();
    let isDown = true;
    await using api = await limitedApi({
      status: ({ target }) => (target === "/kids/1" && isDown ? 503 : 200),
      refusal: { "retry-after": "0.5" },
      body: ({ target }) => (target === "/parents" ? rows(12) : [{ target }]),
    });
    const progress = (event: ProgressEvent): void => {
      if (event.type === "waiting") isDown = false;
    };
    const info = await scene.pipeline.run(family({ baseUrl: api.url }), { progress });
    const { waited, waitedMs = 0 } = info.resources["kids"] ?? {};
    expect(waited?.retry).toBeGreaterThan(400);
    expect(waited?.throttled).toBeGreaterThan(300);
    expect(waitedMs).toBeGreaterThanOrEqual(waited?.retry ?? Infinity);
    expect(waitedMs).toBeLessThan((waited?.retry ?? 0) + (waited?.throttled ?? 0) - 200);
  });

  it("leaves the workers to other origins", async () => {
    await using scene = await pipelineScene();
    const refused = new Set<string>();
    const order: string[] = [];
    await using throttled = await localServer(({ target }, response) => {
      order.push("throttled");
      if (target === "/parents") return sendJson(response, rows(8));
      const again = refused.has(target);
      refused.add(target);
      if (again) sendJson(response, [{ target }]);
      else sendJson(response, {}, 429, { "retry-after": "1" });
    });
    await using other = await localServer(({ target }, response) => {
      order.push("other");
      sendJson(response, target === "/first" ? rows(12) : rows(1));
    });
    const busy = restApiSource({
      client: { baseUrl: other.url, paginator: "single_page" },
      resources: ["first", { name: "second", endpoint: "second/{resources.first.id}" }],
    });
    const named = restApiSource(
      {
        client: { baseUrl: throttled.url, paginator: "single_page" },
        resources: ["parents", { name: "kids", endpoint: { path: "kids/{resources.parents.id}", dataSelector: "$" } }],
      },
      { name: "named" },
    );
    await scene.pipeline.run([named, busy]);
    // All eight workers' requests were refused; meanwhile the other API is read to its end.
    expect(order.slice(order.lastIndexOf("other") + 1)).toEqual(Array.from({ length: 8 }, () => "throttled"));
  });

  it("holds back nothing of a source that is asked for elsewhere", async () => {
    await using scene = await pipelineScene();
    const order: string[] = [];
    await using throttled = await localServer((_, response) => {
      order.push("throttled");
      if (order.filter((name) => name === "throttled").length > 1) sendJson(response, rows(1));
      else sendJson(response, {}, 429, { "retry-after": "1" });
    });
    await using other = await localServer(({ url, target }, response) => {
      order.push("other");
      const page = Number(url.searchParams.get("page"));
      sendJson(response, target.startsWith("/row") ? [{ target }] : page < 6 ? [{ page }] : []);
    });
    const source = restApiSource({
      client: { baseUrl: throttled.url, paginator: "single_page" },
      resources: [
        "refused",
        { name: "list", endpoint: { path: `${other.url}/list`, paginator: { type: "page_number", totalPath: null } } },
        { name: "urls", data: rows(3).map(({ id }) => ({ url: `${other.url}/row/${id}` })) },
        { name: "rows", endpoint: { path: "{resources.urls.url}", dataSelector: "$" } },
      ],
    });
    const info = await scene.pipeline.run(source);
    expect(info.tables).toMatchObject({ refused: 1, list: 6, rows: 3 });
    expect(order.slice(order.lastIndexOf("other") + 1)).toEqual(["throttled"]);
  });

  it("ends the run when it takes too long, also where pages may be skipped, and the next run goes on", async () => {
    await using scene = await pipelineScene();
    let isOver = true;
    await using api = await limitedApi({
      status: ({ target }) => (target === "/kids/3" && isOver ? 429 : 200),
      refusal: { "retry-after": "86400" },
      body: ({ target }) => (target === "/parents" ? rows(3) : [{ target }]),
    });
    const skipping = { onError: "skip" };
    await expect(scene.pipeline.run(family({ baseUrl: api.url }, skipping))).rejects.toMatchObject({
      code: "SLUICE_RATE_LIMIT",
      message: expect.stringMatching(/Retry-After: 86400.*86,400 s.*"kids".*page 1/s) as string,
    });
    isOver = false;
    // How patient a client is decides nothing about the rows: it is the same run.
    const patient = { baseUrl: api.url, rateLimit: { concurrency: 2 }, maxRateLimitWait: 100_000 };
    const info = await scene.again().run(family(patient, skipping));
    expect(info).toMatchObject({ resumed: true, tables: { parents: 3, kids: 3 } });
    expect(api.seen.filter(({ target }) => target === "/parents")).toHaveLength(1);
  });

  it("can be cancelled while it is waited for", async () => {
    await using scene = await pipelineScene();
    await using api = await limitedApi({ status: () => 429, refusal: { "retry-after": "3000" } });
    const controller = new AbortController();
    const progress = (event: ProgressEvent): void => {
      if (event.type === "waiting") controller.abort();
    };
    const run = scene.pipeline.run(family({ baseUrl: api.url }), { progress, signal: controller.signal });
    await expect(run).rejects.toMatchObject({ code: "SLUICE_CANCELLED" });
  });
});

describe("a journal of a version that did not tell waits apart", () => {
  it("is continued", async () => {
    await using scene = await pipelineScene();
    let isDown = true;
    await using api = await limitedApi({
      status: ({ target }) => (target === "/kids/3" && isDown ? 410 : 200),
      body: ({ target }) => (target === "/parents" ? rows(3) : [{ target }]),
    });
    const source = family({ baseUrl: api.url, rateLimit: { requests: 1, per: 0.1 } });
    await expect(scene.pipeline.run(source)).rejects.toThrow("410");
    const [load = ""] = await scene.files("packages");
    const journal = join(scene.directory, "pipelines", "scene", "packages", load, "journal.jsonl");
    const lines: string[] = [];
    let waits = 0;
    for await (const { record } of readJournal(journal)) {
      if (record.k !== "page") {
        lines.push(encodeRecord(record));
        continue;
      }
      const { waited, ...cost } = record.cost;
      if (waited !== undefined) waits += 1;
      lines.push(encodeRecord({ ...record, cost }));
    }
    expect(waits).toBeGreaterThan(0);
    // Offsets of synced records are those of the longer lines; without them every record is checked.
    await writeFile(journal, lines.filter((line) => !line.includes('"k":"sync"')).join(""));
    expect(await readFile(journal, "utf8")).not.toContain('"waited"');
    isDown = false;
    const info = await scene.again().run(source);
    expect(info).toMatchObject({ resumed: true, tables: { parents: 3, kids: 3 } });
    expect(info.resources["kids"]?.waitedMs).toBeGreaterThan(0);
    expect(info.resources["parents"]?.waited).toEqual({ "rate-limit": 0, throttled: 0, retry: 0 });
  });
});
