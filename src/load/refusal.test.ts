import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  historyTable,
  type Line,
  LoadScene,
  nestedTable,
  primaryKey,
  rootTable,
} from "../../test/support/load-scene.js";
import type { StateRow } from "../destinations/destination.js";
import { duckdb } from "../destinations/duckdb/index.js";
import type { MergeStrategy, TableSchema } from "../schema/model.js";
import { MissingKeyError, PublishError } from "./errors.js";
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
const order = (id: number, v = "x"): Line => ({ id, v, _dlt_id: `o${id}` });

describe("a publish that is refused", () => {
  let scene: LoadScene;
  beforeEach(async () => {
    scene = await LoadScene.create();
  });
  afterEach(() => scene.remove());

  async function refusal(...args: Parameters<LoadScene["load"]>): Promise<PublishError> {
    const error = await scene.load(...args).catch((cause: unknown) => cause);
    if (!(error instanceof PublishError)) throw new Error("expected a PublishError", { cause: error });
    expect(error).toMatchObject({ code: "SLUICE_PUBLISH", rejected: true });
    return error;
  }

  const chain = (strategy: MergeStrategy): TableSchema[] => {
    const columns = { id: primaryKey(), v: "bigint" } as const;
    const root =
      strategy === "scd2"
        ? historyTable("d", columns)
        : rootTable("d", columns, { write_disposition: "merge", "x-merge-strategy": strategy });
    return [root, nestedTable("d__kids", "d", { v: "bigint" })];
  };
  const rows = (load: string, v: number): Record<string, Line[]> => ({
    d: [1, 2, 3].map((id) => ({ id, v, _dlt_id: `${load}${id}` })),
    d__kids: [1, 2, 3].map((id) => ({
      v,
      _dlt_parent_id: `${load}${id}`,
      _dlt_root_id: `${load}${id}`,
      _dlt_list_idx: 0,
      _dlt_id: `${load}${id}.0`,
    })),
  });

  it("by an index made by hand says what to do", async () => {
    const merged = rootTable("d", { id: primaryKey(), v: "bigint" }, { write_disposition: "merge" });
    await scene.load([merged], { d: [{ id: 1, v: 1, _dlt_id: "a" }] });
    await scene.change("CREATE UNIQUE INDEX ix ON ds.d (id)");
    const again = await refusal([merged], { d: [{ id: 1, v: 2, _dlt_id: "b" }] });
    expect(String(again)).toMatch(/unique index or key by hand.*drop it/s);
    const wider = rootTable("d", { id: primaryKey(), v: "double" }, { write_disposition: "merge" });
    const wide = await refusal([wider], { d: [{ id: 2, v: 1.5, _dlt_id: "c" }] });
    expect(String(wide)).toMatch(/made by hand stands in the way.*drop it/s);
    await scene.change("DROP INDEX ds.ix");
    await scene.load([wider], { d: [{ id: 1, v: 1.5, _dlt_id: "b" }] });
  });

  it.each(["delete-insert", "upsert", "scd2"] as const)(
    "in the middle of a merge (%s) leaves rows, schema, state and loads as they were",
    async (strategy) => {
      await scene.load(chain(strategy), rows("a", 1), { state });
      // A user may have put a constraint on a table; here it makes the last statement of the merge fail.
      const columns = (await scene.query("DESCRIBE d__kids")).map(
        (column) => `"${String(column["column_name"])}" ${String(column["column_type"])}`,
      );
      await scene.change(
        `CREATE TABLE ds.checked (${columns.join(", ")}, CHECK (v < 5))`,
        "INSERT INTO ds.checked SELECT * FROM ds.d__kids",
        "DROP TABLE ds.d__kids",
        "ALTER TABLE ds.checked RENAME TO d__kids",
      );
      const before = await scene.contents();
      const wider = chain(strategy).map((table) => ({
        ...table,
        columns: { ...table.columns, extra: { name: "extra", data_type: "text" as const } },
      }));
      const error = await refusal(wider, rows("b", 7), { version: "v2", state: { ...state, version: 9 } });
      expect(error.place).toMatchObject({ table: "d__kids" });
      expect(error.message).toContain("CHECK constraint failed");
      expect(await scene.contents()).toEqual(before);
      await scene.load(wider, rows("b", 4), { version: "v2" });
      expect(await scene.values("SELECT DISTINCT v FROM d__kids ORDER BY 1")).toEqual(
        strategy === "scd2" ? [1, 4] : [4],
      );
    },
  );

  it("names the column that must not be null and says what to do", async () => {
    await scene.load([orders], { orders: [order(1)] });
    await scene.change(
      "ALTER TABLE ds.orders ADD COLUMN mine TEXT DEFAULT 'x'",
      "ALTER TABLE ds.orders ALTER COLUMN v SET NOT NULL",
    );
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
    const error = await refusal([table], {
      orders: [
        { id: 1, _dlt_id: "a" },
        { id: 2, wrong: value, _dlt_id: "b" },
      ],
    });
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
    const gone = {
      ...plan,
      sources: [{ ...source, segments: [{ table: "orders", files: [join(scene.folder, "gone.jsonl")], rows: 1 }] }],
    };
    const error = await scene.withSession((session) => publish(session, gone)).catch((cause: unknown) => cause);
    expect(error).toMatchObject({
      code: "SLUICE_PACKAGE", // The destination is not to blame.
      message: expect.stringMatching(/removed while their run went on: there is no .*gone\.jsonl/),
    });
  });

  it("does not blame the data when the memory does not suffice", async () => {
    const plan = await scene.plan([orders], { orders: [order(1, "x".repeat(1 << 20))] });
    const session = await duckdb({ path: scene.database, memoryLimit: "1MB" }).open();
    try {
      const error = await publish(session, plan).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(PublishError);
      expect(error).toMatchObject({ rejected: false, message: expect.stringContaining("Out of Memory") });
    } finally {
      await session.close();
    }
    expect((await scene.withSession((again) => publish(again, plan))).applied).toBe(true);
  });

  it("does not blame the data for a conflict with another transaction", async () => {
    await scene.load([orders], { orders: [order(1)] });
    const plan = await scene.plan([rootTable("orders", { id: "double" })], { orders: [order(2)] });
    await scene.withSession(async (session) => {
      const other = session.query("BEGIN; ALTER TABLE ds.orders ADD COLUMN mine INTEGER; SELECT * FROM range(100000)");
      const rows = other[Symbol.asyncIterator]();
      await rows.next();
      const error = await publish(session, plan).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(PublishError);
      expect(error).toMatchObject({ rejected: false, message: expect.stringMatching(/conflict/i) });
      await rows.return?.();
      expect((await publish(session, plan)).applied).toBe(true);
    });
  });

  it("does not merge by a key that no row has, or without a key", async () => {
    const keyless = rootTable(
      "orders",
      { id: { nullable: false, primary_key: true }, v: "text" },
      { write_disposition: "merge" },
    );
    expect((await refusal([keyless], { orders: [{ v: "x", _dlt_id: "a" }] })).hint).toContain(
      "v, _dlt_load_id, _dlt_id",
    );
    await expect(scene.load([{ ...orders, write_disposition: "merge" }], { orders: [order(1)] })).rejects.toThrow(
      MissingKeyError,
    );
  });

  it("survives statements in names", async () => {
    const nasty = `x"; DROP TABLE t; --'`;
    const other = await LoadScene.create(`it's "here".duckdb`);
    try {
      const table = rootTable(nasty, { [nasty]: primaryKey("text") }, { write_disposition: "merge" });
      const nested = nestedTable(`${nasty}__k`, nasty, { [nasty]: "text" });
      for (const id of ["1", "2"]) {
        await other.load(
          [table, nested],
          {
            [nasty]: [{ [nasty]: "k'", _dlt_id: id }],
            [nested.name]: [{ [nasty]: id, _dlt_parent_id: id, _dlt_list_idx: 0, _dlt_id: `${id}0` }],
          },
          { dataset: nasty },
        );
      }
      await other.withSession(async (session) => {
        expect(await session.tables(nasty)).toEqual([
          "_dlt_loads",
          "_dlt_pipeline_state",
          "_dlt_version",
          nasty,
          nested.name,
        ]);
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
