import { describe, expect, it } from "vitest";
import { rootTable } from "../../test/support/load-scene.js";
import type { MergeStrategy, TableSchema } from "../schema/model.js";
import { loadsTable, versionTable } from "../schema/system-tables.js";
import { MissingKeyError } from "./errors.js";
import { assertMergeable } from "./mergeable.js";

describe("assertMergeable", () => {
  const schemaOf = (
    strategy: MergeStrategy,
    key?: "primary_key" | "merge_key",
  ): { tables: Record<string, TableSchema> } => {
    const root = rootTable(
      "issues",
      { id: { data_type: "bigint", ...(key === undefined ? {} : { [key]: true }) } },
      { write_disposition: "merge", "x-merge-strategy": strategy },
    );
    return { tables: { issues: root, _dlt_loads: loadsTable(), _dlt_version: versionTable() } };
  };

  it("passes tables that have the key that their strategy needs", () => {
    for (const schema of [
      schemaOf("delete-insert", "primary_key"),
      schemaOf("delete-insert", "merge_key"),
      schemaOf("upsert", "primary_key"),
      schemaOf("insert-only", "primary_key"),
      schemaOf("scd2"),
    ]) {
      expect(() => assertMergeable(schema)).not.toThrow();
    }
  });

  it.each(["dedup_sort", "hard_delete"] as const)("refuses %s on two columns", (hint) => {
    const column = hint === "dedup_sort" ? { dedup_sort: "asc" as const } : { hard_delete: true };
    const issues = rootTable(
      "issues",
      { a: { data_type: "bool", ...column }, b: { data_type: "bool", ...column } },
      {},
    );
    expect(() => assertMergeable({ tables: { issues } })).toThrow(
      `Table "issues" has ${hint} on several columns: a, b`,
    );
  });

  it("names the resource and the hints that are missing", () => {
    for (const schema of [schemaOf("delete-insert"), schemaOf("upsert", "merge_key"), schemaOf("insert-only")]) {
      const error = (() => {
        try {
          assertMergeable(schema);
          return undefined;
        } catch (cause) {
          return cause;
        }
      })();
      expect(error).toBeInstanceOf(MissingKeyError);
      expect(error).toMatchObject({ code: "SLUICE_MERGE_KEY", place: { table: "issues", resource: "issues" } });
      expect(String(error)).toContain("primaryKey");
    }
  });
});
