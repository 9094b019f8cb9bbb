import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { duckdb, resource, type Source, source } from "sluice";
import { dumpDataset, restoreDataset } from "../interop/dataset-copy.js";
import { type PipelineScene, pipelineScene } from "../support/pipeline-scene.js";

/** A table with a cursor and one without; `starts` gets what the cursor began with. */
function readings(days: readonly number[], starts: unknown[] = []): Source {
  const cursor = resource(
    { name: "readings", incremental: { cursorPath: "day", initialValue: 0 } },
    function* ({ incremental }) {
      starts.push(incremental?.startValue);
      yield days.map((day) => ({ day, parts: [day], ...(day === 1 ? { first: true } : {}) }));
    },
  );
  return source({ name: "api" }, [cursor, resource({ name: "names" }, [{ name: "a" }])]);
}

const days = async (scene: PipelineScene): Promise<unknown[]> =>
  (await scene.rows("readings")).map((row) => row["day"]);

describe("a pipeline on a new machine", () => {
  it("takes its cursor and schema from the destination", async () => {
    await using scene = await pipelineScene();
    const starts: unknown[] = [];
    await scene.pipeline.run(readings([1, 2], starts));
    await rm(join(scene.directory, "pipelines"), { recursive: true });
    await scene.again().run(readings([2, 3], starts));
    expect(starts).toEqual([0, 2]);
    expect(await days(scene)).toEqual([1, 2, 3]);
    expect(await scene.pipeline.schemas.versions()).toHaveLength(1);
  });

  it("loads where its arguments say, not where the state was", async () => {
    await using scene = await pipelineScene();
    const starts: unknown[] = [];
    await scene.pipeline.run(readings([1, 2], starts));
    const original = { database: join(scene.directory, "scene.duckdb"), dataset: "data" };
    const moved = { database: join(scene.directory, "elsewhere.duckdb"), dataset: "moved" };
    await restoreDataset(moved, await dumpDataset(original));
    const there = scene.again({ destination: duckdb(moved.database), datasetName: moved.dataset });
    const info = await there.run(readings([2, 3], starts));
    expect(starts).toEqual([0, 2]);
    expect(info.datasetName).toBe("moved");
    expect(await there.state).toMatchObject({ dataset_name: "moved" });
    expect(await there.dataset().table("readings").count()).toBe(3);
    expect(await days(scene)).toEqual([1, 2]);
  });
});

describe("starting over", () => {
  it("with devMode uses a dataset of its own for each pipeline object", async () => {
    await using scene = await pipelineScene();
    const starts: unknown[] = [];
    const [first, second] = [scene.again({ devMode: true }), scene.again({ devMode: true })];
    for (const each of [first, second]) {
      expect(each.datasetName).toMatch(/^data_\d{14}$/);
      await each.run(readings([1, 2], starts));
      expect(await each.dataset().table("readings").count()).toBe(2);
    }
    expect(first.datasetName).not.toBe(second.datasetName);
    expect(starts).toEqual([0, 0]);
  });

  it("with drop() removes this dataset only, and the next run reads everything", async () => {
    await using scene = await pipelineScene();
    const starts: unknown[] = [];
    const other = scene.again({ datasetName: "other" });
    for (const each of [scene.pipeline, other]) await each.run(readings([1, 2], starts));
    await scene.pipeline.drop();
    expect(await scene.pipeline.dataset().tables()).toEqual([]);
    expect(await scene.pipeline.state).toBeUndefined();
    expect(await other.dataset().table("readings").count()).toBe(2);
    await scene.pipeline.run(readings([1, 2], starts));
    expect(starts).toEqual([0, 0, 0]);
    expect(await days(scene)).toEqual([1, 2]);
  });

  it.each([
    ["drop_sources", false],
    ["drop_resources", false],
    ["drop_data", true],
  ] as const)("with refresh %s resets the cursor together with the tables", async (refresh, keepsColumns) => {
    await using scene = await pipelineScene();
    const starts: unknown[] = [];
    await scene.pipeline.run(readings([1, 2], starts));
    const chosen = refresh === "drop_sources" ? readings([5], starts) : readings([5], starts).withResources("readings");
    await scene.pipeline.run(chosen, { refresh });
    expect(starts).toEqual([0, 0]);
    expect(await days(scene)).toEqual([5]);
    expect(await scene.rows("readings__parts")).toEqual([{ value: 5 }]);
    expect(await scene.values("SELECT count(*) FROM names")).toEqual([1]);
    const columns = await scene.values(
      "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'data' AND table_name = 'readings'",
    );
    expect(columns.includes("first")).toBe(keepsColumns);
    await scene.pipeline.run(readings([5, 6], starts));
    expect(starts).toEqual([0, 0, 5]);
  });
});

describe("a table of two sources", () => {
  const part = (name: string, ids: readonly number[]) =>
    source({ name }, [
      resource(
        { name: `of_${name}`, tableName: "shared", incremental: { cursorPath: "id" } },
        ids.map((id) => ({ id, name })),
      ),
    ]);

  it.each(["drop_sources", "drop_resources", "drop_data"] as const)(
    "is not removed by %s of one of them",
    async (refresh) => {
      await using scene = await pipelineScene();
      await scene.pipeline.run([part("one", [1]), part("two", [1])]);
      const run = scene.pipeline.run(part("one", [1]), { refresh });
      await expect(run).rejects.toMatchObject({ code: "SLUICE_CONFIG" });
      await expect(run).rejects.toThrow(/source "one".*table "shared".*source "two"/);
      expect(await scene.rows("shared")).toHaveLength(2);
      expect(await scene.files("packages")).toEqual([]);
      await scene.pipeline.run([part("one", [1]), part("two", [1, 2])], { refresh });
      expect(await scene.rows("shared")).toHaveLength(3);
    },
  );
});
