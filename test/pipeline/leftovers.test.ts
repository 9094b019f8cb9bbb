import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { duckdb, PackageError, resource, type Resource } from "sluice";
import { describe, expect, it } from "vitest";
import { type PipelineScene, pipelineScene } from "../support/pipeline-scene.js";

/** Rows 1…n with a cursor; the generator fails behind them while `broken` says so. */
function numbers(upTo: number, broken?: () => boolean): Resource<unknown> {
  return resource({ name: "numbers", incremental: { cursorPath: "id", initialValue: 0 } }, function* () {
    for (let id = 1; id <= upTo; id++) yield [{ id }];
    if (broken?.() === true) throw new Error("broken on purpose");
  });
}

const idsOf = (scene: PipelineScene): Promise<unknown[]> => scene.values("select id from numbers order by id");

describe("what an earlier call left", () => {
  it("is not brought into another destination", async () => {
    await using scene = await pipelineScene();
    await scene.pipeline.run(numbers(2));
    let broken = true;
    const source = numbers(4, () => broken);
    await expect(scene.pipeline.run(source)).rejects.toThrow("broken on purpose");
    broken = false;
    const elsewhere = scene.again({ destination: duckdb(join(scene.directory, "other.duckdb")) });
    const info = await elsewhere.run(source);
    expect(info.resumed).toBe(false);
    expect(await elsewhere.dataset().sql("select id from numbers order by id")).toEqual(
      [1, 2, 3, 4].map((id) => ({ id })),
    );
    expect(await scene.files("set-aside")).toHaveLength(1);
  });

  it("is not continued when the dataset is not the one that it started from", async () => {
    await using scene = await pipelineScene();
    await scene.pipeline.run(numbers(2));
    let broken = true;
    const source = numbers(4, () => broken);
    await expect(scene.pipeline.run(source)).rejects.toThrow("broken on purpose");
    broken = false;
    await rm(join(scene.directory, "scene.duckdb"));
    await scene.pipeline.run(source);
    expect(await idsOf(scene)).toEqual([1, 2, 3, 4]);
  });

  it("says when a call finished an earlier one and read nothing itself", async () => {
    await using scene = await pipelineScene();
    const file = join(scene.directory, "scene.duckdb");
    const days = (day: number): Resource<unknown> =>
      resource({ name: "numbers" }, async function* () {
        yield [{ id: day }];
        if (day > 1) return;
        await rm(file, { force: true }); // Nothing can be published into a directory: the package stays, complete.
        await mkdir(file);
      });
    await expect(scene.pipeline.run(days(1))).rejects.toMatchObject({ code: "SLUICE_DESTINATION" });
    await rm(file, { recursive: true });
    const info = await scene.pipeline.run(days(2));
    expect(info).toMatchObject({ resumed: true, warnings: [{ code: "not-read-again" }] });
    expect(info.warnings[0]?.message).toContain(
      `which an earlier call, begun at ${info.startedAt}, had read to its end`,
    );
    expect(String(info)).toMatch(/^Pipeline scene loaded 1 row .*, \d+\.\d\d s after it was first started\n/);
    await scene.pipeline.run(days(2));
    expect(await idsOf(scene)).toEqual([1, 2]);
  });

  it("is read on while the database is closed, as at first", async () => {
    await using scene = await pipelineScene();
    const file = join(scene.directory, "scene.duckdb");
    let broken = true;
    const source = resource({ name: "numbers" }, async function* () {
      yield [{ id: 1 }];
      if (broken) throw new Error("broken on purpose");
      await rename(file, `${file}.old`); // Not noticed by anybody who has it open.
      await mkdir(file);
    });
    await scene.pipeline.run(numbers(1));
    await expect(scene.pipeline.run(source)).rejects.toThrow("broken on purpose");
    broken = false;
    await expect(scene.pipeline.run(source)).rejects.toMatchObject({ code: "SLUICE_DESTINATION" });
  });

  it("is set aside, not deleted, when another version of sluice made it or its rows are gone", async () => {
    await using scene = await pipelineScene();
    for (const damage of ["version", "segment"]) {
      await expect(scene.pipeline.run(numbers(3, () => true))).rejects.toThrow("broken on purpose");
      const packages = join(scene.directory, "pipelines/scene/packages");
      const [name = ""] = await readdir(packages);
      if (damage === "segment") await rm(join(packages, name, "0.numbers.jsonl"));
      else await writeFile(join(packages, name, "journal.jsonl"), "00000000 {}\n");
      await scene.pipeline.run(numbers(1), { writeDisposition: "replace" });
      expect(await idsOf(scene)).toEqual([1]);
    }
    expect(await scene.files("set-aside")).toHaveLength(2);
  });

  it("can be looked at while a run goes on", async () => {
    await using scene = await pipelineScene();
    let seen: unknown;
    const looking = resource({ name: "numbers" }, async function* () {
      yield [{ id: 1 }];
      seen = await scene.pipeline.pending();
    });
    await scene.pipeline.run(looking);
    expect(seen).toMatchObject([{ state: "interrupted", rows: 1 }]);
    expect(await scene.pipeline.pending()).toEqual([]);
  });
});

describe("a work directory that cannot be used", () => {
  it("is an error that names it, whatever is wrong", async () => {
    await using scene = await pipelineScene();
    const file = join(scene.directory, "a-file");
    await writeFile(file, "");
    await expect(scene.again({ pipelinesDir: file }).run(numbers(1))).rejects.toThrow(PackageError);
    await mkdir(join(scene.directory, "pipelines/scene/lock"), { recursive: true });
    await expect(scene.pipeline.run(numbers(1))).rejects.toThrow(PackageError);
  });

  it("does not fail a load that succeeded", async () => {
    await using scene = await pipelineScene();
    await mkdir(join(scene.directory, "pipelines/scene/last-run.json"), { recursive: true });
    await scene.pipeline.run(numbers(1));
    await scene.pipeline.run(numbers(2));
    expect(await idsOf(scene)).toEqual([1, 2]);
  });
});

describe("functions of the user", () => {
  it("may not return promises from steps", async () => {
    await using scene = await pipelineScene();
    const rows = resource<{ id: number }>({ name: "numbers" }, [{ id: 1 }]);
    await expect(scene.pipeline.run(rows.map(async (row) => Promise.resolve(row)))).rejects.toThrow(
      /returned a promise/,
    );
    await expect(scene.pipeline.run(rows.filter(async () => Promise.resolve(false)))).rejects.toThrow(/synchronous/);
  });

  it("cannot hold up the end of a run", async () => {
    await using scene = await pipelineScene();
    const abort = new AbortController();
    const waiting = resource({ name: "numbers" }, async function* () {
      yield [{ id: 1 }];
      setImmediate(() => abort.abort());
      await new Promise(() => undefined);
    });
    await expect(scene.pipeline.run(waiting, { signal: abort.signal })).rejects.toMatchObject({
      code: "SLUICE_CANCELLED",
    });
  });

  it("do not change what is loaded when a progress listener throws", async () => {
    await using scene = await pipelineScene();
    const warned = new Promise((resolve) => process.once("warning", resolve));
    await scene.pipeline.run(numbers(2), {
      progress: () => {
        throw new Error("display broke");
      },
    });
    expect(await idsOf(scene)).toEqual([1, 2]);
    expect(String(await warned)).toContain("display broke");
  });
});
