import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { contentHash } from "./content-hash.js";
import { SchemaError } from "./errors.js";
import type { StoredSchema } from "./model.js";
import { schemaFromYaml, schemaToYaml } from "./schema-document.js";

/** Rows of `_dlt_version` as dlt wrote them. */
function storedByDlt(): StoredSchema {
  const { begun } = JSON.parse(
    readFileSync(new URL("../../test/interop/recorded/dlt.json", import.meta.url), "utf8"),
  ) as { begun: { _dlt_version: { rows: string[][] } } };
  return JSON.parse(begun._dlt_version.rows[0]?.at(-1) ?? "") as StoredSchema;
}

describe("a schema as YAML", () => {
  it("is the same schema when it is read again", () => {
    const stored = storedByDlt();
    const text = schemaToYaml(stored);
    expect(text).not.toMatch(/^ +name: /m);
    const read = schemaFromYaml(text, "shop.schema.yaml");
    expect(read).toEqual(stored);
    expect(contentHash(read)).toBe(stored.version_hash);
  });

  it("may be written by hand, with names and types only", () => {
    const read = schemaFromYaml("name: shop\ntables:\n  orders:\n    columns:\n      id: { data_type: bigint }\n", "f");
    expect(Object.keys(read.tables)).toEqual(["_dlt_version", "_dlt_loads", "orders"]);
    expect(read.tables["orders"]).toEqual({ name: "orders", columns: { id: { name: "id", data_type: "bigint" } } });
  });

  it("needs no tables, and may hold the hints of vendors", () => {
    const { settings, tables } = schemaFromYaml("name: s\nsettings: { preferred_types: { amount: text } }\n", "f");
    expect([settings.preferred_types, Object.keys(tables)]).toEqual([
      { amount: "text" },
      ["_dlt_version", "_dlt_loads"],
    ]);
    const vendor = "name: s\ntables: { t: { x-bigquery-table: 1, columns: { c: { x-bigquery-y: true } } } }";
    expect(schemaFromYaml(vendor, "f").tables["t"]?.columns["c"]).toEqual({ name: "c", "x-bigquery-y": true });
  });

  it.each([
    ["[1]", /the document must be a schema, found \[1\]/],
    ["tables: {}", /name must be a text/],
    ["name: s\ntables: 1", /tables must hold tables by name, found 1/],
    [
      "name: s\ntables: { t: { columns: { c: { data_typ: text } } } }",
      /columns\.c\.data_typ is not a hint; did you mean "data_type"/,
    ],
    [
      "name: s\ntables: { t: { columns: {}, write_dispositon: merge } }",
      /tables\.t\.write_dispositon is .*"write_disposition"/,
    ],
    ["name: s\nsettings: { prefered_types: { a: text } }", /settings\.prefered_types is .*"preferred_types"/],
    ["name: s\ntables: { t: 1 }", /tables\.t must be a table, found 1/],
    ["name: s\ntables: { t: {} }", /tables\.t\.columns must hold columns/],
    [
      "name: s\ntables: { t: { columns: { c: { data_type: int } } } }",
      /tables\.t\.columns\.c\.data_type must be one of text/,
    ],
    ["name: s\nname: t", /is not YAML: Map keys must be unique/],
    ["name: s\nengine_version: 9\ntables: {}", /engine version 9/],
    ["name: s\nsettings: 3\ntables: {}", /settings must be an object/],
    ["name: 2 b\ntables: {}", /"2 b" cannot name a schema/],
  ])("is refused with the place of the mistake: %s", (text, message) => {
    expect(() => schemaFromYaml(text, "x.yaml")).toThrow(SchemaError);
    expect(() => schemaFromYaml(text, "x.yaml")).toThrow(message);
  });
});
