import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Line, LoadScene, nestedRow, nestedTable, primaryKey, rootTable } from "../../test/support/load-scene.js";
import { OCCURRENCE } from "../normalize/row-sink.js";
import type { MergeStrategy, TableSchema } from "../schema/model.js";

function merged(strategy: MergeStrategy): TableSchema[] {
  const root = rootTable(
    "d",
    { id: primaryKey(), v: "text", del: { data_type: "bool", hard_delete: true } },
    { write_disposition: "merge", "x-merge-strategy": strategy },
  );
  return [root, nestedTable("d__kids", "d", { v: "bigint" })];
}

/** The two batches of dlt's merge vectors: d1 = {1, 2 with kids}, d2 = {2 changed with one kid, 3, 1 deleted}. */
async function loadVectors(scene: LoadScene, strategy: MergeStrategy, tables = merged(strategy)): Promise<void> {
  const id = (load: number, key: number): string => (strategy === "delete-insert" ? `${load}-${key}` : `k${key}`);
  await scene.load(tables, {
    d: [
      { id: 1, v: "a", _dlt_id: id(1, 1) },
      { id: 2, v: "b", _dlt_id: id(1, 2) },
    ],
    d__kids: [nestedRow(id(1, 1), 0, 1), nestedRow(id(1, 2), 0, 2), nestedRow(id(1, 2), 1, 3)],
  });
  await scene.load(tables, {
    d: [
      { id: 2, v: "B", _dlt_id: id(2, 2) },
      { id: 3, v: "c", _dlt_id: id(2, 3) },
      { id: 1, v: "a", del: true, _dlt_id: id(2, 1) },
    ],
    d__kids: [nestedRow(id(2, 2), 0, 9)],
  });
}

describe("merge", () => {
  let scene: LoadScene;
  beforeEach(async () => {
    scene = await LoadScene.create();
  });
  afterEach(() => scene.remove());

  it.each(["delete-insert", "upsert"] as const)(
    "%s replaces rows and what is nested in them, and removes deleted ones",
    async (strategy) => {
      await loadVectors(scene, strategy);
      expect(await scene.query("SELECT id, v FROM d ORDER BY id")).toEqual([
        { id: 2, v: "B" },
        { id: 3, v: "c" },
      ]);
      expect(await scene.values("SELECT v FROM d__kids")).toEqual([9]);
      expect(
        await scene.values("SELECT count(*) FROM d__kids WHERE _dlt_parent_id NOT IN (SELECT _dlt_id FROM d)"),
      ).toEqual([0]);
    },
  );

  it("insert-only leaves rows that are there and their nested rows alone", async () => {
    await loadVectors(scene, "insert-only");
    expect(await scene.query("SELECT id, v FROM d ORDER BY id")).toEqual([
      { id: 1, v: "a" },
      { id: 2, v: "b" },
      { id: 3, v: "c" },
    ]);
    expect(await scene.values("SELECT v FROM d__kids ORDER BY v")).toEqual([1, 2, 3]);
  });

  it("keeps an id of a key over upserts, and adds the load id of the newest", async () => {
    await loadVectors(scene, "upsert");
    expect(await scene.query("SELECT id, _dlt_id, _dlt_load_id FROM d ORDER BY id")).toEqual([
      { id: 2, _dlt_id: "k2", _dlt_load_id: "1700000002.5" },
      { id: 3, _dlt_id: "k3", _dlt_load_id: "1700000002.5" },
    ]);
  });

  it.each(["delete-insert", "upsert", "insert-only"] as const)(
    "%s takes one row per key: the last one read, over several files",
    async (strategy) => {
      const files = [
        Array.from({ length: 5000 }, (_, i) => ({ id: i % 7, v: `${i}`, _dlt_id: `a${i}` })),
        [{ id: 5, v: "b", _dlt_id: "x" }],
        [{ id: 5, v: "c", _dlt_id: "y" }],
      ];
      await scene.load(merged(strategy), { d: files });
      expect(await scene.values("SELECT v FROM d ORDER BY id")).toEqual([
        "4998",
        "4999",
        "4993",
        "4994",
        "4995",
        "c",
        "4997",
      ]);
    },
  );

  it.each([
    ["desc", "3", "z"],
    ["asc", "1", "y"],
  ] as const)("takes the first row by dedup_sort %s, the last read among equals", async (order, v, w) => {
    const table = rootTable(
      "d",
      { id: primaryKey(), v: { data_type: "text", dedup_sort: order }, w: "text" },
      { write_disposition: "merge" },
    );
    const rows = [
      [1, "3", "x"],
      [1, "1", "x"],
      [1, "1", "y"],
      [1, null, "n"],
      [1, "3", "z"],
      [1, "2", "x"],
    ].map(([id, v, w], i) => ({ id, v, w, _dlt_id: `${i}` }));
    await scene.load([table], { d: rows });
    expect(await scene.query("SELECT v, w FROM d")).toEqual([{ v, w }]);
  });

  it("lets a delete marker count only when its row is the chosen one", async () => {
    const tables = merged("delete-insert");
    await scene.load(tables, {
      d: [
        { id: 1, v: "a", _dlt_id: "a" },
        { id: 2, v: "a", _dlt_id: "b" },
      ],
    });
    await scene.load(tables, {
      d: [
        { id: 1, del: true, _dlt_id: "c" },
        { id: 1, v: "again", _dlt_id: "d" },
        { id: 2, v: "again", _dlt_id: "e" },
        { id: 2, del: true, _dlt_id: "f" },
        { id: 3, del: false, v: "new", _dlt_id: "g" },
      ],
    });
    expect(await scene.query("SELECT id, v FROM d ORDER BY id")).toEqual([
      { id: 1, v: "again" },
      { id: 3, v: "new" },
    ]);
  });

  it("takes any value of a column that is not boolean as delete marker, and inserts nothing for unknown keys", async () => {
    const table = rootTable(
      "d",
      { id: primaryKey(), gone_at: { data_type: "timestamp", hard_delete: true } },
      { write_disposition: "merge", "x-merge-strategy": "upsert" },
    );
    await scene.load([table], {
      d: [
        { id: 1, _dlt_id: "a" },
        { id: 2, _dlt_id: "b" },
      ],
    });
    await scene.load([table], {
      d: [
        { id: 1, gone_at: "2024-01-01T00:00:00Z", _dlt_id: "a" },
        { id: 9, gone_at: "2024-01-01T00:00:00Z", _dlt_id: "c" },
      ],
    });
    expect(await scene.values("SELECT id FROM d")).toEqual([2]);
  });

  it("matches compound keys as a whole and null keys never", async () => {
    const table = rootTable(
      "d",
      { a: { data_type: "bigint", primary_key: true }, b: { data_type: "text", primary_key: true }, v: "text" },
      { write_disposition: "merge" },
    );
    const rows = (v: string): Line[] =>
      [
        [1, "x"],
        [1, "y"],
        [2, null],
        [2, null],
      ].map(([a, b], i) => ({ a, b, v, _dlt_id: `${v}${i}` }));
    await scene.load([table], { d: rows("old") });
    await scene.load([table], { d: rows("new").slice(1) });
    expect(await scene.query("SELECT a, b, v FROM d ORDER BY ALL")).toEqual([
      { a: 1, b: "x", v: "old" },
      { a: 1, b: "y", v: "new" },
      { a: 2, b: null, v: "new" },
      { a: 2, b: null, v: "new" },
      { a: 2, b: null, v: "old" },
      { a: 2, b: null, v: "old" },
    ]);
  });

  it("replaces all rows of a merge key together, without deduplication", async () => {
    const tables = [
      rootTable("d", { day: { data_type: "text", merge_key: true }, v: "bigint" }, { write_disposition: "merge" }),
      nestedTable("d__kids", "d", { v: "bigint" }),
    ];
    await scene.load(tables, {
      d: [
        ["mon", 1],
        ["mon", 2],
        ["tue", 3],
      ].map(([day, v]) => ({ day, v, _dlt_id: `a${v}` })),
      d__kids: [nestedRow("a1", 0, 1), nestedRow("a3", 0, 3)],
    });
    await scene.load(tables, {
      d: [
        ["mon", 4],
        ["mon", 4],
      ].map(([day, v], i) => ({ day, v, _dlt_id: `b${i}` })),
    });
    expect(await scene.query("SELECT day, v FROM d ORDER BY ALL")).toEqual([
      { day: "mon", v: 4 },
      { day: "mon", v: 4 },
      { day: "tue", v: 3 },
    ]);
    expect(await scene.values("SELECT v FROM d__kids")).toEqual([3]);
  });

  it("removes rows that match by primary key or by merge key", async () => {
    const table = rootTable(
      "d",
      { id: primaryKey(), k: { data_type: "text", merge_key: true } },
      { write_disposition: "merge" },
    );
    await scene.load([table], {
      d: [
        [1, "k1"],
        [2, "k1"],
        [3, "k2"],
      ].map(([id, k]) => ({ id, k, _dlt_id: `a${id}` })),
    });
    await scene.load([table], {
      d: [
        [4, "k1"],
        [3, "k3"],
      ].map(([id, k]) => ({ id, k, _dlt_id: `b${id}` })),
    });
    expect(await scene.query("SELECT id, k FROM d ORDER BY id")).toEqual([
      { id: 3, k: "k3" },
      { id: 4, k: "k1" },
    ]);
  });

  it("keeps doubles when the rows are said to be deduplicated", async () => {
    const table = rootTable(
      "d",
      { id: primaryKey() },
      { write_disposition: "merge", "x-stage-data-deduplicated": true },
    );
    await scene.load([table], {
      d: [
        { id: 1, _dlt_id: "a" },
        { id: 1, _dlt_id: "b" },
      ],
    });
    expect(await scene.values("SELECT id FROM d")).toEqual([1, 1]);
  });

  it("follows nested rows over several levels, also those loaded without a root id", async () => {
    const root = rootTable("d", { id: primaryKey() }, { write_disposition: "append" });
    const nested = [nestedTable("d__a", "d", {}), nestedTable("d__a__b", "d__a", {})];
    const rows = (load: string): Record<string, Line[]> => ({
      d: [1, 2].map((id) => ({ id, _dlt_id: `${load}${id}` })),
      d__a: [1, 2].map((id) => ({ _dlt_parent_id: `${load}${id}`, _dlt_list_idx: 0, _dlt_id: `${load}${id}a` })),
      d__a__b: [1, 2].map((id) => ({ _dlt_parent_id: `${load}${id}a`, _dlt_list_idx: 0, _dlt_id: `${load}${id}b` })),
    });
    await scene.load([root, ...nested], rows("x"));
    const { d = [], d__a = [], d__a__b = [] } = rows("y");
    await scene.load([{ ...root, write_disposition: "merge" }, ...nested], {
      d: d.slice(1),
      d__a: d__a.slice(1),
      d__a__b: d__a__b.slice(1),
    });
    expect(await scene.values("SELECT _dlt_id FROM d__a__b ORDER BY 1")).toEqual(["x1b", "y2b"]);
    expect(await scene.values("SELECT _dlt_id FROM d__a ORDER BY 1")).toEqual(["x1a", "y2a"]);
  });

  it("gives a key that came twice the nested rows of the chosen row, although their ids are the same", async () => {
    const of = (occurrence: string): Line => ({ [OCCURRENCE]: occurrence });
    await scene.load(merged("upsert"), {
      d: [
        { id: 1, v: "first", _dlt_id: "k1", ...of("p") },
        { id: 2, v: "other", _dlt_id: "k2", ...of("q") },
        { id: 1, v: "last", _dlt_id: "k1", ...of("r") },
      ],
      d__kids: [
        nestedRow("k1", 0, 1, of("p")),
        nestedRow("k1", 1, 2, of("p")),
        nestedRow("k2", 0, 3, of("q")),
        nestedRow("k1", 0, 4, of("r")),
      ],
    });
    expect(await scene.values("SELECT v FROM d ORDER BY id")).toEqual(["last", "other"]);
    expect(await scene.values("SELECT v FROM d__kids ORDER BY v")).toEqual([3, 4]);
  });

  it.each(["delete-insert", "upsert"] as const)(
    "%s keeps nested rows whose ids are the same in the data",
    async (strategy) => {
      const of = (occurrence: string): Line => (strategy === "upsert" ? { [OCCURRENCE]: occurrence } : {});
      const [root, kids] = merged(strategy);
      if (root === undefined || kids === undefined) throw new RangeError("no tables");
      await scene.load([root, kids], {
        d: [
          { id: 1, _dlt_id: "k1", ...of("p") },
          { id: 2, _dlt_id: "k2", ...of("q") },
        ],
        d__kids: [
          nestedRow("k1", 0, 1, { _dlt_id: "same", ...of("p") }),
          nestedRow("k1", 1, 2, { _dlt_id: "same", ...of("p") }),
          nestedRow("k2", 0, 3, { _dlt_id: "same", ...of("q") }),
        ],
      });
      expect(await scene.values("SELECT v FROM d__kids ORDER BY v")).toEqual([1, 2, 3]);
    },
  );

  it("takes nested rows once when the data bring a root row twice, with its id", async () => {
    const again = [1, 2].map(() => ({ id: 1, _dlt_id: "k1" }));
    await scene.load(merged("delete-insert"), {
      d: [...again, { id: 2, _dlt_id: "k2" }],
      d__kids: [...again.map(() => nestedRow("k1", 0, 1)), nestedRow("k1", 1, 2), nestedRow("k2", 0, 3)],
    });
    expect(await scene.values("SELECT v FROM d__kids ORDER BY v")).toEqual([1, 2, 3]);
  });

  it("loads the same twice without a change", async () => {
    for (const strategy of ["delete-insert", "upsert", "insert-only"] as const) {
      const table = rootTable(
        `t_${strategy.replace("-", "_")}`,
        { id: primaryKey(), v: "text" },
        { write_disposition: "merge", "x-merge-strategy": strategy },
      );
      for (const _ of [1, 2])
        await scene.load([table], { [table.name]: [1, 2, 3].map((id) => ({ id, v: `${id}`, _dlt_id: `k${id}` })) });
      expect(await scene.values(`SELECT v FROM ${table.name} ORDER BY id`)).toEqual(["1", "2", "3"]);
    }
  });
});
