import { describe, expect, it } from "vitest";
import { type LoadInfo, resource, source } from "sluice";
import { pipelineScene } from "../support/pipeline-scene.js";

const replaced = { writeDisposition: "replace" } as const;
const told = ({ warnings }: LoadInfo) =>
  warnings.filter(({ code }) => code === "shared-table-replaced").map(({ table, message }) => [table, message]);

describe("a table that holds the nested rows of another source", () => {
  const parents = (id: number) =>
    source({ name: "x" }, [resource({ name: "a", ...replaced }, [{ id, b: [{ v: id }] }])]);
  const roots = (id: number) => source({ name: "y" }, [resource({ name: "a__b" }, [{ id }])]);

  it("is refused in one run", async () => {
    await using scene = await pipelineScene();
    await expect(scene.pipeline.run([parents(1), roots(2)])).rejects.toThrow(
      'Table "a__b" cannot hold nested rows of "a" in source "x" and rows of source "y"',
    );
    expect(await scene.pipeline.dataset().tables()).toEqual([]);
  });

  it("is refused in a later run, whichever came first, and holds up nothing", async () => {
    for (const [first, second] of [
      [parents, roots],
      [roots, parents],
    ] as const) {
      await using scene = await pipelineScene();
      await scene.pipeline.run(first(1));
      await expect(scene.pipeline.run(second(2))).rejects.toThrow('Table "a__b" cannot hold');
      await scene.pipeline.run(first(3));
      expect(await scene.rows("a__b")).toHaveLength(first === parents ? 1 : 2);
    }
  });
});

describe("a replace of a table that something else fills", () => {
  const both = source({ name: "s" }, [
    resource({ name: "a", tableName: "t", ...replaced }, [{ id: 1 }]),
    resource({ name: "b", tableName: "t", ...replaced }, [{ id: 2 }]),
  ]);

  it("warns where a resource of the source was not chosen, and not where both are run", async () => {
    await using scene = await pipelineScene();
    expect(told(await scene.pipeline.run(both))).toEqual([]);
    expect(told(await scene.pipeline.run(both))).toEqual([]);
    for (const [chosen, other] of [
      ["a", "b"],
      ["b", "a"],
    ] as const)
      // prettier-ignore
      expect(told(await scene.pipeline.run(both.withResources(chosen)))).toEqual([
        ["t", expect.stringMatching(new RegExp(`with it went the rows of resource "${other}"`))],
      ]);
  });

  it("warns where a resource of an earlier run has filled it", async () => {
    await using scene = await pipelineScene();
    await scene.pipeline.run(resource({ name: "a", tableName: "t" }, [{ id: 1 }]));
    const info = await scene.pipeline.run(resource({ name: "b", tableName: "t", ...replaced }, [{ id: 2 }]));
    expect(told(info)).toEqual([["t", expect.stringContaining('resource "a"')]]);
  });

  it("warns where another source is not part of the run", async () => {
    await using scene = await pipelineScene();
    const of = (name: string) => source({ name }, [resource({ name: "z", ...replaced }, [{ from: name }])]);
    expect(told(await scene.pipeline.run([of("x"), of("y")]))).toEqual([]);
    const info = await scene.pipeline.run(of("y"));
    expect(told(info)).toEqual([["z", expect.stringContaining('resource "z" of source "x"')]]);
    expect(await scene.rows("z")).toEqual([{ from: "y" }]);
  });
});
