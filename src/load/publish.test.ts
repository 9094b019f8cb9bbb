import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Line,
  LoadScene,
  nestedTable,
  primaryKey,
  rootTable,
  storedSchema,
} from "../../test/support/load-scene.js";
import type { StateRow } from "../destinations/destination.js";
import { publish } from "./publish.js";

const state: StateRow = {
  version: 3,
  engine_version: 4,
  pipeline_name: "p",
  state: "eJw=",
  created_at: "2024-01-01T00:00:00.123456Z",
  version_hash: "abc",
};
const orders = rootTable("orders", { id: "bigint", v: "text" });
const items = nestedTable("orders__items", "orders", { n: "bigint" });
const order = (id: number, v = "x"): Line => ({ id, v, _dlt_id: `o${id}` });
const item = (parent: number, index: number): Line => ({
  n: index,
  _dlt_parent_id: `o${parent}`,
  _dlt_list_idx: index,
  _dlt_id: `i${parent}.${index}`,
});

describe("publish", () => {
  let scene: LoadScene;
  beforeEach(async () => {
    scene = await LoadScene.create();
  });
  afterEach(() => scene.remove());

  it("makes the system tables as dlt makes them, and writes their rows", async () => {
    await scene.load([orders], { orders: [order(1)] }, { loadId: "1.5", startedAt: "2024-05-01T10:00:00Z", state });
    // Recorded from a dataset made by dlt 1.31.
    expect(
      await scene.values(`SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable) FROM information_schema.columns
      WHERE table_schema = 'ds' AND table_name LIKE '\\_dlt%' ESCAPE '\\' ORDER BY table_name, ordinal_position`),
    ).toEqual([
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
    expect(await scene.query("SELECT * FROM _dlt_loads")).toEqual([
      {
        load_id: "1.5",
        schema_name: "shop",
        status: 0,
        inserted_at: "2024-05-01T10:00:00Z",
        schema_version_hash: "v1",
      },
    ]);
    await scene.withSession(async (session) => {
      expect(await session.readState("ds", "p")).toEqual(state);
      expect(await session.readState("ds", "other")).toBeUndefined();
      expect(await session.readSchema("ds", "shop")).toEqual(storedSchema([orders]));
      expect(await session.isLoaded("ds", "1.5")).toBe(true);
      expect(await session.isLoaded("ds", "1.6")).toBe(false);
    });
  });

  it.each([
    ["appended", {}],
    ["merged", { write_disposition: "merge" }],
  ] as const)("refuses a package whose %s rows are more or fewer than were written", async (_how, props) => {
    const table = rootTable("orders", { id: primaryKey(), v: "text" }, props);
    for (const rows of [1, 3]) {
      const plan = await scene.plan([table], { orders: [order(1), order(2)] });
      const sources = plan.sources.map((source) => ({
        ...source,
        segments: source.segments.map((segment) => ({ ...segment, rows })),
      }));
      await expect(scene.withSession((session) => publish(session, { ...plan, sources }))).rejects.toMatchObject({
        code: "SLUICE_PUBLISH",
        rejected: true,
        message: expect.stringContaining(
          `The load package is damaged: 2 rows of table "orders" are in its files, and ${rows} were written; nothing was changed`,
        ),
      });
    }
    expect(await scene.query("FROM duckdb_tables()")).toEqual([]);
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
    await scene.load(
      [orders, items],
      { orders: [order(2)] },
      { truncateTables: ["orders", "orders__items", "nothing"] },
    );
    expect(await scene.values("SELECT id FROM orders")).toEqual([2]);
    const fresh = rootTable("orders", { id: "text" });
    await scene.load(
      [fresh],
      { orders: [{ id: "a", _dlt_id: "a" }] },
      { dropTables: ["orders", "orders__items", "nothing"] },
    );
    expect(await scene.query("SELECT * FROM orders")).toEqual([
      { id: "a", _dlt_load_id: "1700000003.5", _dlt_id: "a" },
    ]);
    expect(await scene.withSession((session) => session.tables("ds"))).not.toContain("orders__items");
  });

  it("leaves tables with disposition skip, and tables that were only declared, alone", async () => {
    await scene.load(
      [{ ...orders, write_disposition: "skip" }, rootTable("later", { id: {} }, { "x-normalizer": {} })],
      { orders: [order(1)] },
    );
    expect(await scene.values("SELECT count(*) FROM orders")).toEqual([0]);
    expect(await scene.withSession((session) => session.tables("ds"))).not.toContain("later");
  });

  it("publishes several sources with one load id", async () => {
    const a = await scene.plan([orders], { orders: [order(1)] }, { version: "a" });
    const b = await scene.plan(
      [rootTable("people", { name: "text" })],
      { people: [{ name: "A", _dlt_id: "p" }] },
      { version: "b" },
    );
    const sources = [
      ...a.sources,
      ...b.sources.map((source) => ({ ...source, schema: { ...source.schema, name: "crm" } })),
    ];
    await scene.withSession((session) => publish(session, { ...a, sources }));
    expect(await scene.query("SELECT schema_name, schema_version_hash AS hash FROM _dlt_loads ORDER BY 1")).toEqual([
      { schema_name: "crm", hash: "b" },
      { schema_name: "shop", hash: "a" },
    ]);
  });

  it("takes its turn when others publish to the same database at the same time", async () => {
    const one = await scene.plan([orders], { orders: [order(1)] });
    const plans = [
      one,
      await scene.plan([rootTable("orders", { id: "double", more: "text" })], { orders: [{ ...order(2), more: "m" }] }),
      await scene.plan([{ ...orders, write_disposition: "replace" }], { orders: [order(3)] }, { replaced: ["orders"] }),
      await scene.plan([orders], { orders: [order(4)] }, { dataset: "other" }),
      await scene.plan([rootTable("people", { id: "bigint" })], { people: [order(5)] }),
      one,
    ];
    const limits = () => scene.values("SELECT current_setting('memory_limit') || current_setting('threads')");
    const results = await scene.withSession(async (first) => {
      await first.transaction(async () => undefined);
      const before = await limits();
      const published = await Promise.all(plans.map((plan) => scene.withSession((session) => publish(session, plan))));
      expect(await limits()).toEqual(before); // Those for publishing are set for the whole database.
      return published;
    });
    expect(results.filter((result) => result.applied)).toHaveLength(5); // Whichever came first: one load is there twice.
    expect(await scene.values("SELECT count(*) FROM _dlt_loads")).toEqual([4]);
    expect(await scene.values("SELECT id FROM ds.orders UNION ALL SELECT id FROM other.orders")).toEqual(
      expect.arrayContaining([3, 4]),
    );
  });

  it("knows the newest load, its id read as a number", async () => {
    const last = (): Promise<string | undefined> => scene.withSession((session) => session.lastLoadId("ds"));
    expect(await last()).toBeUndefined();
    for (const loadId of ["9.5", "1700000000.25", "1700000000.3", "999999999.75"])
      await scene.load([orders], {}, { loadId });
    expect(await last()).toBe("1700000000.3");
    await scene.change("INSERT INTO ds._dlt_loads (load_id, status, inserted_at) VALUES ('z', 0, now())");
    expect(await last()).toBe("1700000000.3");
    await scene.change("DELETE FROM ds._dlt_loads");
    expect(await last()).toBeUndefined();
  });

  it("takes every type as the normaliser writes it, exactly", async () => {
    const types = rootTable("types", {
      i: "bigint",
      d: "double",
      b: "bool",
      s: "text",
      t: "timestamp",
      n: { data_type: "timestamp", timezone: false },
      day: "date",
      time: "time",
      j: "json",
      x: "binary",
      w: "wei",
      m: "decimal",
      m2: { data_type: "decimal", precision: 10, scale: 2 },
      small: { data_type: "bigint", precision: 16 },
      huge: { data_type: "bigint", precision: 128 },
    });
    const line =
      '{"i":9223372036854775807,"d":0.1,"b":true,"s":"q\'\\"\\u0001ü","t":"2024-01-31T10:00:00.123456Z","n":"2024-01-31T10:00:00Z","day":"2024-02-29","time":"10:00:00.5","j":"{\\"a\\":2.50}","x":"AP8=","w":"99999999999999999999999999999999999999","m":"12345678901234567890123456789.123456789","m2":"1.5","small":-32768,"huge":170141183460469231731687303715884105727,"_dlt_id":"1"}';
    await scene.load([types], {
      types: [line, '{"d":1e300,"m":-0.5,"i":-5,"j":"[]","_dlt_id":"2"}', '{"_dlt_id":"3"}'],
    });
    const [first, second, third] = await scene.query(
      "SELECT * EXCLUDE (_dlt_load_id, _dlt_id) FROM types ORDER BY _dlt_id",
    );
    expect(first).toEqual({
      i: 9223372036854775807n,
      d: 0.1,
      b: true,
      s: "q'\"\u0001ü",
      t: "2024-01-31T10:00:00.123456Z",
      n: "2024-01-31T10:00:00",
      day: "2024-02-29",
      time: "10:00:00.5",
      j: '{"a":2.50}',
      x: Uint8Array.of(0, 255),
      w: 99999999999999999999999999999999999999n,
      m: "12345678901234567890123456789.123456789",
      m2: "1.50",
      small: -32768,
      huge: 170141183460469231731687303715884105727n,
    });
    expect(second).toMatchObject({ d: 1e300, m: "-0.500000000", i: -5, j: "[]" });
    expect(new Set(Object.values(third ?? {}))).toEqual(new Set([null]));
  });

  it("reads lines that are longer than the engine's default", async () => {
    const long = "x".repeat(20 << 20);
    await scene.load([orders], { orders: [order(1), order(2, long), order(3), order(4, `${long}${long}`)] });
    expect(await scene.values("SELECT length(v) FROM orders ORDER BY id")).toEqual([
      1,
      long.length,
      1,
      2 * long.length,
    ]);
  });
});
