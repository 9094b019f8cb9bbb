import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type NamingName, resource, source } from "sluice";
import { type PipelineScene, pipelineScene } from "../support/pipeline-scene.js";

const ROW = { "Key Id": 1, userId: 2, UserID: 3, ünï: { "a b": 4 }, Lst: [5], lst: [6] };

/** Names of the tables and columns that came of a run, without those of the tool. */
async function names(scene: PipelineScene): Promise<string[]> {
  const rows = await scene.pipeline
    .dataset()
    .sql("SELECT table_name AS t, column_name AS c FROM information_schema.columns ORDER BY t, ordinal_position");
  return rows.map(({ t, c }) => `${String(t)}.${String(c)}`).filter((name) => !name.includes("_dlt"));
}

/** The values in an order of their own. */
const textOf = (values: readonly unknown[]): string => values.map(String).sort().join("\n");

const load = (scene: PipelineScene, naming: NamingName, row: object = ROW) =>
  scene.pipeline.run(
    source({ name: "api", naming }, [
      resource({ name: "MyTable", primaryKey: "Key Id", writeDisposition: "merge" }, [row]),
    ]),
  );

describe("naming", () => {
  it.each([
    ["snake_case", ["my_table.key_id", "my_table.user_id", "my_table.user_id_2", "my_table._nx__a_b", "my_table__lst.value", "my_table__lst_2.value"]], // prettier-ignore
    ["direct", ["MyTable.Key Id", "MyTable.userId", "MyTable.UserID_2", "MyTable.ünï▶a b", "MyTable▶Lst.value", "MyTable▶Lst_2.value"]], // prettier-ignore
    ["duck_case", ["MyTable.Key Id", "MyTable.userId", "MyTable.UserID_2", "MyTable.ünï__a b", "MyTable__Lst.value", "MyTable__Lst_2.value"]], // prettier-ignore
    ["sql_cs_v1", ["MyTable.Key_Id", "MyTable.userId", "MyTable.UserID_2", "MyTable._n__a_b", "MyTable__Lst.value", "MyTable__Lst_2.value"]], // prettier-ignore
    ["sql_ci_v1", ["mytable.key_id", "mytable.userid", "mytable.userid_2", "mytable._n__a_b", "mytable__lst.value", "mytable__lst_2.value"]], // prettier-ignore
  ] as const)("by %s keeps keys apart that the database would take for one, in every run", async (naming, expected) => {
    await using scene = await pipelineScene();
    const { warnings } = await load(scene, naming);
    expect(await names(scene)).toEqual(expected);
    expect(warnings.map(({ code }) => code)).toEqual(["name-collision", "name-collision"]);
    await load(scene, naming, { UserID: 30, "Key Id": 1 });
    await load(scene, naming, { UserID: 31, "Key Id": 2, lst: [60] });
    expect(await names(scene)).toEqual(expected);
    const [root = "", , third = ""] = expected.map((name) => name.split(".")[1]);
    const table = expected[0].split(".")[0] ?? "";
    const rows = await scene.pipeline.dataset().table(table).toArray();
    expect(textOf(rows.map((row) => `${String(row[root])} ${String(row[third])}`))).toBe("1 30\n2 31");
    expect(await scene.rows(expected.at(-1)?.split(".")[0] ?? "")).toEqual([{ value: 60 }]);
  });

  it("is that of the pipeline for sources that have none", async () => {
    await using scene = await pipelineScene();
    await scene.again({ naming: "direct" }).run([{ userId: 1 }], { tableName: "MyTable" });
    expect(await names(scene)).toEqual(["MyTable.userId"]);
  });

  it("of tables that hold data changes with drop_sources only", async () => {
    await using scene = await pipelineScene();
    await load(scene, "snake_case");
    await expect(load(scene, "direct")).rejects.toThrow('named by "snake_case"; "direct" would rename them');
    await scene.again({ refresh: "drop_sources" }).run(source({ name: "api", naming: "direct" }, [resource({ name: "A" }, [{ bC: 1 }])])); // prettier-ignore
    expect(await names(scene)).toEqual(["A.bC"]);
  });

  it("that does not exist is refused at once", () => {
    expect(() => source({ name: "api", naming: "snake" as never }, [])).toThrow('no naming convention "snake"');
  });

  it("takes hints for the column that the database has, whatever its case", async () => {
    await using scene = await pipelineScene();
    const run = (primaryKey: string) =>
      scene.again({ naming: "direct" }).run(resource({ name: "t", primaryKey, writeDisposition: "merge" }, [{ ID: 1, _DLT_ID: "own" }])); // prettier-ignore
    await run("id");
    await run("Id");
    expect(await scene.pipeline.dataset().table("t").toArray()).toMatchObject([{ id: 1, _dlt_id: "own" }]);
  });

  it("loses no key of any row", { timeout: 60_000 }, async () => {
    const key = fc.oneof(
      fc.constantFrom(
        "userId",
        "user_id",
        "UserID",
        "a.b",
        "A B",
        "a__b",
        "",
        " ",
        "日本",
        "한국",
        "_dlt_load_id",
        "value",
      ),
      fc.string({ maxLength: 6, unit: "grapheme" }),
    );
    const conventions = ["snake_case", "direct", "duck_case", "sql_cs_v1", "sql_ci_v1"] as const;
    const rows = fc.array(fc.uniqueArray(key, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(rows, async (keysOfRows) => {
        await using scene = await pipelineScene();
        const documents = keysOfRows.map((keys, row) =>
          Object.fromEntries(keys.map((key, n) => [key, `${row}:${n}`] as const)),
        );
        await scene.pipeline.run(conventions.map((naming) => source({ name: naming, naming }, [resource<object>({ name: `t_${naming}x` }, documents)]))); // prettier-ignore
        // `_dlt_load_id` is the load's own.
        const wanted = documents.map((row) => {
          const kept = Object.entries(row).filter(([name]) => name !== "_dlt_load_id");
          return textOf(kept.map(([, value]) => value));
        });
        for (const naming of conventions) {
          const stored = await scene.rows(`t_${naming}x`);
          const values = stored.map((row) => textOf(Object.values(row)));
          expect(textOf(values), naming).toEqual(textOf(wanted));
        }
      }),
      { numRuns: Number(process.env["SLUICE_PROPERTY_RUNS"] ?? 5) },
    );
  });
});

describe("resources whose names become one", () => {
  const two = (first: object, second: object) =>
    source({ name: "api" }, [
      resource({ name: "userItems", ...first }, [{ id: 1, who: "userItems" }]),
      resource({ name: "user_items", ...second }, [{ id: 1, who: "user_items" }]),
    ]);

  it.each([
    ["by convention", two({}, {})],
    ["where one is not chosen for this run", two({}, {}).withResources("userItems")],
    ["by their tableName", two({ tableName: "My Items" }, { tableName: "my_items" })],
  ])("are refused before anything is read: %s", async (_how, clashing) => {
    await using scene = await pipelineScene();
    await expect(scene.pipeline.run(clashing)).rejects.toThrow(
      /Resources "userItems" and "user_items" of source "api" would both load into table "(user|my)_items".*tableName/s,
    );
    expect(await scene.pipeline.dataset().tables()).toEqual([]);
  });

  it("are refused where the database does not tell case apart", async () => {
    await using scene = await pipelineScene();
    const clashing = source({ name: "api", naming: "direct" }, [
      resource({ name: "Users" }, [{ id: 1 }]),
      resource({ name: "users" }, [{ id: 2 }]),
    ]);
    await expect(scene.pipeline.run(clashing)).rejects.toThrow('"Users" and "users"');
  });

  it("may share a table that both name", async () => {
    await using scene = await pipelineScene();
    await scene.pipeline.run(two({ tableName: "items" }, { tableName: "items" }));
    expect(await scene.rows("items")).toHaveLength(2);
  });
});
