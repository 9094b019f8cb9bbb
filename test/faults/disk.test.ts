import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { duckdb, PackageError, pipeline, resource } from "sluice";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runProcess, snapshot, temporaryDirectory } from "../resilience/kill-driver.js";
import { ProjectApi } from "../resilience/project-api.js";
import { smallDisk } from "../support/small-disk.js";
import { pipelineScene } from "../support/pipeline-scene.js";

/** A command that may write files of at most so many KiB: what is beyond is refused by the system, after half a write. */
const withFilesUpTo = (kib: number): string[] => ["bash", "-c", `ulimit -f ${kib}; exec "$0" "$@"`];

describe("a disk", () => {
  let api: ProjectApi;
  let expected: Awaited<ReturnType<typeof snapshot>>;
  beforeAll(async () => {
    api = await ProjectApi.start();
    await using calm = await temporaryDirectory();
    await runProcess(api, calm.path);
    expected = await snapshot(calm.path);
  });
  afterAll(() => api.stop());

  it("that refuses the journal costs nothing but the time", async () => {
    await using directory = await temporaryDirectory();
    const refused = await runProcess(api, directory.path, { wrapper: withFilesUpTo(20), mayFail: true });
    expect(refused.error).toMatch(/^SLUICE_PACKAGE: .*cannot be written/s);
    expect(refused.error).toMatch(/Free space/);
    expect(await runProcess(api, directory.path)).toMatchObject({ resumed: true });
    expect(await snapshot(directory.path)).toEqual(expected);
  });

  it("that takes the log of the database and not the rows in its file has the load all the same, once", async () => {
    await using directory = await temporaryDirectory();
    expect(await runProcess(api, directory.path, { wrapper: withFilesUpTo(400) })).toMatchObject({ resumed: false });
    expect(await snapshot(directory.path)).toEqual(expected);
  });

  it("that is full is told as such, and the run goes on when it has room", async (context) => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "disk");
    await mkdir(path);
    const disk = smallDisk(path, 64);
    context.skip(disk === undefined, "mounting needs rights that this process does not have");
    try {
      const run = { pipelinesDir: path };
      const refused = await runProcess(api, directory.path, { run, mayFail: true });
      expect(refused.error).toMatch(/^SLUICE_PACKAGE: .*ENOSPC/s);
      disk?.remount("size=20m");
      expect(await runProcess(api, directory.path, { run })).toMatchObject({ resumed: true });
      expect(await snapshot(directory.path)).toEqual(expected);
    } finally {
      disk?.unmount();
    }
  });
});

describe("a work directory", () => {
  it("that cannot be made stops the run before the first request", async () => {
    await using scene = await pipelineScene();
    const file = join(scene.directory, "file");
    await writeFile(file, "");
    let reads = 0;
    const rows = resource({ name: "rows" }, function* () {
      reads += 1;
      yield { id: 1 };
    });
    const run = scene.again({ pipelinesDir: join(file, "below") }).run(rows);
    await expect(run).rejects.toThrow(PackageError);
    await expect(run).rejects.toThrow(/--pipelines-dir/);
    expect(reads).toBe(0);
  });

  it.each([1, 2])(
    "that is deleted before page %i is written costs what was not published, and nothing else",
    async (at) => {
      await using scene = await pipelineScene();
      let deletes = true;
      const rows = resource({ name: "rows", incremental: { cursorPath: "id", initialValue: 0 } }, async function* () {
        for (const id of [1, 2]) {
          if (deletes && id === at) await rm(join(scene.directory, "pipelines"), { recursive: true });
          yield [{ id, tags: [`${id}`] }];
        }
      });
      await expect(scene.pipeline.run(rows)).rejects.toMatchObject({
        code: "SLUICE_PACKAGE",
        message: expect.stringMatching(/removed while (its|their) run went on[^]*run again, its rows are read afresh/),
      });
      deletes = false;
      const info = await scene.pipeline.run(rows);
      expect(info).toMatchObject({ resumed: false, tables: { rows: 2, rows__tags: 2 } });
      expect(await scene.rows("rows")).toEqual([{ id: 1 }, { id: 2 }]);
    },
  );
});

describe("a clock", () => {
  const DAY = 24 * 3600 * 1000;

  it("that steps back and forth between runs changes nothing", async () => {
    const api = await ProjectApi.start();
    try {
      await using calm = await temporaryDirectory();
      await using stepping = await temporaryDirectory();
      await runProcess(api, calm.path);
      await runProcess(api, stepping.path);
      api.version = 2;
      await runProcess(api, calm.path);
      const killed = { point: "journal-page", hit: 20, action: "kill", clockStepMs: -DAY } as const;
      expect(await runProcess(api, stepping.path, { fault: killed })).toMatchObject({ killed: true });
      expect(await runProcess(api, stepping.path, { fault: { clockStepMs: -3 * DAY } })).toMatchObject({
        resumed: true,
      });
      expect(await snapshot(stepping.path)).toEqual(await snapshot(calm.path));

      // The newest schema and state are those of the last load, not those with the latest time.
      const target = pipeline({
        pipelineName: "killed",
        destination: duckdb(join(stepping.path, "data.duckdb")),
        datasetName: "data",
        pipelinesDir: join(stepping.path, "pipelines"),
      });
      const newest = "select version from _dlt_version order by inserted_at desc limit 1";
      const greatest = "select max(version) as version from _dlt_version";
      const read = async (sql: string): Promise<unknown[]> => target.dataset().sql(sql).toArray();
      expect(await read(newest)).toEqual(await read(greatest));
      expect(await read(greatest)).toEqual([{ version: 2 }]);
      const { loadId } = (await target.lastRun()) ?? {};
      expect(await read("select load_id from _dlt_loads order by load_id desc limit 1")).toEqual([{ load_id: loadId }]);
    } finally {
      await api.stop();
    }
  });
});
