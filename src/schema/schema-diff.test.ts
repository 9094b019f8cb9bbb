import { describe, expect, it } from "vitest";
import { Schema } from "./schema.js";
import { describeDifferences, diffSchemas } from "./schema-diff.js";

function shop(): Schema {
  const schema = Schema.create("shop");
  schema.mergeTable({
    name: "orders",
    props: { resource: "orders", write_disposition: "append" },
    columns: [
      { name: "id", data_type: "bigint", nullable: false, primary_key: true },
      { name: "amount", data_type: "bigint", nullable: true },
      { name: "old", data_type: "text", nullable: true },
    ],
  });
  return schema;
}

describe("two versions of a schema", () => {
  it("are compared table by table, and shown to a person", () => {
    const before = shop().toStored();
    const schema = Schema.fromStored(before);
    schema.mergeTable({ name: "orders", props: { write_disposition: "merge" }, columns: [] });
    schema.setColumn("orders", { name: "amount", data_type: "decimal", precision: 38, scale: 0, nullable: true });
    schema.setColumn("orders", { name: "note", data_type: "text", nullable: true });
    schema.dropColumn("orders", "old");
    schema.mergeTable({
      name: "orders__items",
      props: { parent: "orders" },
      columns: [{ name: "sku", data_type: "text" }],
    });
    const after = schema.toStored();
    expect(describeDifferences(diffSchemas(before, after))).toBe(
      [
        `~ json: {"module":"dlt.common.normalizers.json.relational"} → {"config":{"propagation":{"tables":{"orders":{"_dlt_id":"_dlt_root_id"}}}},"module":"dlt.common.normalizers.json.relational"}`,
        "  table orders",
        '    ~ write_disposition: "append" → "merge"',
        '    ~ amount.data_type: "bigint" → "decimal"',
        "    ~ amount.precision: (not set) → 38",
        "    ~ amount.scale: (not set) → 0",
        "    - old: text",
        "    + note: text",
        "+ table orders__items: nested in orders, 1 column",
        "    + sku: text",
        "",
      ].join("\n"),
    );
    expect(diffSchemas(after, before)).toContainEqual({
      kind: "removed",
      table: "orders__items",
      what: "nested in orders, 1 column",
    });
  });

  it("that differ only in the tools' own notes and in defaults are the same", () => {
    const before = shop().toStored();
    const schema = Schema.fromStored(before);
    schema.mergeTable({ name: "orders", props: { "x-normalizer": { "seen-data": true } }, columns: [] });
    schema.setColumn("orders", { name: "amount", data_type: "bigint", unique: false });
    schema.ensureStateTable();
    expect(diffSchemas(before, schema.toStored())).toEqual([]);
    expect(describeDifferences([])).toBe("");
  });

  it("of which there is no first are all new", () => {
    const text = describeDifferences(diffSchemas(undefined, shop().toStored()));
    expect(text).toBe(
      "+ table orders: append, 3 columns\n    + id: bigint, not null, primary key\n    + amount: bigint\n    + old: text\n",
    );
  });
});
