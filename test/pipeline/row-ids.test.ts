import { describe, expect, it } from "vitest";
import { resource, type ResourceHints } from "sluice";
import { pipelineScene } from "../support/pipeline-scene.js";

const merge = (strategy: "delete-insert" | "upsert" | "insert-only"): ResourceHints => ({
  primaryKey: "id",
  writeDisposition: { disposition: "merge", strategy },
});
const rowsOf = (rows: readonly object[], hints: ResourceHints) => resource({ name: "t", ...hints }, rows);
const JOINED = "SELECT id || ':' || value FROM t JOIN t__c AS c ON c._dlt_parent_id = t._dlt_id ORDER BY 1";

describe("a _dlt_id in the data", () => {
  it.each([
    ["append", {}],
    ["delete-insert", merge("delete-insert")],
    ["upsert", merge("upsert")],
    ["insert-only", merge("insert-only")],
  ])("is the row's where no other of the load has it: %s", async (_name, hints) => {
    await using scene = await pipelineScene();
    const rows = [
      { id: 1, _dlt_id: "mine", c: [10] },
      { id: 2, _dlt_id: "mine", c: [20] },
      { id: 3, _dlt_id: "other", c: [{ value: 30, _dlt_id: "x" }] },
      { id: 4, c: [{ value: 40, _dlt_id: "x" }] },
    ];
    // The last list is a page of its own.
    const { warnings } = await scene.pipeline.run(
      resource({ name: "t", ...hints }, [...rows, [{ id: 5, _dlt_id: "other", c: [50] }]]),
    );
    expect(await scene.values(JOINED)).toEqual(["1:10", "2:20", "3:30", "4:40", "5:50"]);
    expect(await scene.values("SELECT _dlt_id FROM t WHERE id IN (1, 3) ORDER BY id")).toEqual(["mine", "other"]);
    expect(await scene.values("SELECT count(DISTINCT _dlt_id) FROM t")).toEqual([5]);
    expect(warnings.map(({ code, table, count }) => [code, table, count])).toEqual([
      ["row-id-repeated", "t", 2],
      ["row-id-repeated", "t__c", 1],
    ]);
  });

  it("of one row that is replaced does not take the nested rows of another along", async () => {
    await using scene = await pipelineScene();
    const hints = merge("delete-insert");
    const both = [1, 2].map((id) => ({ id, _dlt_id: "mine", c: [id * 10] }));
    await scene.pipeline.run(rowsOf(both, hints));
    await scene.pipeline.run(rowsOf([{ id: 2, _dlt_id: "new", c: [21] }], hints));
    expect(await scene.values(JOINED)).toEqual(["1:10", "2:21"]);
  });

  it("is taken when a page has to be normalised twice", async () => {
    await using scene = await pipelineScene();
    await scene.pipeline.run(rowsOf([{ id: 1, n: 1 }], {}));
    const { warnings } = await scene.pipeline.run(rowsOf([{ id: 2, _dlt_id: "mine", n: 1.5 }], {}));
    expect(warnings).toEqual([]);
    expect(await scene.values("SELECT _dlt_id FROM t WHERE id = 2")).toEqual(["mine"]);
  });
});

describe("a key", () => {
  it.each([[{ id: 1 }], [[1, 2]]])("that is no plain value is told as such: %j", async (id) => {
    await using scene = await pipelineScene();
    await expect(scene.pipeline.run(rowsOf([{ id }], merge("delete-insert")))).rejects.toThrow(
      /its value in this row is an object or a list.*Name the column of a field of it/s,
    );
    await expect(scene.pipeline.run(rowsOf([{ id: null }], merge("delete-insert")))).rejects.toThrow("no value for it");
  });
});
