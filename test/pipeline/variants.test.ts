import { resource } from "sluice";
import { describe, expect, it } from "vitest";
import { pipelineScene } from "../support/pipeline-scene.js";

describe("values that do not fit", () => {
  it("go to a variant with the type of its first value, and what does not fit that to text beside it", async () => {
    await using scene = await pipelineScene();
    const values = [1, "2024-01-01T00:00:00Z", "x", "2024-01-02T00:00:00Z", "y"];
    await scene.pipeline.run(
      values.map((a, id) => ({ id, a })),
      { tableName: "r" },
    );
    expect(
      await scene.values("select coalesce(a::text, a__v_text::date::text, a__v_text__v_text) from r order by id"),
    ).toEqual(["1", "2024-01-01", "x", "2024-01-02", "y"]);
  });

  it.each([
    ["the key", [{ id: 0, value: 1, value__v_text: "own" }], "value__v_text", "value__v_text_2"],
    [
      "the variant",
      [
        { id: -1, value: 1 },
        { id: 0, value: "0" },
      ],
      "value__v_text_2",
      "value__v_text",
    ],
  ])(
    "go to a variant that is kept apart from a key of its name, in every run: %s was first",
    async (_first, rows, key, variant) => {
      await using scene = await pipelineScene();
      await scene.pipeline.run(rows, { tableName: "r" });
      const later = [
        { id: 1, value: "a", value__v_text: "own a" },
        { id: 2, value__v_text: "own b", value: "b" },
        { id: 3, value: "c" },
        { id: 4, value__v_text: "own d" },
      ];
      for (const run of [1, 2]) {
        const { warnings } = await scene.pipeline.run(
          later.map((row) => ({ ...row, run })),
          { tableName: "r" },
        );
        expect(warnings.map(({ code }) => code)).toEqual(["name-collision"]);
        const columns = `SELECT concat_ws(',', id, "${variant}", "${key}") FROM r WHERE run = ${run} ORDER BY id`;
        expect(await scene.values(columns)).toEqual(["1,a,own a", "2,b,own b", "3,c", "4,own d"]);
      }
    },
  );

  it("are counted where numbers become times that nobody declared", async () => {
    await using scene = await pipelineScene();
    const rows = [{ at: "2024-01-01T00:00:00Z" }, { at: 2024 }, { at: 7n }];
    const { warnings } = await scene.pipeline.run(rows, { tableName: "r" });
    expect(warnings).toMatchObject([{ code: "value-converted", table: "r", column: "at", count: 2 }]);
    const declared = resource({ name: "d", columns: { at: { data_type: "timestamp" } } }, rows);
    expect((await scene.pipeline.run(declared)).warnings).toEqual([]);
  });

  it.each(["freeze", "discard_row"] as const)("make no nested table whose hints say %s", async (schemaContract) => {
    await using scene = await pipelineScene();
    const kids = (rows: object[]) => resource({ name: "r", nestedHints: { kids: { schemaContract } } }, rows);
    await scene.pipeline.run(kids([{ id: 1 }]));
    const run = scene.pipeline.run(kids([{ id: 2, kids: [{ n: 1 }, { n: 2 }] }]));
    if (schemaContract === "freeze") await expect(run).rejects.toMatchObject({ code: "SLUICE_CONTRACT" });
    else expect(await run).toMatchObject({ tables: { r: 1 }, dropped: { rows: { r__kids: 2 } } });
    expect(await scene.pipeline.dataset().tables()).not.toContain("r__kids");
  });
});
