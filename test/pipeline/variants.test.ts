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
