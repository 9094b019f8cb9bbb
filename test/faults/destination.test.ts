import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, readFile, truncate, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { duckdb, type Pipeline, resource } from "sluice";
import { describe, expect, it } from "vitest";
import { smallDisk } from "../support/small-disk.js";
import { type PipelineScene, pipelineScene } from "../support/pipeline-scene.js";

const API = createRequire(import.meta.url).resolve("@duckdb/node-api");

/** So many rows to be merged; `before` is done when they are read. Counts in `reads` how often they are. */
function items(count: number, version: number, api: { reads: number }, before: () => Promise<void> = async () => {}) {
  return resource({ name: "items", primaryKey: "id", writeDisposition: "merge" }, async function* () {
    api.reads += 1;
    await before();
    yield Array.from({ length: count }, (_, id) => ({ id, version, text: `text ${id} `.repeat(20), tags: [id] }));
  });
}

async function expectItems(target: Pipeline, count: number, version: number): Promise<void> {
  const sql =
    "select count(*)::int as n, count(distinct id)::int as ids, min(version) as low, max(version) as high from items";
  expect(await target.dataset().sql(sql).toArray()).toEqual([{ n: count, ids: count, low: version, high: version }]);
}

describe("a database file that is damaged while a run reads", () => {
  it.each([
    ["cut in half", async (file: string) => truncate(file, ((await readFile(file)).length / 2) | 0)],
    ["cut to its first bytes", (file: string) => truncate(file, 100)],
    [
      "overwritten in its middle",
      async (file: string) => {
        const bytes = await readFile(file);
        for (let at = 4096 * 3 + 100; at < bytes.length; at += 4096) bytes[at] = (bytes[at] ?? 0) ^ 255;
        await writeFile(file, bytes);
      },
    ],
    ["another file", (file: string) => writeFile(file, "SQLite format 3\0".padEnd(4096, "\0"))],
  ])("and is %s is told with what to do; put back, it gets the load without another request", async (_how, damage) => {
    await using scene = await pipelineScene();
    const file = join(scene.directory, "scene.duckdb");
    const api = { reads: 0 };
    await scene.pipeline.run(items(3000, 1, api));
    await copyFile(file, `${file}.kept`);
    const damaged = scene.pipeline.run(items(3000, 2, api, () => damage(file)));
    await expect(damaged).rejects.toMatchObject({
      code: expect.stringMatching(/^SLUICE_(DESTINATION|PUBLISH|STATEMENT)$/) as string,
    });
    await expect(damaged).rejects.toThrow(/scene\.duckdb[^]*(damaged[^]*backup|not a DuckDB database[^]*another path)/);
    await copyFile(`${file}.kept`, file);
    expect(await scene.pipeline.run(items(3000, 2, api))).toMatchObject({ resumed: true });
    expect(api.reads).toBe(2);
    await expectItems(scene.pipeline, 3000, 2);
  });
});

describe("a disk that holds the database", () => {
  async function onSmallDisk(
    skip: (condition: boolean, note: string) => void,
    test: (target: Pipeline, disk: ReturnType<typeof smallDisk> & object, scene: PipelineScene) => Promise<void>,
  ): Promise<void> {
    await using scene = await pipelineScene();
    const path = join(scene.directory, "disk");
    await mkdir(path);
    const disk = smallDisk(path, 20_000);
    skip(disk === undefined, "mounting needs rights that this process does not have");
    if (disk === undefined) return;
    try {
      await test(scene.again({ destination: duckdb(join(path, "data.duckdb")) }), disk, scene);
    } finally {
      disk.unmount();
    }
  }

  it("and is full leaves what was there, says so, and takes the load when there is room", async (context) => {
    await onSmallDisk(context.skip.bind(context), async (target, disk) => {
      const api = { reads: 0 };
      await target.run(items(100, 1, api));
      disk.remount("size=4000k");
      for (let time = 0; time < 2; time++) {
        const full = target.run(items(30_000, 2, api));
        await expect(full).rejects.toThrow(/nothing was changed[^]*No space left on device[^]*Free space/);
        await expectItems(target, 100, 1);
      }
      disk.remount("size=60m");
      expect(await target.run(items(30_000, 2, api))).toMatchObject({ resumed: true });
      expect(api.reads).toBe(2);
      await expectItems(target, 30_000, 2);
    });
  });

  it("and cannot be written any more is told, and takes the load when it can", async (context) => {
    await onSmallDisk(context.skip.bind(context), async (target, disk) => {
      const api = { reads: 0 };
      await target.run(items(100, 1, api));
      const refused = target.run(items(200, 2, api, async () => disk.remount("ro")));
      await expect(refused).rejects.toThrow(/no permission to write/);
      disk.remount("rw");
      expect(await target.run(items(200, 2, api))).toMatchObject({ resumed: true });
      expect(api.reads).toBe(2);
      await expectItems(target, 200, 2);
    });
  });
});

describe("a database that another program holds", () => {
  it("does not hold back a run that is cancelled while it asks for the values of a column", async () => {
    await using scene = await pipelineScene();
    const file = join(scene.directory, "scene.duckdb");
    const target = scene.again({ destination: duckdb({ path: file, lockTimeout: 3600 }) });
    await target.run(resource({ name: "items" }, [{ v: 1 }]));
    const script = `require(${JSON.stringify(API)}).DuckDBInstance.create(${JSON.stringify(file)}).then((db) => { console.log("held"); setInterval(() => db, 1000); })`;
    const abort = new AbortController();
    let holder: ReturnType<typeof spawn> | undefined;
    const rows = resource({ name: "items" }, async function* () {
      holder = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
      await once(holder.stdout ?? holder, "data");
      setTimeout(() => abort.abort(), 50);
      yield [{ v: 1.5 }]; // Whether the column may become double depends on what is in it.
    });
    try {
      await expect(target.run(rows, { signal: abort.signal })).rejects.toMatchObject({ code: "SLUICE_CANCELLED" });
    } finally {
      holder?.kill("SIGKILL");
    }
  });
});

describe("a table of many columns", () => {
  // The second limit is one at which DuckDB writes the load to its log and then has no room to move it into the file.
  it.each([
    [300, undefined],
    [500, "300MB"],
  ])("takes one load after the other: %i columns, memoryLimit %s", async (columns, memoryLimit) => {
    await using scene = await pipelineScene();
    const path = join(scene.directory, "scene.duckdb");
    const target = scene.again({ destination: duckdb({ path, ...(memoryLimit !== undefined && { memoryLimit }) }) });
    for (const version of [1, 2, 3]) {
      const row: object = Object.fromEntries(Array.from({ length: columns }, (_, i) => [`c${i}`, version]));
      const rows = resource({ name: "wide" }, function* () {
        yield row;
      });
      expect(await target.run(rows)).toMatchObject({
        resumed: false,
        tables: { wide: 1 },
      });
    }
    expect(await scene.values("select c7 from wide order by c7")).toEqual([1, 2, 3]);
  });
});
