import { readdir, readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { CancelledError, resource } from "sluice";
import { describe, expect, it } from "vitest";
import { pipelineScene } from "../support/pipeline-scene.js";
import { runProcess, snapshot, temporaryDirectory } from "../resilience/kill-driver.js";
import { ProjectApi } from "../resilience/project-api.js";

/** Two pages; with `broken`, the second one fails. Counts how often it is read. */
function pages(api: { broken: boolean; reads: number }) {
  return resource({ name: "items", primaryKey: "id" }, async function* () {
    api.reads += 1;
    yield [{ id: 1 }];
    if (api.broken) throw new Error("the second page is broken");
    yield [{ id: 2 }];
  });
}

describe("resume: false", () => {
  it("sets an interrupted run aside and reads afresh", async () => {
    await using scene = await pipelineScene();
    const api = { broken: true, reads: 0 };
    await expect(scene.pipeline.run(pages(api))).rejects.toThrow("the second page is broken");
    api.broken = false;
    const notices: string[] = [];
    const info = await scene.pipeline.run(pages(api), {
      resume: false,
      progress: (event) => event.type === "notice" && notices.push(event.message),
    });
    expect(info).toMatchObject({ resumed: false, tables: { items: 2 } });
    expect(notices.join()).toMatch(/was interrupted, and this call does not resume; it was set aside in /);
    expect(await scene.files("set-aside")).toHaveLength(1);
    expect(await scene.values("select count(*) from _dlt_loads")).toEqual([1]);
  });

  it("publishes what was read to its end, and then reads afresh", async () => {
    await using scene = await pipelineScene();
    const api = { broken: false, reads: 0 };
    const abort = new AbortController();
    const cancelled = scene.pipeline.run(pages(api), {
      signal: abort.signal,
      progress: (event) => event.type === "publish-started" && abort.abort(),
    });
    await expect(cancelled).rejects.toThrow(CancelledError);
    expect(await scene.pipeline.pending()).toMatchObject([{ state: "complete", rows: 2 }]);
    const info = await scene.pipeline.run(pages(api), { resume: false });
    expect(info.resumed).toBe(false);
    expect(api.reads).toBe(2);
    expect(await scene.values("select count(*) from _dlt_loads")).toEqual([2]);
  });
});

describe("a run that is cancelled while it publishes", () => {
  it("changes nothing, says how to go on, and is only published by the next run", async () => {
    await using scene = await pipelineScene();
    const api = { broken: false, reads: 0 };
    const abort = new AbortController();
    const run = scene.pipeline.run(pages(api), {
      signal: abort.signal,
      progress: (event) => event.type === "publish-started" && abort.abort(),
    });
    await expect(run).rejects.toMatchObject({
      code: "SLUICE_CANCELLED",
      hint: expect.stringContaining("run again") as string,
    });
    expect(await scene.pipeline.dataset().tables()).toEqual([]);
    const info = await scene.pipeline.run(pages(api));
    expect(info).toMatchObject({ resumed: true, tables: { items: 2 } });
    expect(api.reads).toBe(1);
  });
});

describe("a run that is cancelled while it works on one long page", () => {
  it("does not come to the end of the page, and reads it again the next time", async () => {
    await using scene = await pipelineScene();
    const abort = new AbortController();
    let seen = 0;
    const rows = resource({ name: "items" }, function* () {
      yield Array.from({ length: 50_000 }, (_, id) => ({ id }));
    }).map((row) => {
      seen += 1;
      if (seen === 1) {
        abort.abort();
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100); // Work of a tenth of a second.
      }
      return row;
    });
    await expect(scene.pipeline.run(rows, { signal: abort.signal })).rejects.toThrow(CancelledError);
    expect(seen).toBeLessThan(10_000);
    expect(await scene.pipeline.run(rows)).toMatchObject({ tables: { items: 50_000 } });
    expect(await scene.values("select count(distinct id) from items")).toEqual([50_000]);
  });
});

describe("a power cut that takes the end of the journal", () => {
  it("after the load was committed does not load it again", async () => {
    const api = await ProjectApi.start();
    await using calm = await temporaryDirectory();
    await using directory = await temporaryDirectory();
    try {
      await runProcess(api, calm.path);
      const fault = { point: "publish-committed", action: "kill" } as const;
      expect(await runProcess(api, directory.path, { fault })).toMatchObject({ killed: true });
      // What was never forced to the disk: the record that says that everything is read.
      await cutBefore(directory.path, '{"k":"complete"');
      api.version = 2;
      await runProcess(api, calm.path);
      expect(await runProcess(api, directory.path)).toMatchObject({ resumed: false });
      expect(await snapshot(directory.path)).toEqual(await snapshot(calm.path));
    } finally {
      await api.stop();
    }
  });
});

async function cutBefore(directory: string, text: string): Promise<void> {
  const packages = join(directory, "pipelines", "killed", "packages");
  const [name = ""] = await readdir(packages);
  const journal = join(packages, name, "journal.jsonl");
  const bytes = await readFile(journal);
  const at = bytes.indexOf(text);
  expect(at).toBeGreaterThan(0);
  await truncate(journal, at - 9); // The checksum and a space stand before it.
}
