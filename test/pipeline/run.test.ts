import { ConfigError, MissingKeyError, pipeline, resource, source } from "sluice";
import { describe, expect, it } from "vitest";
import { pipelineScene } from "../support/pipeline-scene.js";

const rows = [
  { id: 1, name: "a" },
  { id: 2, name: "b" },
];

async function* pages(): AsyncGenerator<readonly object[] | object> {
  yield rows;
  yield [];
  yield { id: 3, name: "c" };
  await Promise.resolve();
  yield [{ id: 4, name: "d" }];
}

describe("what run() accepts", () => {
  it("lists and iterables of rows or pages, with a table name", async () => {
    await using scene = await pipelineScene();
    const { pipeline } = scene;
    expect((await pipeline.run(rows, { tableName: "listed" })).tables).toEqual({ listed: 2 });
    expect((await pipeline.run([rows, rows], { tableName: "paged" })).tables).toEqual({ paged: 4 });
    expect((await pipeline.run(pages(), { tableName: "streamed" })).tables).toEqual({ streamed: 4 });
    expect((await pipeline.run(new Set([1, 2]), { tableName: "scalars" })).tables).toEqual({ scalars: 2 });
    expect(await scene.rows("scalars")).toEqual([{ value: 1 }, { value: 2 }]);
  });

  it("resources, and several sources that become visible together", async () => {
    await using scene = await pipelineScene();
    const one = source({ name: "one" }, [resource({ name: "a" }, rows)]);
    const two = source({ name: "two" }, [resource({ name: "b" }, pages)]);
    const info = await scene.pipeline.run([one, two, resource({ name: "c" }, rows)]);
    expect(info.tables).toEqual({ a: 2, b: 4, c: 2 });
    expect(await scene.values("select schema_name from _dlt_loads order by 1")).toEqual(["one", "scene", "two"]);
    expect(await scene.values("select count(distinct load_id) from _dlt_loads")).toEqual([1]);
  });

  it("hints that win over those of the resource", async () => {
    await using scene = await pipelineScene();
    const items = resource({ name: "items", writeDisposition: "append" }, rows);
    for (let i = 0; i < 2; i++)
      await scene.pipeline.run(items, { tableName: "things", writeDisposition: "merge", primaryKey: "id" });
    expect(await scene.rows("things")).toEqual(rows);
  });

  it("says what to do with anything else", async () => {
    await using scene = await pipelineScene();
    const { pipeline } = scene;
    await expect(pipeline.run(rows)).rejects.toThrow(/tableName: "users"/);
    await expect(pipeline.run({ id: 1 } as never)).rejects.toThrow(/goes into a list/);
    await expect(pipeline.run("text" as never, { tableName: "t" })).rejects.toThrow(ConfigError);
    const twin = source({ name: "same" }, []);
    await expect(pipeline.run([twin, twin])).rejects.toThrow(/two sources named "same"/);
    await expect(pipeline.run(rows, { tableName: "t", writeDisposition: "merge" })).rejects.toThrow(MissingKeyError);
    expect(await scene.files("packages")).toEqual([]);
  });
});

describe("own resources", () => {
  it("apply their steps in order and stop at their limit", async () => {
    await using scene = await pipelineScene();
    let closed = false;
    const numbers = resource<{ n: number }>({ name: "numbers" }, async function* () {
      try {
        for (let n = 0; ; n += 2) yield [{ n }, { n: n + 1 }];
      } finally {
        closed = true;
      }
    });
    const odd = numbers
      .filter((row) => row.n % 2 === 1)
      .map((row) => ({ n: row.n * 10 }))
      .flatMap((row) => [row, { n: row.n + 1 }])
      .limit(2);
    const info = await scene.pipeline.run(odd);
    expect(await scene.rows("numbers")).toEqual([{ n: 10 }, { n: 11 }, { n: 30 }, { n: 31 }]);
    expect(info.resources["numbers"]?.stop).toBe("limit");
    expect(closed).toBe(true);
  });

  it.each([
    ["a generator's rows", () => [{ n: 1 }, { n: 2 }, { n: 3 }], [1, 2]],
    ["a generator's lists and rows", () => [[{ n: 1 }, { n: 2 }], { n: 3 }, [{ n: 4 }]], [1, 2, 3]],
    ["the rows of a list", [{ n: 1 }, { n: 2 }, { n: 3 }], [1, 2]],
    ["the lists of a list", [[{ n: 1 }, { n: 2 }], [{ n: 3 }], [{ n: 4 }]], [1, 2, 3]],
  ])("count %s for their limit", async (_, data, expected) => {
    await using scene = await pipelineScene();
    const info = await scene.pipeline.run(resource({ name: "r" }, data).limit(2));
    expect(await scene.values("select n from r order by n")).toEqual(expected);
    expect(info.resources["r"]).toMatchObject({ stop: "limit", rows: expected.length });
  });

  it("end as exhausted where the limit is not reached", async () => {
    await using scene = await pipelineScene();
    const info = await scene.pipeline.run([{ n: 1 }, { n: 2 }], { tableName: "r", limit: 2 });
    expect(info.resources["r"]).toMatchObject({ stop: "exhausted", rows: 2 });
  });

  it("remember a cursor and keep a state of their own", async () => {
    await using scene = await pipelineScene();
    const starts: unknown[] = [];
    const events = (upTo: number) =>
      resource(
        { name: "events", primaryKey: "id", incremental: { cursorPath: "at", initialValue: 0 } },
        async function* ({ incremental, state }) {
          starts.push(incremental?.startValue);
          state["runs"] = Number(state["runs"] ?? 0) + 1;
          for (let at = 1; at <= upTo; at++) yield { id: at, at };
        },
      );
    await scene.pipeline.run(events(3));
    await scene.again().run(events(5));
    expect(starts).toEqual([0, 3]);
    expect(await scene.values("select id from events order by id")).toEqual([1, 2, 3, 4, 5]);
    expect(await scene.pipeline.state).toMatchObject({
      sources: { scene: { resources: { events: { runs: 2, incremental: { at: { last_value: 5 } } } } } },
    });
  });

  it("do not advance the cursor over what a limit left out", async () => {
    await using scene = await pipelineScene();
    const newestFirst = resource({ name: "r", incremental: { cursorPath: "seq", initialValue: 0 } }, function* () {
      for (let seq = 6; seq > 0; seq -= 2) yield [{ seq }, { seq: seq - 1 }];
    });
    await scene.pipeline.run(newestFirst, { limit: 1 });
    await scene.pipeline.run(newestFirst, { writeDisposition: "append" });
    expect(await scene.values("select distinct seq from r order by seq")).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe("dispositions over two runs", () => {
  it("replace empties a table also when nothing came, nested tables included", async () => {
    await using scene = await pipelineScene();
    const load = (data: object[]) => scene.pipeline.run(resource({ name: "r", writeDisposition: "replace" }, data));
    await load([{ id: 1, kids: [{ k: 1 }] }]);
    await load([]);
    expect(await scene.values("select (select count(*) from r) + (select count(*) from r__kids)")).toEqual([0]);
  });

  it("a row that comes twice in one load counts as it was seen last", async () => {
    await using scene = await pipelineScene();
    for (const strategy of ["delete-insert", "upsert"] as const) {
      const name = strategy.replace("-", "_");
      const data = [
        { id: 1, v: "old", list: [1, 2, 3] },
        { id: 1, v: "new", list: [9] },
      ];
      await scene.pipeline.run(
        resource({ name, primaryKey: "id", writeDisposition: { disposition: "merge", strategy } }, data),
      );
      expect(await scene.rows(name)).toEqual([{ id: 1, v: "new" }]);
      expect(await scene.rows(`${name}__list`)).toEqual([{ value: 9 }]);
    }
  });

  it("refresh knows no other words", async () => {
    await using scene = await pipelineScene();
    const refresh = "drop_everything" as "drop_data"; // As from JavaScript, where no compiler looks.
    await expect(scene.pipeline.run([{ a: 1 }], { tableName: "t", refresh })).rejects.toMatchObject({
      code: "SLUICE_CONFIG",
      message: expect.stringContaining('run(): refresh is "drop_everything"') as string,
    });
    expect(() => pipeline({ pipelineName: "p", destination: "duckdb", refresh })).toThrow(/pipeline\(\): refresh is/);
  });

  it("refresh starts over, together with the new rows", async () => {
    await using scene = await pipelineScene();
    const events = (ids: readonly number[]) =>
      source({ name: "s" }, [
        resource(
          { name: "a", incremental: { cursorPath: "id", initialValue: 0 } },
          ids.map((id) => ({ id, list: [id] })),
        ),
        resource({ name: "b" }, [{ x: 1 }]),
      ]);
    await scene.pipeline.run(events([1, 2]));
    await scene.pipeline.run(events([1, 2]).withResources("a"), { refresh: "drop_resources" });
    expect(await scene.values("select id from a order by 1")).toEqual([1, 2]);
    expect(await scene.values("select count(*) from b")).toEqual([1]);
    await scene.pipeline.run(events([5]), { refresh: "drop_sources" });
    expect(await scene.values("select id from a")).toEqual([5]);
    expect(await scene.values("select value from a__list")).toEqual([5]);
    await scene.pipeline.run(events([5, 6]), { refresh: "drop_data" });
    expect(await scene.values("select id from a order by 1")).toEqual([5, 6]);
    expect(await scene.values("select count(*) from b")).toEqual([1]);
  });
});

describe("a load info", () => {
  it("counts tables of any name", async () => {
    await using scene = await pipelineScene();
    const info = await scene.pipeline.run(
      resource({ name: "constructor" }, [{ id: 1, toString: [{ a: 1 }, { a: 2 }] }]),
    );
    expect(info.tables).toEqual({ constructor: 1, constructor__to_string: 2 });
  });
});
