import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { historyTable, type Line, LoadScene, nestedTable, primaryKey, rootTable, storedSchema } from "../../test/support/load-scene.js";
import type { StateRow } from "../destinations/destination.js";
import type { MergeStrategy, TableSchema } from "../schema/model.js";
import { loadsTable, versionTable } from "../schema/system-tables.js";
import { MissingKeyError, PublishError } from "./errors.js";
import { assertMergeable } from "./mergeable.js";
import { publish } from "./publish.js";

const state: StateRow = { version: 3, engine_version: 4, pipeline_name: "p", state: "eJw=", created_at: "2024-01-01T00:00:00.123456Z", version_hash: "abc" };
const orders = rootTable("orders", { id: "bigint", v: "text" });
const items = nestedTable("orders__items", "orders", { n: "bigint" });
const order = (id: number, v = "x"): Line => ({ id, v, _dlt_id: `o${id}` });
const item = (parent: number, index: number): Line => ({ n: index, _dlt_parent_id: `o${parent}`, _dlt_list_idx: index, _dlt_id: `i${parent}.${index}` });

describe("publish", () => {
  let scene: LoadScene;
  beforeEach(async () => {
    scene = await LoadScene.create();
  });
  afterEach(() => scene.remove());

  it("makes the system tables as dlt makes them, and writes their rows", async () => {
    await scene.load([orders], { orders: [order(1)] }, { loadId: "1.5", startedAt: "2024-05-01T10:00:00Z", state });
    // Recorded from a dataset made by dlt 1.31.
    expect(await scene.values(`SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable) FROM information_schema.columns
      WHERE table_schema = 'ds' AND table_name LIKE '\\_dlt%' ESCAPE '\\' ORDER BY table_name, ordinal_position`)).toEqual([
      "_dlt_loads load_id VARCHAR NO",
      "_dlt_loads schema_name VARCHAR YES",
      "_dlt_loads status BIGINT NO",
      "_dlt_loads inserted_at TIMESTAMP WITH TIME ZONE NO",
      "_dlt_loads schema_version_hash VARCHAR YES",
      "_dlt_pipeline_state version BIGINT NO",
      "_dlt_pipeline_state engine_version BIGINT NO",
      "_dlt_pipeline_state pipeline_name VARCHAR NO",
      "_dlt_pipeline_state state VARCHAR NO",
      "_dlt_pipeline_state created_at TIMESTAMP WITH TIME ZONE NO",
      "_dlt_pipeline_state version_hash VARCHAR YES",
      "_dlt_pipeline_state _dlt_load_id VARCHAR NO",
      "_dlt_pipeline_state _dlt_id VARCHAR NO",
      "_dlt_version version BIGINT NO",
      "_dlt_version engine_version BIGINT NO",
      "_dlt_version inserted_at TIMESTAMP WITH TIME ZONE NO",
      "_dlt_version schema_name VARCHAR NO",
      "_dlt_version version_hash VARCHAR NO",
      "_dlt_version schema VARCHAR NO",
    ]);
    expect(await scene.query("SELECT * FROM _dlt_loads")).toEqual([{ load_id: "1.5", schema_name: "shop", status: 0, inserted_at: "2024-05-01T10:00:00Z", schema_version_hash: "v1" }]);
    await scene.withSession(async (session) => {
      expect(await session.readState("ds", "p")).toEqual(state);
      expect(await session.readState("ds", "other")).toBeUndefined();
      expect(await session.readSchema("ds", "shop")).toEqual(storedSchema([orders]));
      expect(await session.isLoaded("ds", "1.5")).toBe(true);
      expect(await session.isLoaded("ds", "1.6")).toBe(false);
    });
  });

  it("stores a schema version once and a state with its newest load", async () => {
    await scene.load([orders], {}, { version: "v1", state });
    await scene.load([orders], {}, { version: "v1" });
    await scene.load([orders], {}, { version: "v2", state: { ...state, version: 4 } });
    expect(await scene.values("SELECT version_hash FROM _dlt_version ORDER BY inserted_at")).toEqual(["v1", "v2"]);
    expect(await scene.values("SELECT count(*) FROM _dlt_loads")).toEqual([3]);
    await scene.change("UPDATE ds._dlt_loads SET status = 1 WHERE load_id = '1700000003.5'");
    expect((await scene.withSession((session) => session.readState("ds", "p")))?.version).toBe(3);
  });

  it("reads nothing from where nothing is", async () => {
    await scene.withSession(async (session) => {
      expect(await session.readState("ds", "p")).toBeUndefined();
      expect(await session.readSchema("ds", "shop")).toBeUndefined();
      expect(await session.isLoaded("ds", "1")).toBe(false);
      expect(await session.tables("ds")).toEqual([]);
      expect(await session.isExactAsDouble("ds", "t", "c")).toBe(true);
      await session.dropDataset("ds");
    });
  });

  it("does nothing for a load id that is there", async () => {
    const plan = await scene.plan([orders, items], { orders: [order(1)], orders__items: [item(1, 0)] }, { state });
    const first = await scene.withSession((session) => publish(session, plan));
    expect([first.applied, ...first.inserted]).toEqual([true, ["orders", 1], ["orders__items", 1]]);
    const before = await scene.contents();
    expect((await scene.withSession((session) => publish(session, plan))).applied).toBe(false);
    expect(await scene.contents()).toEqual(before);
  });

  it("loads several files in their order, and plans without rows", async () => {
    const parts = [0, 1, 2].map((part) => Array.from({ length: 100 }, (_, i) => order(part * 100 + i)));
    await scene.load([orders], { orders: parts });
    await scene.load([orders, items], { orders: [], orders__items: [] });
    expect(await scene.values("SELECT id FROM orders")).toEqual(Array.from({ length: 300 }, (_, i) => i));
    expect(await scene.values("SELECT DISTINCT _dlt_load_id FROM orders")).toEqual(["1700000001.5"]);
  });

  it("replaces the whole chain, also when no row came", async () => {
    const tables = [{ ...orders, write_disposition: "replace" as const }, items];
    await scene.load(tables, { orders: [order(1), order(2)], orders__items: [item(1, 0)] }, { replaced: ["orders"] });
    await scene.load(tables, { orders: [order(3)] }, { replaced: ["orders"] });
    expect(await scene.values("SELECT id FROM orders")).toEqual([3]);
    expect(await scene.values("SELECT count(*) FROM orders__items")).toEqual([0]);
    await scene.load(tables, {}, { replaced: ["orders"] });
    expect(await scene.values("SELECT count(*) FROM orders")).toEqual([0]);
  });

  it("drops and empties tables before it loads, and passes over those that are not there", async () => {
    await scene.load([orders, items], { orders: [order(1)], orders__items: [item(1, 0)] });
    await scene.load([orders, items], { orders: [order(2)] }, { truncateTables: ["orders", "orders__items", "nothing"] });
    expect(await scene.values("SELECT id FROM orders")).toEqual([2]);
    const fresh = rootTable("orders", { id: "text" });
    await scene.load([fresh], { orders: [{ id: "a", _dlt_id: "a" }] }, { dropTables: ["orders", "orders__items", "nothing"] });
    expect(await scene.query("SELECT * FROM orders")).toEqual([{ id: "a", _dlt_load_id: "1700000003.5", _dlt_id: "a" }]);
    expect(await scene.withSession((session) => session.tables("ds"))).not.toContain("orders__items");
  });

  it("leaves tables with disposition skip, and tables that were only declared, alone", async () => {
    await scene.load([{ ...orders, write_disposition: "skip" }, rootTable("later", { id: {} }, { "x-normalizer": {} })], { orders: [order(1)] });
    expect(await scene.values("SELECT count(*) FROM orders")).toEqual([0]);
    expect(await scene.withSession((session) => session.tables("ds"))).not.toContain("later");
  });

  it("publishes several sources with one load id", async () => {
    const a = await scene.plan([orders], { orders: [order(1)] }, { version: "a" });
    const b = await scene.plan([rootTable("people", { name: "text" })], { people: [{ name: "A", _dlt_id: "p" }] }, { version: "b" });
    const sources = [...a.sources, ...b.sources.map((source) => ({ ...source, schema: { ...source.schema, name: "crm" } }))];
    await scene.withSession((session) => publish(session, { ...a, sources }));
    expect(await scene.query("SELECT schema_name, schema_version_hash AS hash FROM _dlt_loads ORDER BY 1")).toEqual([{ schema_name: "crm", hash: "b" }, { schema_name: "shop", hash: "a" }]);
  });

  it("takes every type as the normaliser writes it, exactly", async () => {
    const types = rootTable("types", {
      i: "bigint", d: "double", b: "bool", s: "text", t: "timestamp", n: { data_type: "timestamp", timezone: false }, day: "date", time: "time", j: "json", x: "binary", w: "wei", m: "decimal",
      m2: { data_type: "decimal", precision: 10, scale: 2 }, small: { data_type: "bigint", precision: 16 }, huge: { data_type: "bigint", precision: 128 },
    });
    const line =
      '{"i":9223372036854775807,"d":0.1,"b":true,"s":"q\'\\"\\u0001ü","t":"2024-01-31T10:00:00.123456Z","n":"2024-01-31T10:00:00Z","day":"2024-02-29","time":"10:00:00.5","j":"{\\"a\\":2.50}","x":"AP8=","w":"99999999999999999999999999999999999999","m":"12345678901234567890123456789.123456789","m2":"1.5","small":-32768,"huge":170141183460469231731687303715884105727,"_dlt_id":"1"}';
    await scene.load([types], { types: [line, '{"d":1e300,"m":-0.5,"i":-5,"j":"[]","_dlt_id":"2"}', '{"_dlt_id":"3"}'] });
    const [first, second, third] = await scene.query("SELECT * EXCLUDE (_dlt_load_id, _dlt_id) FROM types ORDER BY _dlt_id");
    expect(first).toEqual({
      i: 9223372036854775807n, d: 0.1, b: true, s: "q'\"\u0001ü", t: "2024-01-31T10:00:00.123456Z", n: "2024-01-31T10:00:00", day: "2024-02-29", time: "10:00:00.5", j: '{"a":2.50}',
      x: Uint8Array.of(0, 255), w: 99999999999999999999999999999999999999n, m: "12345678901234567890123456789.123456789", m2: "1.50", small: -32768, huge: 170141183460469231731687303715884105727n,
    });
    expect(second).toMatchObject({ d: 1e300, m: "-0.500000000", i: -5, j: "[]" });
    expect(new Set(Object.values(third ?? {}))).toEqual(new Set([null]));
  });

  it("reads lines that are longer than the engine's default", async () => {
    const long = "x".repeat(20 << 20);
    await scene.load([orders], { orders: [order(1), order(2, long), order(3), order(4, `${long}${long}`)] });
    expect(await scene.values("SELECT length(v) FROM orders ORDER BY id")).toEqual([1, long.length, 1, 2 * long.length]);
  });
});

describe("a publish that is refused", () => {
  let scene: LoadScene;
  beforeEach(async () => {
    scene = await LoadScene.create();
  });
  afterEach(() => scene.remove());

  async function refusal(...args: Parameters<LoadScene["load"]>): Promise<PublishError> {
    const error = await scene.load(...args).catch((cause: unknown) => cause);
    if (!(error instanceof PublishError)) throw new Error("expected a PublishError", { cause: error });
    expect(error.code).toBe("SLUICE_PUBLISH");
    return error;
  }

  const chain = (strategy: MergeStrategy): TableSchema[] => {
    const columns = { id: primaryKey(), v: "bigint" } as const;
    const root = strategy === "scd2" ? historyTable("d", columns) : rootTable("d", columns, { write_disposition: "merge", "x-merge-strategy": strategy });
    return [root, nestedTable("d__kids", "d", { v: "bigint" })];
  };
  const rows = (load: string, v: number): Record<string, Line[]> => ({
    d: [1, 2, 3].map((id) => ({ id, v, _dlt_id: `${load}${id}` })),
    d__kids: [1, 2, 3].map((id) => ({ v, _dlt_parent_id: `${load}${id}`, _dlt_root_id: `${load}${id}`, _dlt_list_idx: 0, _dlt_id: `${load}${id}.0` })),
  });

  it.each(["delete-insert", "upsert", "scd2"] as const)("in the middle of a merge (%s) leaves rows, schema, state and loads as they were", async (strategy) => {
    await scene.load(chain(strategy), rows("a", 1), { state });
    // A user may have put a constraint on a table; here it makes the last statement of the merge fail.
    const columns = (await scene.query("DESCRIBE d__kids")).map((column) => `"${String(column["column_name"])}" ${String(column["column_type"])}`);
    await scene.change(
      `CREATE TABLE ds.checked (${columns.join(", ")}, CHECK (v < 5))`,
      "INSERT INTO ds.checked SELECT * FROM ds.d__kids",
      "DROP TABLE ds.d__kids",
      "ALTER TABLE ds.checked RENAME TO d__kids",
    );
    const before = await scene.contents();
    const wider = chain(strategy).map((table) => ({ ...table, columns: { ...table.columns, extra: { name: "extra", data_type: "text" as const } } }));
    const error = await refusal(wider, rows("b", 7), { version: "v2", state: { ...state, version: 9 } });
    expect(error.place).toMatchObject({ table: "d__kids" });
    expect(error.message).toContain("CHECK constraint failed");
    expect(await scene.contents()).toEqual(before);
    await scene.load(wider, rows("b", 4), { version: "v2" });
    expect(await scene.values("SELECT DISTINCT v FROM d__kids ORDER BY 1")).toEqual(strategy === "scd2" ? [1, 4] : [4]);
  });

  it("names the column that must not be null and says what to do", async () => {
    await scene.load([orders], { orders: [order(1)] });
    await scene.change("ALTER TABLE ds.orders ADD COLUMN mine TEXT DEFAULT 'x'", "ALTER TABLE ds.orders ALTER COLUMN v SET NOT NULL");
    const error = await refusal([orders], { orders: [order(2), { id: 3, _dlt_id: "o3" }] });
    expect(error.place).toMatchObject({ table: "orders", column: "v" });
    expect(error.hint).toContain("DROP NOT NULL");
    expect(await scene.query("SELECT id, mine FROM orders")).toEqual([{ id: 1, mine: "x" }]);
  });

  it.each([
    ["bigint", "abc"],
    ["timestamp", "yesterday"],
    ["decimal", "1,5"],
    ["json", "{bad"],
    ["date", "2024-02-30"],
    ["binary", "%%"],
  ] as const)("names the value that is no %s", async (type, value) => {
    const table = rootTable("orders", { id: "bigint", wrong: type });
    const error = await refusal([table], { orders: [{ id: 1, _dlt_id: "a" }, { id: 2, wrong: value, _dlt_id: "b" }] });
    expect(error.message).toContain(`column "wrong": value ${JSON.stringify(value)}`);
    expect(error.message).not.toMatch(/auto_detect|LINE 1/);
    expect(await scene.withSession((session) => session.tables("ds"))).toEqual([]);
  });

  it("says so when a segment is damaged or gone", async () => {
    const damaged = await refusal([orders], { orders: ['{"id":1'] });
    expect(damaged.message).toContain("Malformed JSON");
    const plan = await scene.plan([orders], { orders: [order(1)] });
    const [source] = plan.sources;
    if (source === undefined) throw new Error("no source");
    const gone = { ...plan, sources: [{ ...source, segments: [{ table: "orders", files: [join(scene.folder, "gone.jsonl")], rows: 1 }] }] };
    await expect(scene.withSession((session) => publish(session, gone))).rejects.toThrow(/gone\.jsonl/);
  });

  it("does not merge by a key that no row has, or without a key", async () => {
    const keyless = rootTable("orders", { id: { nullable: false, primary_key: true }, v: "text" }, { write_disposition: "merge" });
    expect((await refusal([keyless], { orders: [{ v: "x", _dlt_id: "a" }] })).hint).toContain("v, _dlt_load_id, _dlt_id");
    await expect(scene.load([{ ...orders, write_disposition: "merge" }], { orders: [order(1)] })).rejects.toThrow(MissingKeyError);
  });

  it("survives statements in names", async () => {
    const nasty = `x"; DROP TABLE t; --'`;
    const other = await LoadScene.create(`it's "here".duckdb`);
    try {
      const table = rootTable(nasty, { [nasty]: primaryKey("text") }, { write_disposition: "merge" });
      const nested = nestedTable(`${nasty}__k`, nasty, { [nasty]: "text" });
      for (const id of ["1", "2"]) {
        await other.load([table, nested], { [nasty]: [{ [nasty]: "k'", _dlt_id: id }], [nested.name]: [{ [nasty]: id, _dlt_parent_id: id, _dlt_list_idx: 0, _dlt_id: `${id}0` }] }, { dataset: nasty });
      }
      await other.withSession(async (session) => {
        expect(await session.tables(nasty)).toEqual(["_dlt_loads", "_dlt_pipeline_state", "_dlt_version", nasty, nested.name]);
        const rows: Line[] = [];
        for await (const row of session.query(`SELECT * FROM ${session.qualify(nasty, nested.name)}`)) rows.push(row);
        expect(rows).toMatchObject([{ [nasty]: "2" }]);
        await session.dropDataset(nasty);
        expect(await session.tables(nasty)).toEqual([]);
      });
    } finally {
      await other.remove();
    }
  });

  it("loads into a dataset that is called like the database", async () => {
    const same = await LoadScene.create("ds.duckdb");
    try {
      await same.load([orders], { orders: [order(1)] });
      expect(await same.values("SELECT id FROM orders")).toEqual([1]);
    } finally {
      await same.remove();
    }
  });

  it("is a destination error when the file is no database", async () => {
    await writeFile(scene.database, "not a database, whatever its name says");
    await expect(scene.load([orders], {})).rejects.toMatchObject({ code: "SLUICE_DESTINATION" });
  });
});

describe("assertMergeable", () => {
  const schemaOf = (strategy: MergeStrategy, key?: "primary_key" | "merge_key"): { tables: Record<string, TableSchema> } => {
    const root = rootTable("issues", { id: { data_type: "bigint", ...(key === undefined ? {} : { [key]: true }) } }, { write_disposition: "merge", "x-merge-strategy": strategy });
    return { tables: { issues: root, _dlt_loads: loadsTable(), _dlt_version: versionTable() } };
  };

  it("passes tables that have the key that their strategy needs", () => {
    for (const schema of [schemaOf("delete-insert", "primary_key"), schemaOf("delete-insert", "merge_key"), schemaOf("upsert", "primary_key"), schemaOf("insert-only", "primary_key"), schemaOf("scd2")]) {
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
