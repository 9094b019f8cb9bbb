import { describe, expect, it } from "vitest";
import { resource, source } from "sluice";
import { pipelineScene } from "../support/pipeline-scene.js";

/** Options as JavaScript, or JSON, would give them: without a compiler that looks at them. */
const loose = (options: object): Parameters<typeof resource>[0] => ({ name: "t", ...options });

describe("hints", () => {
  it.each([
    [{ primarykey: "id" }, 'resource "t" has no option "primarykey"; did you mean "primaryKey"?'],
    [{ writeDisposition: "upsert" }, 'resource "t".writeDisposition is "upsert"; it must be "append", "replace"'],
    [{ writeDisposition: { disposition: "merge", strategy: "up" } }, 'resource "t".writeDisposition.strategy is "up"'],
    [
      { writeDisposition: { disposition: "merge", strategy: "scd2", boundaryTimestamp: "yesterday" } },
      'boundaryTimestamp is "yesterday"; it must be a date or a time in ISO 8601',
    ],
    [{ schemaContract: "frozen" }, 'resource "t".schemaContract is "frozen"; it must be "evolve", "freeze"'],
    [
      { schemaContract: { column: "freeze" } },
      'resource "t".schemaContract has no option "column"; did you mean "columns"?',
    ],
    [{ columns: { a: { data_type: "datetime" } } }, 'resource "t".columns.a.dataType is "datetime"; it must be "text"'],
    [{ columns: [{ name: "a", primaryKy: true }] }, 'no option "primaryKy"; did you mean "primaryKey"?'],
    [{ nestedHints: { kids: { columns: { v: { precision: -1 } } } } }, "nestedHints.kids.columns.v.precision is -1"],
    [{ maxTableNesting: "1" }, 'resource "t".maxTableNesting is "1"; it must be a whole number'],
    [{ incremental: { cursor_pat: "at" } }, 'Unknown key "cursor_pat"'],
  ])("that do not exist are refused: %j", (options, message) => {
    expect(() => resource(loose(options), [])).toThrow(message);
  });

  it("of run() are refused in the same way, before anything is read", async () => {
    await using scene = await pipelineScene();
    const run = (options: object): Promise<unknown> => scene.pipeline.run([{ a: 1 }], { tableName: "t", ...options });
    await expect(run({ schemaContract: { columns: "frozen" } })).rejects.toThrow(
      'run().schemaContract.columns is "frozen"',
    );
    await expect(run({ columns: { a: { data_type: "int" } } })).rejects.toThrow('run().columns.a.dataType is "int"');
    await expect(run({ refresh: "drop_everything" })).rejects.toThrow('refresh is "drop_everything"');
    expect(() => scene.again({ refresh: "drop" as never })).toThrow('refresh is "drop"');
  });

  it("may be written in dlt's spelling", async () => {
    await using scene = await pipelineScene();
    const load = (rows: readonly object[]): Promise<unknown> =>
      scene.pipeline.run(
        resource(
          {
            name: "t",
            primary_key: "id",
            write_disposition: { disposition: "merge", strategy: "upsert" },
            columns: { id: { dataType: "text" } },
            incremental: { cursor_path: "at" },
            nested_hints: { kids: { columns: { v: { data_type: "text" } } } },
          } as never,
          rows,
        ),
      );
    await load([{ id: 1, at: 1, kids: [{ v: 1 }] }]);
    await load([{ id: 1, at: 2, kids: [{ v: 2 }] }]);
    expect(await scene.rows("t")).toEqual([{ id: "1", at: 2 }]);
    expect(await scene.rows("t__kids")).toEqual([{ v: "2" }]);
  });

  it("keep the hints of vendors", async () => {
    await using scene = await pipelineScene();
    await scene.pipeline.run([{ a: 1 }], { tableName: "t", columns: { a: { "x-vendor": "kept" } } });
    expect((await scene.pipeline.schemas.read("scene")).tables["t"]?.columns["a"]).toMatchObject({
      "x-vendor": "kept",
    });
  });
});

describe("a contract of an earlier run", () => {
  it("holds until the code gives another one, and is told when it drops something", async () => {
    await using scene = await pipelineScene();
    const run = async (row: object, options: object = {}, settings: object = {}) =>
      scene.pipeline.run(source({ name: "s", ...settings }, [resource({ name: "t" }, [row])]), options);
    const given = await run({ id: 1 }, { schemaContract: { columns: "discard_value" } });
    const first = await run({ id: 2, a: 1 }, { schemaContract: { columns: "discard_value" } });
    expect([given.warnings, first.warnings]).toEqual([[], []]);
    const left = await run({ id: 3, b: 1 });
    expect([left.dropped.values, left.warnings.map((warning) => warning.code)]).toEqual([
      { t: 1 },
      ["stored-contract"],
    ]);
    const evolved = await run({ id: 4, c: 1 }, {}, { schemaContract: "evolve" });
    expect(evolved.dropped.values).toEqual({});
    expect(await scene.rows("t")).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4, c: 1 }].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))); // prettier-ignore
    const later = await run({ id: 5, d: 1 });
    expect(later.dropped.values).toEqual({});
  });
});
