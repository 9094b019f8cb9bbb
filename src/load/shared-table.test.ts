import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Line, LoadScene, nestedRow, nestedTable, primaryKey, rootTable } from "../../test/support/load-scene.js";
import type { TableSchema } from "../schema/model.js";
import { PublishError } from "./errors.js";

describe("a table that several sources load", () => {
  let scene: LoadScene;
  beforeEach(async () => {
    scene = await LoadScene.create();
  });
  afterEach(() => scene.remove());

  const issues = (columns: Parameters<typeof rootTable>[1], props: Partial<TableSchema> = {}) =>
    rootTable("issues", columns, props);
  const replaced = (columns: Parameters<typeof rootTable>[1]) => issues(columns, { write_disposition: "replace" });
  const issue = (id: string, values: Line = {}): Line => ({ ...values, _dlt_id: id });
  const ids = () => scene.values("SELECT _dlt_id FROM issues ORDER BY 1");
  const typeOf = (column: string) =>
    scene.values(
      `SELECT data_type FROM information_schema.columns WHERE table_name = 'issues' AND column_name = '${column}'`,
    );

  it("is emptied once, before any of them inserts", async () => {
    const tables = [replaced({ n: "bigint" }), nestedTable("issues__kids", "issues", { v: "bigint" })];
    const of = (id: string): Record<string, Line[]> => ({
      issues: [issue(id, { n: 1 })],
      issues__kids: [nestedRow(id, 0, 1)],
    });
    await scene.load(tables, of("old"), { replaced: ["issues"] });
    await scene.loadTogether([tables, of("a"), { replaced: ["issues"] }], [tables, of("b"), { replaced: ["issues"] }]);
    expect(await ids()).toEqual(["a", "b"]);
    expect(await scene.values("SELECT _dlt_parent_id FROM issues__kids ORDER BY 1")).toEqual(["a", "b"]);
  });

  it("keeps what one source appends when another one replaces", async () => {
    const appended = [issues({ n: "bigint" }), nestedTable("issues__kids", "issues", { v: "bigint" })];
    await scene.load(appended, { issues: [issue("old")], issues__kids: [nestedRow("old", 0, 1)] });
    await scene.loadTogether(
      [appended, { issues: [issue("a")], issues__kids: [nestedRow("a", 0, 1)] }],
      [[replaced({ n: "bigint" })], { issues: [issue("b")] }, { replaced: ["issues"] }],
    );
    expect(await ids()).toEqual(["a", "b"]);
    expect(await scene.values("SELECT _dlt_parent_id FROM issues__kids")).toEqual(["a"]);
  });

  it("keeps what one source loads when another one truncates", async () => {
    const table = issues({ n: "bigint" });
    await scene.load([table], { issues: [issue("old")] });
    await scene.loadTogether(
      [[table], { issues: [issue("a")] }],
      [[table], { issues: [issue("b")] }, { truncateTables: ["issues"] }],
    );
    expect(await ids()).toEqual(["a", "b"]);
  });

  it("is brought to all their schemas before rows are deleted or inserted", async () => {
    const old = replaced({ n: "bigint" });
    await scene.load([old], { issues: [issue("old", { n: 1 })] }, { replaced: ["issues"] });
    await scene.loadTogether(
      [[old], { issues: [issue("a", { n: 7 })] }, { replaced: ["issues"] }],
      [
        [replaced({ n: "double", more: "text" })],
        { issues: [issue("b", { n: 1.5, more: "m" })] },
        { replaced: ["issues"] },
      ],
    );
    expect(await scene.query("SELECT n, more, _dlt_id FROM issues ORDER BY _dlt_id")).toEqual([
      { n: 7, more: null, _dlt_id: "a" },
      { n: 1.5, more: "m", _dlt_id: "b" },
    ]);
  });

  it("gets a new column also when it is truncated in the same load", async () => {
    await scene.load([issues({ n: "bigint" })], { issues: [issue("old", { n: 1 })] });
    await scene.load(
      [issues({ n: "double", more: "text" })],
      { issues: [issue("b", { n: 1.5, more: "m" })] },
      { truncateTables: ["issues"] },
    );
    expect(await scene.query("SELECT n, more FROM issues")).toEqual([{ n: 1.5, more: "m" }]);
  });

  it.each([
    ["bigint", 7, "double", 1.5, "DOUBLE", [7, 1.5]],
    ["double", 1.5, "bigint", 7, "DOUBLE", [1.5, 7]],
    ["bigint", 7, "wei", "18446744073709551616", "DECIMAL(38,0)", [7, 18446744073709551616n]],
    ["text", "x", "bigint", 7, "VARCHAR", ["x", "7"]],
    ["timestamp", "2024-01-01T00:00:00Z", "text", "x", "VARCHAR", ["2024-01-01 00:00:00+00", "x"]],
  ] as const)("has one type for %s %j and %s %j", async (a, x, b, y, type, values) => {
    const parts = [
      [[issues({ v: a })], { issues: [issue("a", { v: x })] }],
      [[issues({ v: b })], { issues: [issue("b", { v: y })] }],
    ] as const;
    await scene.loadTogether(...parts.map(([tables, rows]): Parameters<LoadScene["plan"]> => [tables, rows]));
    expect(await scene.values("SELECT v FROM issues ORDER BY _dlt_id")).toEqual(values);
    expect(await typeOf("v")).toEqual([type]);
    // The same two one after the other, over and over.
    for (const [tables, rows] of [...parts, ...parts]) await scene.load(tables, rows);
    expect(await scene.values("SELECT count(*) FROM issues")).toEqual([6]);
    expect(await typeOf("v")).toEqual([type]);
  });

  it("is not retyped by a source that has only seen nulls", async () => {
    const nulls = issues({ v: { data_type: "text", "x-null-only": true } });
    await scene.loadTogether(
      [[issues({ v: "bigint" })], { issues: [issue("a", { v: 7 })] }],
      [[nulls], { issues: [issue("b")] }],
    );
    await scene.load([nulls], { issues: [issue("c")] });
    expect(await scene.values("SELECT v FROM issues ORDER BY _dlt_id")).toEqual([7, null, null]);
  });

  it("requires no value of a column that one of them does not have", async () => {
    await scene.loadTogether(
      [[issues({ must: { data_type: "text", nullable: false } })], { issues: [issue("a", { must: "x" })] }],
      [[issues({})], { issues: [issue("b")] }],
    );
    expect(await scene.values("SELECT must FROM issues ORDER BY _dlt_id")).toEqual(["x", null]);
  });

  it("is refused when their types have nothing in common", async () => {
    const error = await scene
      .loadTogether(
        [[issues({ v: "timestamp" })], { issues: [issue("a", { v: "2024-01-01T00:00:00Z" })] }],
        [[issues({ v: "bigint" })], { issues: [issue("b", { v: 1 })] }],
      )
      .catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(PublishError);
    expect(error).toMatchObject({ rejected: true, place: { table: "issues", column: "v" } });
    expect(await scene.withSession((session) => session.tables("ds"))).toEqual([]);
  });

  it.each(["append", "merge"] as const)(
    "refuses a value that its wider type would change (%s)",
    async (write_disposition) => {
      const table = (type: "double" | "bigint") => issues({ id: primaryKey(), n: type }, { write_disposition });
      await scene.load([table("double")], { issues: [issue("a", { id: 1, n: 1.5 })] });
      await scene.load([table("bigint")], { issues: [issue("b", { id: 2, n: 7 })] });
      const error = await scene
        .load([table("bigint")], {
          issues: [issue("c", { id: 3, n: 8 }), '{"id":4,"n":9007199254740993,"_dlt_id":"d"}'],
        })
        .catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(PublishError);
      expect(error).toMatchObject({ rejected: true, place: { table: "issues", column: "n" } });
      expect(String(error)).toContain("9007199254740993");
      expect(await scene.values("SELECT n FROM issues ORDER BY id")).toEqual([1.5, 7]);
    },
  );

  it("is not widened when another source's values would change", async () => {
    await scene.load([issues({ n: "bigint" })], { issues: ['{"n":9007199254740993,"_dlt_id":"a"}'] });
    await expect(scene.load([issues({ n: "double" })], { issues: [issue("b", { n: 1.5 })] })).rejects.toMatchObject({
      rejected: true,
      place: { table: "issues", column: "n" },
    });
    expect(await scene.values("SELECT n FROM issues")).toEqual([9007199254740993n]);
  });

  it("is merged by a key whose column is wider than the schema's", async () => {
    const merged = (type: "text" | "bigint") =>
      issues({ id: primaryKey(type), v: "text" }, { write_disposition: "merge" });
    await scene.load([merged("text")], { issues: [issue("a", { id: "x", v: "1" }), issue("b", { id: "7", v: "1" })] });
    await scene.load([merged("bigint")], { issues: [issue("c", { id: 7, v: "2" })] });
    expect(await scene.query("SELECT id, v FROM issues ORDER BY id")).toEqual([
      { id: "7", v: "2" },
      { id: "x", v: "1" },
    ]);
  });
});
