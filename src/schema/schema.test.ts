import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { StoredSchema } from "./model.js";
import { Schema } from "./schema.js";

/** As dlt 1.31 stored it after a load with every disposition. */
function dltDocument(): StoredSchema {
  return JSON.parse(readFileSync(new URL("fixtures/dlt-1.31-schema.json", import.meta.url), "utf8"));
}

describe("stored form", () => {
  it("of a new schema has dlt's content hash", () => {
    const stored = Schema.create("api").toStored();
    expect(stored).toMatchObject({
      version: 1,
      version_hash: "dVh/NMAIkUMEiqjY3YH3j2E6lzLH4Ds1jIaIFSYIgM8=",
      engine_version: 11,
      previous_hashes: [],
    });
  });

  it("of a schema that dlt stored comes back unchanged, its hash confirmed", () => {
    const document = dltDocument();
    expect(Schema.fromStored(document).toStored()).toEqual(document);
  });

  it("gets a new version when the content changed, once", () => {
    const before = dltDocument();
    const schema = Schema.fromStored(before);
    schema.setColumn("app", { name: "more", data_type: "text", nullable: true });
    const after = schema.toStored();
    expect(after.version).toBe(before.version + 1);
    expect(after.previous_hashes).toEqual([before.version_hash, ...before.previous_hashes]);
    expect(Schema.fromStored(after).toStored()).toEqual(after);
  });

  it("remembers ten hashes", () => {
    let stored = Schema.create("api").toStored();
    for (let n = 0; n < 12; n++) {
      const schema = Schema.fromStored(stored);
      schema.mergeTable({ name: `t${n}`, props: { resource: "r" }, columns: [] });
      stored = schema.toStored();
    }
    expect(stored.version).toBe(13);
    expect(stored.previous_hashes).toHaveLength(10);
  });

  it("keeps what it does not know", () => {
    const document: StoredSchema & { description?: string; imported_version_hash?: string } = dltDocument();
    document.imported_version_hash = "abc=";
    expect(Schema.fromStored(document).toStored()).toMatchObject({
      version: document.version,
      imported_version_hash: "abc=",
    });
  });

  it("of another engine version is refused with the way out", () => {
    expect(() => Schema.fromStored({ ...dltDocument(), engine_version: 9 })).toThrow(
      /engine version 9[\s\S]*Load once with dlt/,
    );
  });

  it.each(["", "my-api", "1st", "a".repeat(65)])("needs an identifier as name: %j", (name) => {
    expect(() => Schema.create(name)).toThrow(/cannot name a schema/);
  });
});

describe("merging tables", () => {
  const shop = (): Schema => {
    const schema = Schema.create("shop");
    schema.mergeTable({
      name: "orders",
      props: { resource: "orders", write_disposition: "append" },
      columns: [
        { name: "id", nullable: false, primary_key: true },
        { name: "amount", data_type: "bigint", nullable: true },
      ],
    });
    return schema;
  };
  const columns = (schema: Schema): string[] => Object.keys(schema.tables["orders"]?.columns ?? {});

  it("moves a column to the end when it becomes complete", () => {
    const schema = shop();
    schema.setColumn("orders", { name: "id", data_type: "bigint", nullable: false, primary_key: true });
    expect(columns(schema)).toEqual(["amount", "id"]);
    schema.setColumn("orders", { name: "amount", data_type: "double", nullable: true });
    expect(columns(schema)).toEqual(["amount", "id"]);
  });

  it("replaces a key as a whole and leaves the rest", () => {
    const schema = shop();
    schema.mergeTable({ name: "orders", props: {}, columns: [{ name: "uuid", nullable: false, primary_key: true }] });
    expect(schema.tables["orders"]?.columns).toMatchObject({ id: { nullable: false }, uuid: { primary_key: true } });
    expect(schema.tables["orders"]?.columns["id"]).not.toHaveProperty("primary_key");
    expect(schema.tables["orders"]?.write_disposition).toBe("append");
  });

  it("does not change the type of a column that holds data, but of one that holds only nulls", () => {
    const first = shop();
    first.setColumn("orders", { name: "note", data_type: "text", nullable: true, "x-null-only": true });
    first.mergeTable({ name: "orders", props: { "x-normalizer": { "seen-data": true } }, columns: [] });
    const schema = Schema.fromStored(first.toStored());
    schema.mergeTable({
      name: "orders",
      props: {},
      columns: [
        { name: "amount", data_type: "text", description: "new" },
        { name: "note", data_type: "date" },
      ],
    });
    expect(schema.tables["orders"]?.columns["amount"]).toMatchObject({ data_type: "bigint", description: "new" });
    expect(schema.tables["orders"]?.columns["note"]).toEqual({ name: "note", data_type: "date", nullable: true });
  });

  it("records root ids where dlt looks for them", () => {
    const schema = shop();
    schema.mergeTable({ name: "orders", props: { write_disposition: "merge" }, columns: [] });
    expect(schema.needsRootId("orders")).toBe(true);
    expect(schema.toStored().normalizers.json.config).toEqual({
      propagation: { tables: { orders: { _dlt_id: "_dlt_root_id" } } },
    });
  });

  it("refuses an unknown or another parent", () => {
    const schema = shop();
    expect(() => schema.mergeTable({ name: "orders__items", props: { parent: "order" }, columns: [] })).toThrow(
      /parent "order" of table "orders__items"/,
    );
    expect(() => schema.mergeTable({ name: "orders", props: { parent: "_dlt_loads" }, columns: [] })).toThrow(
      /a table of its own/,
    );
  });

  it("takes names like __proto__ as names", () => {
    const schema = Schema.create("direct");
    schema.mergeTable({
      name: "__proto__",
      props: { resource: "r" },
      columns: [{ name: "__proto__", data_type: "text" }],
    });
    expect(Object.keys(schema.toStored().tables)).toContain("__proto__");
    expect(Object.keys(Schema.fromStored(schema.toStored()).tables["__proto__"]?.columns ?? {})).toEqual(["__proto__"]);
  });
});

describe("changes", () => {
  it("are nothing at first, and nothing again after they were taken or when all stays the same", () => {
    const schema = Schema.create("api");
    expect(schema.takeChanges()).toBeUndefined();
    schema.mergeTable({ name: "t", props: { resource: "t" }, columns: [{ name: "a", data_type: "text" }] });
    expect(schema.takeChanges()).toBeDefined();
    schema.mergeTable({ name: "t", props: { resource: "t" }, columns: [{ name: "a", data_type: "text" }] });
    expect(schema.takeChanges()).toBeUndefined();
  });

  it("replayed on the same start give the same schema", () => {
    const start = dltDocument();
    const schema = Schema.fromStored(start);
    schema.setDefaults({ maxNesting: 3, rootKey: true, contract: { columns: "freeze" } });
    schema.mergeTable({
      name: "app",
      props: { write_disposition: "merge", "x-merge-strategy": "upsert" },
      columns: [{ name: "b", nullable: false, primary_key: true }],
    });
    const first = schema.takeChanges();
    schema.setColumn("app", { name: "n", data_type: "text", nullable: true, "x-null-only": true });
    schema.dropColumn("app", "n");
    schema.setExactness("app", "id", false);
    schema.dropTables([
      "orders",
      "orders__items",
      "orders__items__tags",
      "orders__nums",
      "orders__mat",
      "orders__mat__list",
    ]);
    schema.ensureStateTable();
    const second = schema.takeChanges();

    const replayed = Schema.fromStored(start);
    for (const changes of [first, second]) if (changes !== undefined) replayed.applyChanges(changes);
    expect(replayed.toStored()).toEqual(schema.toStored());
    expect(replayed.exactness("app", "id")).toBe("inexact");
    expect(replayed.takeChanges()).toBeUndefined();
  });

  it("that cannot be read are refused", () => {
    expect(() => Schema.create("api").applyChanges([{ op: "unheard-of" }])).toThrow(/cannot be read/);
  });
});

describe("what is new", () => {
  it("is judged by the start of the run", () => {
    const schema = Schema.fromStored(dltDocument());
    schema.mergeTable({
      name: "fresh",
      props: { resource: "fresh", "x-normalizer": { "seen-data": true } },
      columns: [{ name: "a", data_type: "bigint" }],
    });
    expect([schema.isNewTable("app"), schema.isNewTable("fresh")]).toEqual([false, true]);
    expect([schema.isNewColumn("app", "id"), schema.isNewColumn("app", "x"), schema.isNewColumn("fresh", "a")]).toEqual(
      [false, true, true],
    );
    expect([schema.exactness("app", "id"), schema.exactness("fresh", "a")]).toEqual(["unknown", "exact"]);
    schema.setExactness("app", "id", true);
    expect(schema.exactness("app", "id")).toBe("exact");
  });

  it("resolves contracts through the parents", () => {
    const schema = Schema.fromStored(dltDocument());
    schema.setDefaults({ maxNesting: null, rootKey: null, contract: "discard_row" });
    schema.mergeTable({ name: "orders", props: { schema_contract: { columns: "freeze" } }, columns: [] });
    expect(schema.contractOf("orders__items__tags")).toEqual({
      tables: "evolve",
      columns: "freeze",
      data_type: "evolve",
    });
    expect(schema.contractOf("app")).toEqual({
      tables: "discard_row",
      columns: "discard_row",
      data_type: "discard_row",
    });
  });
});
