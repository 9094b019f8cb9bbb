import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { resource, SchemaError, source } from "sluice";
import { pipelineScene, type PipelineScene } from "../support/pipeline-scene.js";

const rows = (...items: readonly object[]) => source({ name: "shop" }, [resource({ name: "orders" }, [...items])]);

/** Writes `shop.schema.yaml` and gives its folder. */
async function written(scene: PipelineScene, text: string): Promise<string> {
  const folder = join(scene.directory, "schemas");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "shop.schema.yaml"), text);
  return folder;
}

describe("schemas of a dataset", () => {
  it("are kept version by version, and exported when they change", async () => {
    await using scene = await pipelineScene();
    expect(await scene.pipeline.schemas.versions()).toEqual([]);
    await expect(scene.pipeline.schemas.read("shop")).rejects.toThrow(/Nothing was loaded into it yet/);
    const folder = join(scene.directory, "exported", "schemas");
    const file = join(folder, "shop.schema.yaml");
    const exporting = scene.again({ exportSchemaPath: folder });
    await exporting.run(rows({ id: 1 }));
    const { mtimeNs } = await stat(file, { bigint: true });
    await exporting.run(rows({ id: 2 }));
    expect((await stat(file, { bigint: true })).mtimeNs).toBe(mtimeNs);
    await exporting.run(rows({ id: 3, note: "new" }));
    expect(await readFile(file, "utf8")).toMatch(/^ {6}note:\n {8}data_type: text$/m);

    const versions = await scene.pipeline.schemas.versions("shop");
    expect(versions.map(({ name, version }) => [name, version])).toEqual([
      ["shop", 1],
      ["shop", 2],
    ]);
    const { schemas } = scene.pipeline;
    expect(Object.keys((await schemas.read("shop", 1)).tables["orders"]?.columns ?? {})).not.toContain("note");
    expect((await schemas.read("shop")).previous_hashes).toEqual([versions[0]?.hash]);
    await expect(schemas.read("shop", 7)).rejects.toThrow(/no version 7 of schema "shop".*Its versions are: 1, 2\./s);
    await expect(schemas.read("shup")).rejects.toThrow(/no schema "shup".*It has: shop\./s);
  });

  it("say which types are recognised, and which are preferred by name", async () => {
    await using scene = await pipelineScene();
    const load = async (settings: string): Promise<Record<string, unknown> | undefined> => {
      const importSchemaPath = await written(scene, `name: shop\nsettings: { ${settings} }\ntables: {}\n`);
      const now = Math.floor(Date.now() / 1000);
      await scene.again({ importSchemaPath, refresh: "drop_sources" }).run(rows({ day: "2024-01-31", big: 2n ** 64n, at: now, user_id: 7 })); // prettier-ignore
      const { columns = {} } = (await scene.pipeline.schemas.read("shop")).tables["orders"] ?? {};
      return Object.fromEntries(
        ["day", "big", "at", "user_id"].map((name) => [name, columns[name]?.data_type] as const),
      );
    };
    expect(await load("detections: []")).toEqual({ day: "text", big: "decimal", at: "bigint", user_id: "bigint" });
    expect(
      await load('detections: [iso_date, timestamp, large_integer], preferred_types: { "re:_id$": text }'),
    ).toEqual({ day: "date", big: "wei", at: "timestamp", user_id: "text" });
    await expect(load("detections: [iso_dates]")).rejects.toThrow('a detection "iso_dates" that does not exist');
  });

  it("begin as their files say; what the code says wins", async () => {
    await using scene = await pipelineScene();
    const importSchemaPath = await written(
      scene,
      `name: shop
settings: { schema_contract: { columns: freeze } }
tables:
  orders__items:
    parent: orders
    columns: { sku: { data_type: text, description: what it is } }
  orders:
    resource: orders
    columns:
      id: { data_type: text, nullable: false, primary_key: true }
      price: { data_type: decimal, precision: 10, scale: 2 }
`,
    );
    const importing = scene.again({ importSchemaPath });
    const orders = resource({ name: "orders", primaryKey: "price", columns: { price: { description: "net" } } }, [
      { id: 1, price: 1.5, items: [{ sku: 7 }] },
    ]);
    await importing.run(source({ name: "shop" }, [orders]));
    expect(await scene.rows("orders")).toEqual([{ id: "1", price: "1.50" }]);
    expect(await scene.rows("orders__items")).toEqual([{ sku: "7" }]);
    const { tables, settings } = await scene.pipeline.schemas.read("shop");
    expect(tables["orders"]?.columns["id"]).not.toHaveProperty("primary_key");
    expect(tables["orders"]?.columns["price"]).toMatchObject({ primary_key: true, description: "net", precision: 10 });
    expect(tables["orders__items"]?.columns["sku"]).toMatchObject({ description: "what it is" });
    expect(settings.schema_contract).toEqual({ columns: "freeze" });
    await expect(importing.run(rows({ id: 2, price: 1, extra: true }))).rejects.toThrow(/extra/);
  });

  it("say so when a file wants another type than the data has", async () => {
    await using scene = await pipelineScene();
    await scene.pipeline.run(rows({ id: 1 }));
    const importSchemaPath = await written(
      scene,
      "name: shop\ntables: { orders: { columns: { id: { data_type: text } } } }",
    );
    const info = await scene.again({ importSchemaPath }).run(rows({ id: 2 }));
    expect(info.warnings).toMatchObject([
      { code: "type-hint-ignored", message: /"id" of table "orders" holds data as bigint/ },
    ]);
    expect(await scene.rows("orders")).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it.each([
    ["name: [", /is not YAML/],
    ["name: other\ntables: {}", /holds the schema "other"/],
  ])("are refused before anything is read: %s", async (text, message) => {
    await using scene = await pipelineScene();
    const importSchemaPath = await written(scene, text);
    let asked = 0;
    const asking = resource({ name: "orders" }, function* () {
      asked++;
      yield { id: 1 };
    });
    const run = scene.again({ importSchemaPath }).run(source({ name: "shop" }, [asking]));
    await expect(run).rejects.toThrow(SchemaError);
    await expect(run).rejects.toThrow(message);
    expect(asked).toBe(0);
  });
});
