import { describe, expect, it } from "vitest";
import { resource, type ResourceOptions } from "sluice";
import { type PipelineScene, pipelineScene } from "../support/pipeline-scene.js";

type Hints = Partial<ResourceOptions>;
const orders = (scene: PipelineScene, rows: readonly object[], hints: Hints) =>
  scene.pipeline.run(resource({ name: "orders", primaryKey: "id", writeDisposition: "merge", ...hints }, rows));

const FIRST = { id: 1, items: [{ sku: 1, v: "a", tags: [5] }, { sku: 2, v: "b" }] }; // prettier-ignore
const SECOND = { id: 1, items: [{ sku: 1, v: "c", tags: [6, 7] }] };
const names = async (scene: PipelineScene, table: string): Promise<string[]> =>
  Object.keys((await scene.pipeline.schemas.read("scene")).tables[table]?.columns ?? {});

describe("a nested table with a key of its own", () => {
  const keyed = { nestedHints: { items: { primaryKey: "sku", writeDisposition: "merge" } } } as const;

  it("is a table of its own, as in dlt: its rows are not replaced with those above", async () => {
    await using scene = await pipelineScene();
    await orders(scene, [FIRST], keyed);
    const { tables } = await orders(scene, [SECOND], keyed);
    expect(tables).toEqual({ orders: 1, orders__items: 1, orders__items__tags: 2 });
    expect(await scene.rows("orders__items")).toEqual([{ sku: 1, v: "c" }, { sku: 2, v: "b" }]); // prettier-ignore
    expect(await scene.rows("orders__items__tags")).toEqual([{ value: 6 }, { value: 7 }]);
    expect(await names(scene, "orders__items")).toEqual(["sku", "v", "_dlt_root_id", "_dlt_load_id", "_dlt_id"]);
    expect(
      await scene.values(
        "SELECT count(*) FROM orders__items__tags WHERE _dlt_root_id IN (SELECT _dlt_id FROM orders__items)",
      ),
    ).toEqual([2]);
    const { parent, resource: owner } = (await scene.pipeline.schemas.read("scene")).tables["orders__items"] ?? {};
    expect({ parent, owner }).toEqual({ parent: undefined, owner: "orders" });
  });

  it("takes the disposition of its resource, unless it has one", async () => {
    await using scene = await pipelineScene();
    const hints = { nestedHints: { items: { primaryKey: "sku" } } };
    await orders(scene, [FIRST], hints);
    await orders(scene, [SECOND], hints);
    expect(await scene.rows("orders__items")).toEqual([{ sku: 1, v: "c" }, { sku: 2, v: "b" }]); // prettier-ignore
  });

  it.each(["upsert", "insert-only"] as const)(
    "may be merged by %s below a table that is appended to",
    async (strategy) => {
      await using scene = await pipelineScene();
      const hints: Hints = {
        writeDisposition: "append",
        nestedHints: { items: { primaryKey: "sku", writeDisposition: { disposition: "merge", strategy } } },
      };
      await orders(scene, [FIRST, SECOND], hints);
      await orders(scene, [{ id: 2, items: [{ sku: 2, v: "d" }, { sku: 3, v: "e" }] }], hints); // prettier-ignore
      expect(await scene.rows("orders")).toHaveLength(3);
      expect(await scene.rows("orders__items")).toEqual([
        { sku: 1, v: "c" },
        { sku: 2, v: strategy === "upsert" ? "d" : "b" },
        { sku: 3, v: "e" },
      ]);
      expect(await names(scene, "orders__items")).toEqual(["sku", "v", "_dlt_load_id", "_dlt_id"]);
    },
  );

  it("may be replaced below a table that is merged, and merged below one that is replaced", async () => {
    await using scene = await pipelineScene();
    const replaced: Hints = { nestedHints: { items: { primaryKey: "sku", writeDisposition: "replace" } } };
    await orders(scene, [FIRST], replaced);
    await orders(scene, [{ ...SECOND, id: 2 }], replaced);
    expect(await scene.rows("orders")).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await scene.rows("orders__items")).toEqual([{ sku: 1, v: "c" }]);
    expect(await scene.rows("orders__items__tags")).toEqual([{ value: 6 }, { value: 7 }]);

    await using other = await pipelineScene();
    const merged: Hints = { ...keyed, writeDisposition: "replace" };
    await orders(other, [FIRST], merged);
    await orders(other, [{ ...SECOND, id: 2 }], merged);
    expect(await other.rows("orders")).toEqual([{ id: 2 }]);
    expect(await other.rows("orders__items")).toEqual([{ sku: 1, v: "c" }, { sku: 2, v: "b" }]); // prettier-ignore
  });

  it("cannot get or lose its key once it holds rows", async () => {
    await using scene = await pipelineScene();
    await orders(scene, [FIRST], {});
    await expect(orders(scene, [SECOND], keyed)).rejects.toThrow('"orders__items" holds nested rows without a key');
    await scene.again({ refresh: "drop_resources" }).run(resource({ name: "orders", primaryKey: "id", writeDisposition: "merge", ...keyed }, [FIRST])); // prettier-ignore
    await expect(orders(scene, [SECOND], {})).rejects.toThrow('"orders__items" was loaded with a key of its own');
  });
});

describe("maxTableNesting", () => {
  it("of a nested table counts from its rows", async () => {
    await using scene = await pipelineScene();
    const row = { id: 1, items: [{ sku: 1, size: { w: 1 }, tags: [5] }], other: [{ tags: [{ a: 1 }] }] };
    await scene.pipeline.run(
      resource({ name: "orders", maxTableNesting: 3, nestedHints: { items: { maxTableNesting: 0 } } }, [row]),
    );
    expect(await scene.rows("orders__items")).toEqual([{ sku: 1, size: '{"w":1}', tags: "[5]" }]);
    expect(await scene.rows("orders__other__tags")).toEqual([{ a: 1 }]);
  });
});
