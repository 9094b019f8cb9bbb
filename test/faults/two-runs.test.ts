import { rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { resource } from "sluice";
import { describe, expect, it } from "vitest";
import { runProcess, snapshot, temporaryDirectory } from "../resilience/kill-driver.js";
import { ProjectApi } from "../resilience/project-api.js";
import { pipelineScene } from "../support/pipeline-scene.js";

/** An API that keeps its fifth answer to itself until it is released. */
async function heldApi(): Promise<{ api: ProjectApi; held: Promise<void> }> {
  const api = await ProjectApi.start();
  const held = new Promise<void>((resolve) => {
    api.hold = (count) => {
      if (count === 5) resolve();
      return count === 5;
    };
  });
  return { api, held };
}

describe("two processes that run one pipeline", () => {
  it("do not mix: the second is refused, and takes over at once when the first is killed", async () => {
    const { api, held } = await heldApi();
    const calmApi = await ProjectApi.start();
    await using directory = await temporaryDirectory();
    await using calm = await temporaryDirectory();
    const abort = new AbortController();
    try {
      const first = runProcess(api, directory.path, { signal: abort.signal });
      await held;
      const second = await runProcess(calmApi, directory.path, { mayFail: true });
      expect(second.error).toMatch(
        /^SLUICE_PIPELINE_LOCKED: Pipeline "killed" is being run by process \d+ on .*Wait until it ends/s,
      );
      expect(second.requests).toBe(0);
      abort.abort();
      expect(await first).toMatchObject({ killed: true });
      expect(await runProcess(api, directory.path)).toMatchObject({ resumed: true });
      await runProcess(calmApi, calm.path);
      expect(await snapshot(directory.path)).toEqual(await snapshot(calm.path));
    } finally {
      await Promise.all([api.stop(), calmApi.stop()]);
    }
  });

  it.each(["a new pipeline", "one whose run was killed"])(
    "may start %s at the same moment: each loads all or is refused",
    async (what) => {
      const api = await ProjectApi.start();
      await using directory = await temporaryDirectory();
      try {
        if (what !== "a new pipeline") {
          const fault = { point: "journal-page", hit: 20, action: "kill" } as const;
          expect(await runProcess(api, directory.path, { fault })).toMatchObject({ killed: true });
        }
        const outcomes = await Promise.all(
          Array.from({ length: 3 }, () => runProcess(api, directory.path, { mayFail: true })),
        );
        const loaded = outcomes.filter(({ error }) => error === undefined).length;
        expect(loaded).toBeGreaterThan(0);
        for (const { error = "SLUICE_PIPELINE_LOCKED" } of outcomes) expect(error).toMatch(/^SLUICE_PIPELINE_LOCKED/);
        const tables = await snapshot(directory.path);
        expect(tables["loads"]).toHaveLength(loaded);
        expect(tables["changes"]).toHaveLength(new Set(tables["changes"]).size);
        expect(tables).toMatchObject({ pending: [], orphans: ['{"n":0}'], "doubled ids": ['{"n":0}'] });
      } finally {
        await api.stop();
      }
    },
  );
});

describe("a run whose lock is taken from it", () => {
  const items = (meanwhile?: () => Promise<unknown>) =>
    resource({ name: "items" }, async function* () {
      yield [{ id: 1 }];
      await meanwhile?.();
      yield [{ id: 2 }];
    });

  it.each([
    ["deleted", (file: string) => rm(file)],
    ["emptied", (file: string) => truncate(file)],
  ])("stops when the file was %s, and goes on with the next call", async (_how, damage) => {
    await using scene = await pipelineScene();
    const lock = join(scene.directory, "pipelines", "scene", "lock");
    const run = scene.pipeline.run(items(() => damage(lock)));
    await expect(run).rejects.toMatchObject({
      code: "SLUICE_PACKAGE",
      message: expect.stringContaining('The lock of pipeline "scene" was removed or changed while its run went on'),
    });
    expect(await scene.again().run(items())).toMatchObject({ resumed: true, tables: { items: 2 } });
    expect(await scene.rows("items")).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it("mixes nothing with the run that came instead", async () => {
    await using scene = await pipelineScene();
    const lock = join(scene.directory, "pipelines", "scene", "lock");
    const run = scene.pipeline.run(
      items(async () => {
        await rm(lock);
        expect(await scene.again().run(items())).toMatchObject({ resumed: true });
      }),
    );
    await expect(run).rejects.toMatchObject({ code: "SLUICE_PACKAGE" });
    expect(await scene.rows("items")).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await scene.values("select count(*) from _dlt_loads")).toEqual([1]);
  });
});

describe("two runs that share a destination and no work directory", () => {
  it("do not load the same rows twice: the later one is refused, and reads afresh the next time", async () => {
    await using scene = await pipelineScene();
    const elsewhere = scene.again({ pipelinesDir: join(scene.directory, "other machine") });
    const items = (last: number, meanwhile?: () => Promise<unknown>) =>
      resource({ name: "items", incremental: { cursorPath: "id", initialValue: 0 } }, async function* () {
        for (let id = 1; id <= last; id++) yield [{ id }];
        await meanwhile?.();
      });
    await scene.pipeline.run(items(1));

    const late = scene.pipeline.run(items(3, () => elsewhere.run(items(2))));
    await expect(late).rejects.toMatchObject({ code: "SLUICE_PUBLISH" });
    await expect(late).rejects.toThrow(/another run has loaded meanwhile; nothing was changed/);
    expect(await scene.values("select id from items order by id")).toEqual([1, 2]);

    const info = await scene.pipeline.run(items(3));
    expect(info).toMatchObject({ resumed: false, tables: { items: 1 } });
    expect(await scene.values("select id from items order by id")).toEqual([1, 2, 3]);
    expect(await scene.files("set-aside")).toHaveLength(1);
  });
});
