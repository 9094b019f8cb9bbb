import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { historyTable, LoadScene, nestedRow, nestedTable } from "../../test/support/load-scene.js";

describe("scd2", () => {
  let scene: LoadScene;
  beforeEach(async () => {
    scene = await LoadScene.create();
  });
  afterEach(() => scene.remove());

  const VERSIONS = "SELECT id, v, _dlt_valid_from AS f, _dlt_valid_to AS t FROM h ORDER BY id, f, v";

  it("keeps every version with the time in which it was valid", async () => {
    const tables = [
      historyTable("h", { id: "bigint", v: "text", del: { data_type: "bool", hard_delete: true } }),
      nestedTable("h__kids", "h", { v: "bigint" }),
    ];
    await scene.load(tables, {
      h: [
        { id: 1, v: "a", _dlt_id: "1a" },
        { id: 2, v: "b", _dlt_id: "2b" },
      ],
      h__kids: [nestedRow("1a", 0, 1), nestedRow("2b", 0, 2)],
    });
    await scene.load(tables, {
      h: [
        { id: 2, v: "B", _dlt_id: "2B" },
        { id: 3, v: "c", _dlt_id: "3c" },
        { id: 1, v: "a", del: true, _dlt_id: "1ad" },
      ],
      h__kids: [nestedRow("2B", 0, 9)],
    });
    const [one, two] = ["2024-01-02T00:00:00Z", "2024-01-03T00:00:00Z"];
    expect(await scene.query(VERSIONS)).toEqual([
      { id: 1, v: "a", f: one, t: two },
      { id: 1, v: "a", f: two, t: null },
      { id: 2, v: "b", f: one, t: two },
      { id: 2, v: "B", f: two, t: null },
      { id: 3, v: "c", f: two, t: null },
    ]);
    expect(await scene.values("SELECT v FROM h__kids ORDER BY v")).toEqual([1, 2, 9]);
  });

  it("leaves unchanged versions alone, counts a version once, and brings one back", async () => {
    const tables = [historyTable("h", { id: "bigint", v: "text" }), nestedTable("h__kids", "h", { v: "bigint" })];
    const a = { id: 1, v: "a", _dlt_id: "1a" };
    const b = { id: 1, v: "b", _dlt_id: "1b" };
    const kids = { h__kids: [nestedRow("1a", 0, 7)] };
    await scene.load(tables, { h: [a, a], h__kids: [...kids.h__kids, ...kids.h__kids] });
    await scene.load(tables, { h: [a], ...kids });
    await scene.load(tables, { h: [b] });
    await scene.load(tables, { h: [a], ...kids });
    expect(await scene.query(VERSIONS)).toEqual([
      { id: 1, v: "a", f: "2024-01-02T00:00:00Z", t: "2024-01-04T00:00:00Z" },
      { id: 1, v: "b", f: "2024-01-04T00:00:00Z", t: "2024-01-05T00:00:00Z" },
      { id: 1, v: "a", f: "2024-01-05T00:00:00Z", t: null },
    ]);
    expect(await scene.values("SELECT v FROM h__kids")).toEqual([7]);
  });

  it("ends only versions of keys that are in the load when there is a merge key", async () => {
    const table = historyTable("h", { id: { data_type: "bigint", merge_key: true }, v: "text" });
    await scene.load([table], {
      h: [
        { id: 1, v: "a", _dlt_id: "1a" },
        { id: 2, v: "b", _dlt_id: "2b" },
      ],
    });
    await scene.load([table], { h: [{ id: 2, v: "B", _dlt_id: "2B" }] });
    expect(await scene.query("SELECT id, v FROM h WHERE _dlt_valid_to IS NULL ORDER BY id")).toEqual([
      { id: 1, v: "a" },
      { id: 2, v: "B" },
    ]);
  });

  it("uses the table's boundary, literal for valid versions and version column", async () => {
    const table = historyTable(
      "h",
      { id: "bigint", v: "text", ver: { data_type: "text", "x-row-version": true } },
      { "x-boundary-timestamp": "2030-06-01" },
    );
    table.columns["_dlt_id"] = { name: "_dlt_id", data_type: "text", nullable: false, row_key: true };
    table.columns["_dlt_valid_to"] = {
      name: "_dlt_valid_to",
      data_type: "timestamp",
      "x-valid-to": true,
      "x-active-record-timestamp": "9999-12-31",
    };
    const tables = [table, nestedTable("h__kids", "h", { v: "bigint" })];
    await scene.load(tables, {
      h: [
        { id: 1, v: "a", ver: "1", _dlt_id: "r1" },
        { id: 2, v: "b", ver: "2", _dlt_id: "r2" },
      ],
      h__kids: [nestedRow("r1", 0, 1), nestedRow("r2", 0, 2)],
    });
    await scene.load(tables, {
      h: [
        { id: 1, v: "a", ver: "1", _dlt_id: "r3" },
        { id: 2, v: "B", ver: "3", _dlt_id: "r4" },
      ],
      h__kids: [nestedRow("r3", 0, 1), nestedRow("r4", 0, 4)],
    });
    const [boundary, forever] = ["2030-06-01T00:00:00Z", "9999-12-31T00:00:00Z"];
    expect(await scene.query(VERSIONS)).toEqual([
      { id: 1, v: "a", f: boundary, t: forever },
      { id: 2, v: "B", f: boundary, t: forever },
      { id: 2, v: "b", f: boundary, t: boundary },
    ]);
    expect(await scene.values("SELECT v FROM h__kids ORDER BY v")).toEqual([1, 2, 4]);
  });
});
