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
