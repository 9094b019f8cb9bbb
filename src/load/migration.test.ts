import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Line, LoadScene, primaryKey, rootTable } from "../../test/support/load-scene.js";
import type { ColumnSchema } from "../schema/model.js";
import { PublishError } from "./errors.js";

type Type = Omit<Partial<ColumnSchema>, "name">;

describe("schema migration", () => {
  let scene: LoadScene;
  beforeEach(async () => {
    scene = await LoadScene.create();
  });
  afterEach(() => scene.remove());

  const table = (columns: Parameters<typeof rootTable>[1]) => rootTable("t", columns);
  const row = (id: string, values: Line = {}): Line => ({ ...values, _dlt_id: id });
  const describeTable = () =>
    scene.query(
      "SELECT column_name AS name, data_type AS type, is_nullable = 'YES' AS nullable FROM information_schema.columns WHERE table_name = 't' ORDER BY ordinal_position",
    );

  it("creates columns that have a type, not-null ones NOT NULL, and no keys or indexes", async () => {
    await scene.load([table({ id: primaryKey(), v: "text", never: { nullable: false } })], {
      t: [row("a", { id: 1 })],
    });
    expect(await describeTable()).toEqual([
      { name: "id", type: "BIGINT", nullable: false },
      { name: "v", type: "VARCHAR", nullable: true },
      { name: "_dlt_load_id", type: "VARCHAR", nullable: false },
      { name: "_dlt_id", type: "VARCHAR", nullable: false },
    ]);
    expect(await scene.values("SELECT count(*) FROM duckdb_constraints() WHERE constraint_type <> 'NOT NULL'")).toEqual(
      [0],
    );
    expect(await scene.values("SELECT count(*) FROM duckdb_indexes()")).toEqual([0]);
  });

  it("adds columns as nullable, finds present ones in any case, and keeps those that it does not know", async () => {
    await scene.load([table({ v: "text" })], { t: [row("a", { v: "x" })] });
    await scene.change("ALTER TABLE ds.t ADD COLUMN mine INTEGER DEFAULT 7", "ALTER TABLE ds.t RENAME COLUMN v TO V");
    await scene.load([table({ v: "text", more: { data_type: "text", nullable: false } })], {
      t: [row("b", { v: "y", more: "m" })],
    });
    expect(await scene.query("SELECT V AS v, mine, more FROM t ORDER BY _dlt_id")).toEqual([
      { v: "x", mine: 7, more: null },
      { v: "y", mine: 7, more: "m" },
    ]);
  });

  const widenings: readonly [
    from: Type,
    value: unknown,
    to: Type,
    next: unknown,
    values: readonly unknown[],
    type: string,
  ][] = [
    [{ data_type: "bigint" }, 1, { data_type: "double" }, 1.5, [1, 1.5], "DOUBLE"],
    [
      { data_type: "bigint" },
      5,
      { data_type: "wei" },
      "18446744073709551616",
      [5, 18446744073709551616n],
      "DECIMAL(38,0)",
    ],
    [{ data_type: "bigint" }, 5, { data_type: "decimal" }, "0.5", ["5.000000000", "0.500000000"], "DECIMAL(38,9)"],
    [{ data_type: "bigint", precision: 32 }, 5, { data_type: "bigint" }, 2 ** 40, [5, 2 ** 40], "BIGINT"],
    [
      { data_type: "wei" },
      "18446744073709551616",
      { data_type: "text" },
      "many",
      ["18446744073709551616", "many"],
      "VARCHAR",
    ],
    [
      { data_type: "text", "x-null-only": true },
      null,
      { data_type: "timestamp" },
      "2024-01-01T00:00:00Z",
      [null, "2024-01-01T00:00:00Z"],
      "TIMESTAMP WITH TIME ZONE",
    ],
    [{ data_type: "text", "x-null-only": true }, null, { data_type: "json" }, '{"a":1.0}', [null, '{"a":1.0}'], "JSON"],
  ];
  it.each(widenings)("widens %j with %j to %j", async (from, value, to, next, values, type) => {
    await scene.load([table({ v: from })], { t: [row("a", { v: value })] });
    await scene.load([table({ v: to })], { t: [row("b", { v: next })] });
    expect(await scene.values("SELECT v FROM t ORDER BY _dlt_id")).toEqual(values);
    expect((await describeTable()).find(({ name }) => name === "v")).toMatchObject({ type });
  });

  it("uses a column that is wider than need be as it is", async () => {
    await scene.load([table({ v: "wei" })], { t: [row("a", { v: "7" })] });
    await scene.load([table({ v: "bigint" })], { t: [row("b", { v: 8 })] });
    expect(await scene.values("SELECT v FROM t ORDER BY _dlt_id")).toEqual([7, 8]);
  });

  it("refuses a type in which values would change, and says what to do", async () => {
    await scene.load([table({ v: "double" })], { t: [row("a", { v: 1.5 })] });
    const error = await scene
      .load([table({ v: "timestamp" })], { t: [row("b", { v: "2024-01-01T00:00:00Z" })] })
      .catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(PublishError);
    expect(error).toMatchObject({ rejected: true, place: { table: "t", column: "v" } });
    expect(await scene.values("SELECT v FROM t")).toEqual([1.5]);
  });

  it("says that an index stands in the way", async () => {
    await scene.load([table({ v: "bigint" })], { t: [row("a", { v: 1 })] });
    await scene.change("CREATE INDEX mine ON ds.t (v)");
    await expect(scene.load([table({ v: "double" })], { t: [row("b", { v: 1.5 })] })).rejects.toMatchObject({
      hint: expect.stringContaining("index"),
    });
  });

  it("knows which integers a double can hold", async () => {
    await scene.load([table({ v: "bigint", w: "bigint", d: "wei" })], {
      t: [
        '{"v":9007199254740992,"w":9007199254740993,"d":"99999999999999999999999999999999999999","_dlt_id":"a"}',
        row("b", { v: -5 }),
      ],
    });
    await scene.withSession(async (session) => {
      expect(await session.isExactAsDouble("ds", "t", "v")).toBe(true);
      expect(await session.isExactAsDouble("ds", "t", "w")).toBe(false);
      expect(await session.isExactAsDouble("ds", "t", "d")).toBe(false);
      expect(await session.isExactAsDouble("ds", "t", "nothing")).toBe(true);
    });
    // Columns that others made wider already.
    await scene.change("CREATE TABLE ds.wide AS SELECT 1e300 AS d, 'abc' AS s");
    await scene.withSession(async (session) => {
      expect(await session.isExactAsDouble("ds", "wide", "d")).toBe(true);
      expect(await session.isExactAsDouble("ds", "wide", "s")).toBe(true);
    });
  });
});
