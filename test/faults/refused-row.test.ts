import { join } from "node:path";
import { duckdb, resource } from "sluice";
import { describe, expect, it } from "vitest";
import { type PipelineScene, pipelineScene } from "../support/pipeline-scene.js";

/** Loads one good row, and then changes its table as a user would. */
async function prepare(scene: PipelineScene, ...statements: readonly string[]): Promise<void> {
  await scene.pipeline.run(resource({ name: "things", tableName: "items" }, [{ id: 0, v: 1, tags: [0] }]));
  const session = await duckdb(join(scene.directory, "scene.duckdb")).open();
  try {
    for (const sql of statements) for await (const _ of session.query(sql)); // DDL has no rows.
  } finally {
    await session.close();
  }
}

/** Three pages of three rows; `bad` is in the second row of the second page, which is row 1. */
const things = (bad: object, hints: object) =>
  resource({ name: "things", tableName: "items", ...hints }, async function* () {
    for (const first of [1, 4, 7])
      yield [first, first + 1, first + 2].map((id) => ({ id, v: 1, tags: [id], ...(id === 5 ? bad : {}) }));
  });

const recreate = (constraint: string): string[] => [
  `create table data.checked (id BIGINT, v BIGINT, _dlt_load_id VARCHAR, _dlt_id VARCHAR, ${constraint})`,
  "insert into data.checked select id, v, _dlt_load_id, _dlt_id from data.items",
  "drop table data.items",
  "alter table data.checked rename to items",
];

describe.each([
  ["append", {}],
  ["merge", { writeDisposition: "merge", primaryKey: "id" }],
])("a row that the destination refuses (%s)", (_disposition, hints) => {
  it.each([
    ["that a CHECK forbids", recreate("CHECK (v < 100)"), { v: 500 }, "v", '"500"'],
    ["that lacks a value", ["alter table data.items alter column v set not null"], { v: null }, "v", "null"],
    ["that is there twice", ["create unique index one on data.items (v)"], { v: 1 }, "v", '"1"'],
  ])("is named: %s", async (kind, statements, bad, column, value) => {
    await using scene = await pipelineScene();
    await prepare(scene, ...statements);
    const error = await scene.pipeline.run(things(bad, hints)).catch((cause: unknown) => cause);
    const isFirst = kind === "that is there twice"; // All rows have that value: the first of them is told.
    expect(error).toMatchObject({
      code: "SLUICE_PUBLISH",
      place: { resource: "things", table: "items", column, page: isFirst ? 1 : 2, row: isFirst ? 0 : 1 },
    });
    expect(String(error)).toContain(`value ${value}`);
    expect(String(error)).toMatch(/then run again|DROP NOT NULL/);
    expect(String(error)).toContain(isFirst ? 'resource "things", page 1, row 0' : 'resource "things", page 2, row 1');
    expect(await scene.values("select count(*) from items")).toEqual([1]);
  });
});

describe("a value that would change in a column that a user gave another type", () => {
  it("is named with its row", async () => {
    await using scene = await pipelineScene();
    await prepare(scene, "alter table data.items alter column v type double");
    const error = await scene.pipeline.run(things({ v: 9_007_199_254_740_993n }, {})).catch((cause: unknown) => cause);
    expect(error).toMatchObject({
      code: "SLUICE_PUBLISH",
      place: { resource: "things", table: "items", column: "v", page: 2, row: 1 },
    });
    expect(String(error)).toContain('value "9007199254740993" would change');
  });
});

describe("the text of a refused value", () => {
  it("is never taken for a part of the engine's message", async () => {
    await using scene = await pipelineScene();
    const text =
      "x\" violates\nConstraint Error: CHECK constraint failed on table items with expression CHECK(error('evaluated'))";
    await scene.pipeline.run(resource({ name: "things", tableName: "items" }, [{ id: 0, v: text }]));
    const session = await duckdb(join(scene.directory, "scene.duckdb")).open();
    for await (const _ of session.query("create unique index one on data.items (v)")); // DDL has no rows.
    await session.close();
    const error = await scene.pipeline
      .run(resource({ name: "things", tableName: "items" }, [{ id: 1, v: text }]))
      .catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "SLUICE_PUBLISH", place: { table: "items" } });
  });
});
