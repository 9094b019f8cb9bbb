import { type IncrementalOption, resource, restApiSource, type Source } from "sluice";
import { describe, expect, it } from "vitest";
import { localServer, type LocalServer, sendJson } from "../../src/rest/testing/local-server.js";
import { type PipelineScene, pipelineScene } from "../support/pipeline-scene.js";

interface Event {
  readonly id: number;
  readonly at: string;
}

/** An API that filters by `since` (included) and `until`; `page` counts pages of two rows. */
async function eventsApi(
  events: readonly Event[],
  options: { untilIncluded?: boolean; broken?: () => string | undefined } = {},
): Promise<LocalServer> {
  return localServer(({ url }, response) => {
    if (url.searchParams.get("since") === options.broken?.()) return sendJson(response, { error: "gone" }, 410);
    const since = url.searchParams.get("since") ?? "";
    const until = url.searchParams.get("until") ?? "9999";
    const page = Number(url.searchParams.get("page") ?? 1);
    const rows = events.filter(
      ({ at }) => at >= since && (at < until || (options.untilIncluded === true && at === until)),
    );
    sendJson(response, { data: rows.slice(page * 2 - 2, page * 2), next: page * 2 < rows.length });
  });
}

function eventsSource(api: LocalServer, incremental: IncrementalOption, hints: object = {}): Source {
  return restApiSource({
    client: { baseUrl: api.url },
    resources: [
      {
        name: "events",
        ...hints,
        endpoint: {
          path: "events",
          params: { since: "{incremental.start_value}", until: "{incremental.end_value}" },
          dataSelector: "data",
          paginator: { type: "page_number", basePage: 1, totalPath: null, hasMorePath: "next" },
          incremental,
        },
      },
    ],
  });
}

const day = (n: number): string => `2024-01-${String(n).padStart(2, "0")}T00:00:00Z`;
const ids = (scene: PipelineScene, table = "events"): Promise<unknown[]> =>
  scene.values(`select id from ${table} order by id`);
/** Requests to look at begin after the last `forget`. */
const forgotten = new WeakMap<LocalServer, number>();
const forget = (api: LocalServer): unknown => forgotten.set(api, api.seen.length);
const recent = (api: LocalServer): LocalServer["seen"] => api.seen.slice(forgotten.get(api) ?? 0);
/** The windows that were asked for, first pages only, in order. */
const asked = (api: LocalServer): string[] =>
  recent(api)
    .filter(({ url }) => (url.searchParams.get("page") ?? "1") === "1")
    .map(({ url }) => `${url.searchParams.get("since")}..${url.searchParams.get("until")}`)
    .sort();
const stateOf = async (scene: PipelineScene, name = "events"): Promise<unknown> => {
  const state = (await scene.pipeline.state) as { sources?: Record<string, { resources?: Record<string, unknown> }> };
  return state.sources?.["rest_api"]?.resources?.[name];
};

describe("windows", () => {
  const events = [1, 2, 2, 3, 5, 9, 10].map((n, i) => ({ id: i + 1, at: day(n) }));

  it.each([false, true])(
    "read a range in steps, each row once (an end that counts itself in: %s)",
    async (untilIncluded) => {
      await using scene = await pipelineScene();
      await using api = await eventsApi(events, { untilIncluded });
      const info = await scene.pipeline.run(
        eventsSource(api, { cursorPath: "at", initialValue: day(1), endValue: day(10), window: "P4D" }),
      );
      expect(asked(api)).toEqual([`${day(1)}..${day(5)}`, `${day(5)}..${day(9)}`, `${day(9)}..${day(10)}`]);
      expect(await ids(scene)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(info.warnings).toEqual([]);
      expect(await stateOf(scene)).toBeUndefined();
    },
  );

  it("step up to now, and go on where the last one began", async () => {
    await using scene = await pipelineScene();
    await using api = await eventsApi([...events, { id: 8, at: "2999-01-01T00:00:00Z" }]);
    const source = eventsSource(api, { cursorPath: "at", initialValue: day(1), window: "P1Y" }, { primaryKey: "id" });
    await scene.pipeline.run(source);
    const first = asked(api);
    expect(first[0]).toBe(`${day(1)}..2025-01-01T00:00:00Z`);
    expect(first.length).toBe(new Date().getUTCFullYear() - 2023);
    expect(await ids(scene)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const lastStart = first.at(-1)?.split("..")[0];
    expect(await stateOf(scene)).toMatchObject({ incremental: { at: { last_value: lastStart, unique_hashes: [] } } });

    forget(api);
    await scene.pipeline.run(source);
    expect(asked(api)).toHaveLength(1);
    expect(asked(api)[0]).toMatch(new RegExp(`^${lastStart}\\.\\.`));
  });

  it("are read downwards by `min`", async () => {
    await using scene = await pipelineScene();
    await using api = await localServer(({ url }, response) => {
      const [before, after] = ["since", "until"].map((name) => url.searchParams.get(name) ?? "");
      sendJson(response, {
        data: events.filter(({ at }) => at.slice(0, 10) <= (before ?? "") && at > (after ?? "")),
        next: false,
      });
    });
    await scene.pipeline.run(
      eventsSource(api, {
        cursorPath: "at",
        initialValue: day(9),
        endValue: day(2),
        lastValueFunc: "min",
        window: "P4D",
        format: "date",
      }),
    );
    expect(asked(api)).toEqual(["2024-01-05..2024-01-02", "2024-01-09..2024-01-05"]);
    expect(await ids(scene)).toEqual([4, 5, 6]);
  });

  it("step through numbers, months and epochs", async () => {
    await using scene = await pipelineScene();
    await using api = await eventsApi([]);
    const windowsOf = async (incremental: IncrementalOption): Promise<string[]> => {
      forget(api);
      await scene.pipeline.run(eventsSource(api, incremental));
      return asked(api);
    };
    expect(await windowsOf({ cursorPath: "n", initialValue: 0, endValue: 25, window: 10 })).toEqual([
      "0..10",
      "10..20",
      "20..25",
    ]);
    expect(
      await windowsOf({ cursorPath: "at", initialValue: "2024-01-31", endValue: "2024-04-01", window: "P1M" }),
    ).toEqual(["2024-01-31..2024-02-29", "2024-02-29..2024-03-31", "2024-03-31..2024-04-01"]);
    const epoch = Date.UTC(2024, 0, 31) / 1000;
    expect(
      await windowsOf({
        cursorPath: "n",
        initialValue: epoch,
        endValue: epoch + 40 * 86_400,
        window: "P1M",
        format: "date",
      }),
    ).toEqual(["2024-01-31..2024-02-29", "2024-02-29..2024-03-11"]);
  });

  it("survive a failure in the middle: the run goes on at the window that failed", async () => {
    await using scene = await pipelineScene();
    let broken: string | undefined = day(5);
    await using api = await eventsApi(events, { broken: () => broken });
    const source = eventsSource(api, { cursorPath: "at", initialValue: day(1), endValue: day(12), window: "P4D" });
    await expect(scene.pipeline.run(source)).rejects.toThrow("410");
    expect(await scene.pipeline.dataset().tables()).toEqual([]);
    broken = undefined;
    forget(api);
    const info = await scene.again().run(source);
    expect(info.resumed).toBe(true);
    expect(asked(api)).not.toContain(`${day(1)}..${day(5)}`);
    expect(asked(api)).toContain(`${day(5)}..${day(9)}`);
    expect(await ids(scene)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it("move the cursor up to the first that was left out by a limit or skipped", async () => {
    await using scene = await pipelineScene();
    const broken = { since: day(5) };
    await using api = await eventsApi(events, { broken: () => broken.since });
    const limited = (pages: number): Source =>
      eventsSource(
        api,
        { cursorPath: "at", initialValue: day(1), window: "P2D" },
        { limit: pages, primaryKey: "id", writeDisposition: "merge", onError: "skip" },
      );
    const first = await scene.pipeline.run(limited(3));
    expect(first.resources["events"]).toMatchObject({ pages: 3, stop: "limit" });
    expect(asked(api)).toEqual([`${day(1)}..${day(3)}`, `${day(3)}..${day(5)}`]);
    expect(await ids(scene)).toEqual([1, 2, 3, 4]);
    expect(await stateOf(scene)).toMatchObject({ incremental: { at: { last_value: day(5) } } });

    const second = await scene.pipeline.run(limited(3));
    expect(second.warnings.map(({ code }) => code)).toEqual(expect.arrayContaining(["skipped", "cursor-held"]));
    expect(await stateOf(scene)).toMatchObject({ incremental: { at: { last_value: day(5) } } });
    broken.since = "";
    await scene.pipeline.run(limited(3));
    expect(await ids(scene)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await stateOf(scene)).toMatchObject({ incremental: { at: { last_value: day(11) } } });
  });

  it("count the pages of all windows where a limit allows fewer", async () => {
    await using scene = await pipelineScene();
    await using api = await eventsApi(events);
    const source = eventsSource(api, { cursorPath: "at", initialValue: day(1), window: "P3D" }, { limit: 1 });
    const info = await scene.pipeline.run(source);
    expect(api.seen).toHaveLength(1);
    expect(info.resources["events"]).toMatchObject({ pages: 1, stop: "limit" });
    expect(info.warnings.map(({ code }) => code)).toContain("cursor-held");
    expect(await stateOf(scene)).toBeUndefined();
  });

  it("end early, each for itself, where the rows are in a declared order", async () => {
    await using scene = await pipelineScene();
    const sorted = [...events].reverse();
    await using api = await localServer(({ url }, response) => {
      const page = Number(url.searchParams.get("page") ?? 1);
      const until = url.searchParams.get("until") ?? "";
      const rows = sorted.filter(({ at }) => at < until); // It knows no `since`.
      sendJson(response, { data: rows.slice(page * 2 - 2, page * 2), next: page * 2 < rows.length });
    });
    const info = await scene.pipeline.run(
      eventsSource(api, { cursorPath: "at", initialValue: day(1), endValue: day(11), window: "P5D", rowOrder: "desc" }),
    );
    expect(await ids(scene)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    // The second window has rows 7 and 6, then 5 and 4, of which 4 lies before it: pages 3 and 4 are not read.
    expect(api.seen).toHaveLength(3 + 2);
    expect(info.warnings.map(({ code }) => code)).toEqual(["window-rows-outside"]);
  });

  it("say when rows came that belong to another window", async () => {
    await using scene = await pipelineScene();
    await using api = await localServer((_request, response) => sendJson(response, { data: events, next: false }));
    const info = await scene.pipeline.run(
      eventsSource(api, { cursorPath: "at", initialValue: day(1), endValue: day(11), window: "P5D" }),
    );
    expect(await ids(scene)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(info.warnings).toMatchObject([{ code: "window-rows-outside", count: 2 + 5 }]);
  });

  it("are refused where they cannot be cut", async () => {
    await using scene = await pipelineScene();
    await using api = await eventsApi([]);
    const run = async (incremental: IncrementalOption): Promise<unknown> =>
      scene.pipeline.run(eventsSource(api, incremental));
    const base = { cursorPath: "at", initialValue: day(1) };
    await expect(run({ ...base, window: "1 day" })).rejects.toThrow(/`window` is "1 day"; it must be a duration/);
    await expect(run({ ...base, window: "PT1M" })).rejects.toThrow(/more than 100000 windows/);
    await expect(run({ ...base, window: 0.000_01 })).rejects.toThrow(/is finer than/);
    await expect(run({ ...base, initialValue: 5, window: 3 })).rejects.toThrow(/needs an `endValue`/);
    await expect(run({ ...base, initialValue: "2024-01-01", window: "PT1H" })).rejects.toThrow(/does not fit/);
    await expect(run({ cursorPath: "at", window: "P1D" })).rejects.toThrow(/window needs an initialValue/);
    await expect(run({ ...base, window: "P1D", lastValueFunc: ([a = null]) => a })).rejects.toThrow(/"max" or "min"/);
    expect(() => resource({ name: "own", incremental: { cursorPath: "at", window: "P1D" } }, [])).toThrow(
      /`window` is for endpoints/,
    );
    expect(api.seen).toEqual([]);
  });
});

describe("a declared format", () => {
  it.each([
    ["iso", "2024-01-01T10:30:00.5+01:00", "2024-01-01T09:30:00.500Z", "2024-01-02T09:30:00.500Z"],
    ["date", "2024-01-01T10:30:00Z", "2024-01-01", "2024-01-03"],
    ["date", "2024-01-01", "2024-01-01", "2024-01-02"],
    ["epoch", "1970-01-02T00:00:00.25Z", "86400", "172801"],
    ["epoch_ms", "1970-01-02T00:00:00.2501Z", "86400250", "172800251"],
    ["iso", 86_400, "1970-01-02T00:00:00Z", "1970-01-03T00:00:00Z"],
  ] as const)("writes %s from %s, rounded so that the range is covered", async (format, initialValue, since, until) => {
    await using scene = await pipelineScene();
    await using api = await eventsApi([]);
    await scene.pipeline.run(
      eventsSource(api, {
        cursorPath: "at",
        initialValue,
        endValue:
          typeof initialValue === "number"
            ? initialValue + 86_400
            : initialValue.replace(/0[12](?=T|$)/, (n) => `0${Number(n) + 1}`),
        format,
      }),
    );
    expect(asked(api)).toEqual([`${since}..${until}`]);
  });

  it("refuses what is no time, and a second way to say it", async () => {
    await using scene = await pipelineScene();
    await using api = await eventsApi([]);
    await expect(
      scene.pipeline.run(eventsSource(api, { cursorPath: "at", initialValue: "A-17", format: "epoch" })),
    ).rejects.toThrow(/"A-17" is no time that `format: "epoch"` could write/);
    expect(() => eventsSource(api, { cursorPath: "at", format: "iso", convert: (value) => value })).toThrow(
      /`format` and `convert` both/,
    );
  });
});

describe("a cursor per parent row", () => {
  /** Parents with comments; comments are filtered by `since`. */
  async function boardApi(boards: Record<string, Event[]>, broken: { board?: string } = {}): Promise<LocalServer> {
    return localServer(({ url }, response) => {
      const board = /^\/boards\/(\w+)\/notes$/.exec(url.pathname)?.[1];
      if (board === undefined)
        return sendJson(
          response,
          Object.keys(boards).map((id) => ({ id, seen: Date.now() })),
        );
      if (board === broken.board) return sendJson(response, { error: "gone" }, 410);
      const since = url.searchParams.get("since") ?? "";
      sendJson(
        response,
        (boards[board] ?? []).filter(({ at }) => at >= since),
      );
    });
  }

  const boardSource = (api: LocalServer, incremental: object, hints: object = {}): Source =>
    restApiSource({
      client: { baseUrl: api.url, paginator: "single_page" },
      resources: [
        { name: "boards", writeDisposition: "replace" },
        {
          name: "notes",
          primaryKey: "id",
          includeFromParent: ["id", "seen"],
          ...hints,
          endpoint: {
            path: "boards/{resources.boards.id}/notes",
            params: { since: "{incremental.start_value}" },
            incremental: { cursorPath: "at", initialValue: day(1), cursorScope: "parent", ...incremental },
          },
        },
      ],
    });

  const sinces = (api: LocalServer): string[] =>
    recent(api)
      .filter(({ url }) => url.pathname.endsWith("/notes"))
      .map(({ url }) => `${url.pathname.split("/")[2]} ${url.searchParams.get("since")?.slice(0, 10)}`)
      .sort();

  it("starts where each parent stands, and loses nothing of a parent that is behind", async () => {
    await using scene = await pipelineScene();
    const boards: Record<string, Event[]> = {
      a: [{ id: 1, at: day(9) }],
      b: [{ id: 2, at: day(2) }, { id: 3, at: day(3) }],
    }; // prettier-ignore
    await using api = await boardApi(boards);
    await scene.pipeline.run(boardSource(api, {}));
    expect(sinces(api)).toEqual(["a 2024-01-01", "b 2024-01-01"]);
    boards["b"]?.push({ id: 4, at: day(4) }, { id: 5, at: day(3) });
    boards["c"] = [{ id: 6, at: day(1) }];
    forget(api);
    await scene.pipeline.run(boardSource(api, {}));
    expect(sinces(api)).toEqual(["a 2024-01-09", "b 2024-01-03", "c 2024-01-01"]);
    expect(await ids(scene, "notes")).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await stateOf(scene, "notes")).toMatchObject({
      incremental: { at: { last_value: day(1), unique_hashes: [], initial_value: day(1) } },
    });
  });

  it("holds back the parent that failed, and no other", async () => {
    await using scene = await pipelineScene();
    const boards = { a: [{ id: 1, at: day(2) }], b: [{ id: 2, at: day(3) }], c: [{ id: 3, at: day(4) }] };
    const broken = { board: "b" };
    await using api = await boardApi(boards, broken);
    await scene.pipeline.run(boardSource(api, {}, { onError: "skip" }));
    expect(await ids(scene, "notes")).toEqual([1, 3]);
    broken.board = "";
    forget(api);
    await scene.pipeline.run(boardSource(api, {}, { onError: "skip" }));
    expect(sinces(api)).toEqual(["a 2024-01-02", "b 2024-01-01", "c 2024-01-04"]);
    expect(await ids(scene, "notes")).toEqual([1, 2, 3]);
  });

  it("holds back a parent whose pages were not all read, and no other", async () => {
    await using scene = await pipelineScene();
    const boards: Record<string, number[]> = { a: [1, 2, 3], b: [4] };
    await using api = await localServer(({ url }, response) => {
      const board = /^\/boards\/(\w)\//.exec(url.pathname)?.[1];
      if (board === undefined) return sendJson(response, Object.keys(boards).map((id) => ({ id }))); // prettier-ignore
      const page = Number(url.searchParams.get("page") ?? 1);
      const found = (boards[board] ?? []).filter((n) => day(n) >= (url.searchParams.get("since") ?? ""));
      const data = found.slice(page * 2 - 2, page * 2).map((id) => ({ id, at: day(id) }));
      sendJson(response, { data, next: page * 2 < found.length });
    });
    const source = (limit: number | null): Source =>
      restApiSource({
        client: { baseUrl: api.url },
        resources: [
          { name: "boards", endpoint: { path: "boards", paginator: "single_page" } },
          {
            name: "notes",
            primaryKey: "id",
            writeDisposition: "merge",
            limit,
            endpoint: {
              path: "boards/{boards.id}/notes",
              dataSelector: "data",
              paginator: { type: "page_number", basePage: 1, totalPath: null, hasMorePath: "next" },
              params: { since: "{incremental.start_value}" },
              incremental: { cursorPath: "at", initialValue: day(1), cursorScope: "parent" },
            },
          },
        ],
      });
    const info = await scene.pipeline.run(source(1));
    expect(info.warnings).toMatchObject([{ code: "cursor-held", resource: "notes", count: 1 }]);
    expect(await ids(scene, "notes")).toEqual([1, 2, 4]);
    forget(api);
    await scene.pipeline.run(source(null));
    expect([...new Set(sinces(api))]).toEqual(["a 2024-01-01", "b 2024-01-04"]);
    expect(await ids(scene, "notes")).toEqual([1, 2, 3, 4]);
  });

  it("goes on after an interruption with the same cursors", async () => {
    await using scene = await pipelineScene();
    const boards: Record<string, Event[]> = { a: [{ id: 1, at: day(2) }], b: [{ id: 2, at: day(3) }] };
    const broken = { board: "" };
    await using api = await boardApi(boards, broken);
    await scene.pipeline.run(boardSource(api, {}));
    boards["a"]?.push({ id: 3, at: day(5) });
    boards["b"]?.push({ id: 4, at: day(6) });
    broken.board = "b";
    await expect(scene.pipeline.run(boardSource(api, {}))).rejects.toThrow("410");
    broken.board = "";
    expect((await scene.again().run(boardSource(api, {}))).resumed).toBe(true);
    expect(await ids(scene, "notes")).toEqual([1, 2, 3, 4]);
    forget(api);
    await scene.pipeline.run(boardSource(api, {}));
    expect(sinces(api)).toEqual(["a 2024-01-05", "b 2024-01-06"]);
    expect(await ids(scene, "notes")).toEqual([1, 2, 3, 4]);
  });

  it("cuts windows for each parent from its own start", async () => {
    await using scene = await pipelineScene();
    const boards = { a: [{ id: 1, at: day(8) }], b: [{ id: 2, at: day(2) }] };
    await using api = await boardApi(boards);
    const months = { initialValue: `${new Date().getUTCFullYear() - 1}-01-01T00:00:00Z`, window: "P1Y" };
    await scene.pipeline.run(boardSource(api, months));
    expect(sinces(api)).toHaveLength(4);
    forget(api);
    await scene.pipeline.run(boardSource(api, months));
    expect(sinces(api)).toHaveLength(2);
  });

  it("is refused without a parent", async () => {
    await using api = await eventsApi([]);
    expect(() => eventsSource(api, { cursorPath: "at", cursorScope: "parent" })).toThrow(
      /cursorScope is "parent", but/,
    );
    expect(() => resource({ name: "own", incremental: { cursorPath: "at", cursorScope: "parent" } }, [])).toThrow(
      /`cursorScope` is for endpoints/,
    );
  });
});

it("remembers no more rows at one value than it may where they are merged, and repeats none", async () => {
  await using scene = await pipelineScene();
  const rows = Array.from({ length: 10_001 }, (_, id) => ({ id, at: day(1) }));
  await using api = await localServer((_request, response) => sendJson(response, { data: rows, next: false }));
  const source = eventsSource(api, { cursorPath: "at" }, { primaryKey: "id", writeDisposition: "merge" });
  await scene.pipeline.run(source);
  expect(await stateOf(scene)).toMatchObject({ incremental: { at: { last_value: day(1), unique_hashes: [] } } });
  await scene.pipeline.run(source);
  expect(await scene.values("select count(*) from events")).toEqual([10_001]);
});

describe("doubts about a cursor", () => {
  const rows = (values: readonly (string | number)[], options: object) =>
    resource(
      { name: "t", ...options },
      values.map((c) => ({ c })),
    );
  const codes = async (scene: PipelineScene, values: readonly (string | number)[], options: object) =>
    (await scene.pipeline.run(rows(values, options))).warnings.map(({ code }) => code);

  it("are told when digits are compared as text", async () => {
    await using scene = await pipelineScene();
    const options = { incremental: { cursorPath: "c" } };
    expect(await codes(scene, ["8", "9"], options)).toEqual([]);
    expect(await codes(scene, ["9", "10", "11"], options)).toEqual(["cursor-text-order"]);
    await using other = await pipelineScene();
    expect(await codes(other, ["10", "a9", "08"], options)).toEqual([]);
  });

  it("are told when lag appends its span again", async () => {
    await using scene = await pipelineScene();
    const options = { incremental: { cursorPath: "c", lag: 2 } };
    expect(await codes(scene, [1, 2], options)).toEqual([]);
    expect(await codes(scene, [2, 3], options)).toEqual(["lag-repeats-rows"]);
    expect(await codes(scene, [3], { ...options, primaryKey: "c", writeDisposition: "merge" })).toEqual([]);
  });
});
