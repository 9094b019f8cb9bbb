import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ServerResponse } from "node:http";
import { type PageFacts, type Paginator, type PaginatorOption, restApiSource } from "sluice";
import { describe, expect, it } from "vitest";
import { localServer, sendJson, type LocalServer } from "../../src/rest/testing/local-server.js";
import { pipelineScene } from "../support/pipeline-scene.js";

/** What `/items` answers. */
interface Answer {
  readonly body: unknown;
  readonly status?: number;
}

/** An API that answers the first request at once and later ones in groups, the last of a group first. */
interface GroupedApi extends LocalServer {
  /** Most requests that were waiting at the same time. */
  readonly most: number;
  /** Numbers of the pages in the order in which they were asked for. */
  readonly pages: readonly number[];
  /** From here on `last` pages come, the first of them alone. */
  restart(last: number): void;
}

/** A group is complete with `together` requests, or with those of the `last` pages that are left. */
async function groupedApi(together: number, last: number, answer: (page: number) => Answer): Promise<GroupedApi> {
  const waiting: (() => void)[] = [];
  const pages: number[] = [];
  let most = 0;
  let left = last;
  let isFirst = true;
  const server = await localServer(({ url }, response: ServerResponse) => {
    const page = Number(url.searchParams.get("page"));
    pages.push(page);
    waiting.push(() => {
      const { body, status } = answer(page);
      sendJson(response, body, status);
    });
    most = Math.max(most, waiting.length);
    if (!isFirst && waiting.length < Math.min(together, left)) return;
    isFirst = false;
    left -= waiting.length;
    for (const send of waiting.splice(0).reverse()) send();
  });
  return {
    ...server,
    pages,
    get most() {
      return most;
    },
    restart(count) {
      waiting.length = 0;
      left = count;
      isFirst = true;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const rowsOf = (page: number, size = 3): { n: number }[] =>
  Array.from({ length: size }, (_, i) => ({ n: (page - 1) * size + i }));

/** `last` pages of three rows; after them empty ones. */
const listOf =
  (last: number, extra: (page: number) => object) =>
  (page: number): Answer => ({ body: { data: page <= last ? rowsOf(page) : [], ...extra(page) } });

function itemsFrom(url: string, paginator: PaginatorOption, more: object = {}): ReturnType<typeof restApiSource> {
  return restApiSource({
    client: { baseUrl: url, maxAttempts: 1 },
    resources: [{ name: "items", endpoint: { path: "items", dataSelector: "data", paginator, ...more } }],
  });
}

const counted = { type: "page_number", basePage: 1 } as const;
const endless = { ...counted, totalPath: null } as const;

describe("pages with a known total", () => {
  it.each([
    ["page_number", counted, 8],
    ["auto", "auto", 8],
    ["prefetch: 3", { ...counted, prefetch: 3 }, 4],
    ["prefetch: 0", { ...counted, prefetch: 0 }, 1],
    ["auto with prefetch: false", { type: "auto", prefetch: false }, 1],
  ] as const)("are in flight together and loaded in order: %s", async (_name, paginator, together) => {
    await using scene = await pipelineScene();
    await using api = await groupedApi(
      together,
      25,
      listOf(25, (page) => ({ page: page || 1, total_pages: 25, total: 25 })),
    );
    const source = restApiSource({
      client: { baseUrl: api.url },
      resources: [{ name: "items", endpoint: { path: "items", params: { page: 1 }, dataSelector: "data", paginator } }],
    });
    const info = await scene.pipeline.run(source);
    expect(api.most).toBe(together);
    expect(api.pages).toHaveLength(25);
    expect(info.resources["items"]).toMatchObject({ pages: 25, rows: 75, requests: 25, stop: "total-reached" });
    expect(await scene.values("select n from items order by rowid")).toEqual(Array.from({ length: 75 }, (_, n) => n));
  });

  it("go on where they stopped when one of them fails: those before it are committed", async () => {
    await using scene = await pipelineScene();
    let broken = true;
    await using api = await groupedApi(8, 20, (page) =>
      page === 7 && broken ? { body: {}, status: 400 } : listOf(20, () => ({ total: 20 }))(page),
    );
    await expect(scene.pipeline.run(itemsFrom(api.url, counted))).rejects.toThrow(/page 7/);
    expect(Math.max(...api.pages)).toBeLessThan(20);
    const before = api.pages.length;
    broken = false;
    api.restart(14);
    const info = await scene.pipeline.run(itemsFrom(api.url, counted));
    expect(info).toMatchObject({ resumed: true, tables: { items: 60 } });
    expect([...new Set(api.pages.slice(before))]).toEqual(Array.from({ length: 14 }, (_, i) => i + 7));
  });

  it("end where they end, whatever the total says of pages that nobody would have asked for", async () => {
    await using scene = await pipelineScene();
    await using api = await groupedApi(8, 1000, (page) =>
      page <= 6 ? listOf(5, () => ({ total: 1000 }))(page) : { body: { error: "no such page" }, status: 404 },
    );
    const info = await scene.pipeline.run(itemsFrom(api.url, counted));
    expect(info.resources["items"]).toMatchObject({ pages: 6, rows: 15, stop: "empty-page" });
    expect(info.warnings.map(({ code }) => code)).toEqual(["total-not-reached"]);
    // What was asked for in vain is counted.
    expect(info.resources["items"]?.requests).toBeGreaterThanOrEqual(api.pages.length);
    expect(api.pages.length).toBeLessThanOrEqual(6 + 16);
  });

  it("stop at the limit, and at the maximum", async () => {
    await using scene = await pipelineScene();
    const answer = listOf(100, () => ({ total: 100 }));
    await using api = await localServer(({ url }, response) => {
      sendJson(response, answer(Number(url.searchParams.get("page"))).body);
    });
    const limited = await scene.pipeline.run(itemsFrom(api.url, counted), { limit: 4 });
    expect(limited.resources["items"]).toMatchObject({ pages: 4, requests: 4, stop: "limit" });
    const bounded = await scene.pipeline.run(itemsFrom(api.url, { ...counted, maximumPage: 6 }));
    expect(bounded.resources["items"]).toMatchObject({ pages: 5, requests: 5, stop: "maximum-reached" });
  });

  it("are guarded in their order: an API that ignores the number is found out at page 2", async () => {
    await using scene = await pipelineScene();
    await using api = await groupedApi(4, 100, () => ({ body: { data: rowsOf(1), total: 100 } }));
    await expect(scene.pipeline.run(itemsFrom(api.url, counted))).rejects.toMatchObject({
      code: "SLUICE_PAGINATION_LOOP",
      place: { page: 2 },
    });
  });

  it("are read one by one when the order of the rows may end them, together when only a cursor is kept", async () => {
    await using scene = await pipelineScene();
    const answer = listOf(9, () => ({ total: 9 }));
    const incremental = { cursorPath: "n", initialValue: 0, endValue: 12 };
    await using single = await groupedApi(1, 9, answer);
    const ordered = await scene.pipeline.run(
      itemsFrom(single.url, counted, { incremental: { ...incremental, rowOrder: "asc" } }),
    );
    expect(ordered.resources["items"]).toMatchObject({ rows: 12, stop: "row-order" });
    expect(single.pages).toEqual([1, 2, 3, 4, 5]);
    await using grouped = await groupedApi(8, 9, answer);
    const unordered = await scene.again({ datasetName: "other" }).run(itemsFrom(grouped.url, counted, { incremental }));
    expect(unordered.resources["items"]).toMatchObject({ rows: 12, pages: 9, stop: "total-reached" });
    expect(grouped.most).toBe(8);
  });

  it("are few at a time when they are large", async () => {
    await using scene = await pipelineScene();
    const pad = "x".repeat(12 << 20);
    const answer = listOf(9, () => ({ total: 9, pad }));
    let inFlight = 0;
    let most = 0;
    await using api = await localServer(({ url }, response) => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      response.on("finish", () => (inFlight -= 1));
      setImmediate(() => sendJson(response, answer(Number(url.searchParams.get("page"))).body));
    });
    const info = await scene.pipeline.run(itemsFrom(api.url, counted));
    expect(info.tables).toEqual({ items: 27 });
    // 32 MB may wait, and the page that the others wait for is always asked for.
    expect(most).toBeLessThanOrEqual(4);
  });
});

describe("pages with an unknown end", () => {
  it.each([
    ["no prefetch", endless, 1, 11],
    ["prefetch: 4", { ...endless, prefetch: 4 }, 5, 15],
    ["a flag and prefetch: 2", { ...endless, hasMorePath: "more", prefetch: 2 }, 3, 12],
  ] as const)("are asked for early only when told so: %s", async (_name, paginator, together, requests) => {
    await using scene = await pipelineScene();
    await using api = await groupedApi(
      together,
      Infinity,
      listOf(10, (page) => ({ more: page < 10 })),
    );
    const info = await scene.pipeline.run(itemsFrom(api.url, paginator));
    expect(info.tables).toEqual({ items: 30 });
    expect(api.most).toBe(together);
    expect(info.resources["items"]?.stop).toBe("hasMorePath" in paginator ? "has-more-false" : "empty-page");
    expect(info.resources["items"]?.requests).toBeGreaterThanOrEqual(api.pages.length);
    expect(api.pages.length).toBeLessThanOrEqual(requests);
  });
});

/** Counts rows by what came, and guesses that pages go on to be of the size of the first. */
class Adaptive implements Paginator<{ from: number }> {
  readonly type: string = "adaptive";

  start(): { from: number } {
    return { from: 0 };
  }

  apply(request: PageFacts["request"], { from }: { from: number }): PageFacts["request"] {
    return { ...request, params: { ...request.params, from } };
  }

  next({ from }: { from: number }, { items }: PageFacts): ReturnType<Paginator<{ from: number }>["next"]> {
    return items.length === 0 ? { stop: "empty-page" } : { state: { from: from + items.length } };
  }

  ahead({ from }: { from: number }, { items }: PageFacts, count: number): readonly { from: number }[] {
    return Array.from({ length: Math.min(count, 5) }, (_, i) => ({ from: from + (i + 1) * items.length }));
  }
}

it("throws pages away that turn out not to be those that follow, and asks for the right ones", async () => {
  await using scene = await pipelineScene();
  const asked: number[] = [];
  await using api = await localServer(({ url }, response) => {
    const from = Number(url.searchParams.get("from"));
    asked.push(from);
    // Pages have ten rows up to row 40, and seven from there on.
    const size = from < 40 ? 10 : 7;
    sendJson(
      response,
      Array.from({ length: Math.max(0, Math.min(size, 100 - from)) }, (_, i) => ({ n: from + i })),
    );
  });
  const source = restApiSource({
    client: { baseUrl: api.url },
    resources: [{ name: "items", endpoint: { path: "items", paginator: new Adaptive() } }],
  });
  const info = await scene.pipeline.run(source);
  expect(await scene.values("select n from items order by rowid")).toEqual(Array.from({ length: 100 }, (_, n) => n));
  expect(info.resources["items"]).toMatchObject({ pages: 14, stop: "empty-page" });
  expect(info.resources["items"]?.requests).toBeGreaterThanOrEqual(asked.length);
  expect(asked).toContain(50); // A guess, for nothing.
  expect(asked).toContain(47);
});

it("asks for the next page before it works on the rows of the one that came", async () => {
  await using scene = await pipelineScene();
  const pages = 30;
  await using api = await localServer(({ url }, response) => {
    const page = Number(url.searchParams.get("cursor") ?? 1);
    sendJson(response, { data: rowsOf(page), next: page < pages ? page + 1 : null });
  });
  let sent = 0;
  let inTime = 0;
  const onSent = (): unknown => (sent += 1);
  // undici's own channel: a request is being written to its socket.
  subscribe("undici:client:sendHeaders", onSent);
  try {
    await scene.pipeline.run(itemsFrom(api.url, { type: "cursor", cursorPath: "next" }), {
      progress: (event) => {
        if (event.type === "page" && sent > event.counters.pages) inTime += 1;
      },
    });
  } finally {
    unsubscribe("undici:client:sendHeaders", onSent);
  }
  expect(sent).toBe(pages);
  // Not always: a connection that was closed meanwhile has to be opened first.
  expect(inTime).toBeGreaterThan(pages / 2);
});
