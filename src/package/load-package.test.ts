import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LoadPackage } from "./load-package.js";
import { JOURNAL_VERSION, type JournalRecord, type PageRecord, type RunRecord } from "./records.js";

const run: RunRecord = {
  k: "run",
  v: JOURNAL_VERSION,
  loadId: "1.5",
  pipelineName: "p",
  dataset: "d",
  destination: "memory",
  fingerprint: "f",
  startedAt: "2024-01-01T00:00:00.000Z",
  resources: [
    { source: "s", name: "a" },
    { source: "s", name: "b" },
  ],
  state: null,
  schemas: {},
};
const cost = { requests: 1, retries: 0, bytes: 1, waitedMs: 0 };

/** Commits page `p` of resource `r` with so many rows. */
function commit(pkg: LoadPackage, r: number, p: number, rows: number): PageRecord {
  const block = pkg.buffer.block("t");
  for (let i = 0; i < rows; i++) {
    block.cells("key").put(`${r}/${p}/${i}`);
    block.cells("text").putText("x".repeat(i % 50));
    block.endRow();
  }
  return pkg.commitPage({ r, c: 0, p, rows, cost, next: p });
}

async function pagesOf(pkg: LoadPackage): Promise<PageRecord[]> {
  const records: JournalRecord[] = [];
  for await (const record of pkg.replay()) records.push(record);
  return records.filter((record) => record.k === "page");
}

async function rowsOf(pkg: LoadPackage): Promise<number> {
  let rows = 0;
  for (const segment of pkg.segments.all) {
    const text = await readFile(segment.file, "utf8");
    expect(Buffer.byteLength(text)).toBe(segment.end);
    const lines = text === "" ? [] : text.trimEnd().split("\n");
    const keys = lines.flatMap((line) => (JSON.parse(line) as { key: string[] }).key);
    expect(keys).toHaveLength(segment.rows);
    rows += keys.length;
  }
  return rows;
}

describe("LoadPackage", () => {
  let root: string;
  let dir: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "sluice-package-"));
    dir = join(root, "1.5");
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function reopen(): Promise<LoadPackage> {
    const pkg = await LoadPackage.open(dir);
    if (pkg === undefined) throw new Error("package is gone");
    return pkg;
  }

  it("gives back what was committed", async () => {
    const pkg = await LoadPackage.create(dir, run);
    const written = [commit(pkg, 0, 1, 3), commit(pkg, 1, 1, 2), commit(pkg, 0, 2, 4)];
    await pkg.close();
    const again = await reopen();
    expect(await pagesOf(again)).toEqual(written);
    expect(await rowsOf(again)).toBe(9);
    await again.close();
  });

  it("cuts off rows that no record names, and goes on behind the committed ones", async () => {
    const pkg = await LoadPackage.create(dir, run);
    commit(pkg, 0, 1, 3);
    await pkg.close();
    const [segment] = pkg.segments.all;
    await appendFile(segment?.file ?? "", '{"half a ro');
    const again = await reopen();
    commit(again, 0, 2, 2);
    expect(await rowsOf(again)).toBe(5);
    await again.close();
  });

  it("has nothing of a page that was written to a new segment and never named, when a shorter one takes its place", async () => {
    const pkg = await LoadPackage.create(dir, run);
    const { size: start } = await stat(join(dir, "journal.jsonl"));
    commit(pkg, 0, 1, 30);
    await pkg.close();
    await truncate(join(dir, "journal.jsonl"), start); // The process died between the rows and their record.
    const again = await reopen();
    commit(again, 0, 1, 2);
    expect(await rowsOf(again)).toBe(2);
    await again.close();
  });

  it("drops a record whose rows did not reach the disk, and everything after it", async () => {
    const pkg = await LoadPackage.create(dir, run, { syncIntervalMs: 1e9 });
    commit(pkg, 0, 1, 3);
    commit(pkg, 0, 2, 3);
    await pkg.close();
    const [segment] = pkg.segments.all;
    const { size } = await stat(segment?.file ?? "");
    await truncate(segment?.file ?? "", size - 5);
    await appendFile(segment?.file ?? "", "\0\0\0\0\0"); // What a power cut leaves: right length, no data.
    const again = await reopen();
    expect((await pagesOf(again)).map((page) => page.p)).toEqual([1]);
    expect(await rowsOf(again)).toBe(3);
    await again.close();
  });

  it("voids a reset resource and keeps the others", async () => {
    const pkg = await LoadPackage.create(dir, run);
    commit(pkg, 0, 1, 3);
    commit(pkg, 1, 1, 2);
    await pkg.reset([0]);
    commit(pkg, 0, 1, 1);
    await pkg.close();
    const again = await reopen();
    expect(await rowsOf(again)).toBe(3);
    await again.close();
  });

  it("says that it is complete, or refused", async () => {
    const pkg = await LoadPackage.create(dir, run);
    pkg.complete({ sources: [], state: null, resources: [], warnings: [], dropped: { rows: {}, values: {} } });
    pkg.reject("no such type");
    await pkg.close();
    const again = await reopen();
    expect(again.status.complete?.sources).toEqual([]);
    expect(again.status.rejected).toBe("no such type");
    await again.close();
  });

  it("is nothing without an intact start", async () => {
    expect(await LoadPackage.open(dir)).toBeUndefined();
    const pkg = await LoadPackage.create(dir, run);
    await pkg.close();
    await writeFile(join(dir, "journal.jsonl"), "deadbeef {}\n");
    expect(await LoadPackage.open(dir)).toBeUndefined();
  });

  it("keeps a prefix of the pages wherever the journal is torn", async () => {
    const pkg = await LoadPackage.create(dir, run, { syncIntervalMs: 1e9 });
    const written = Array.from({ length: 6 }, (_, i) => commit(pkg, i % 2, 1 + (i >> 1), i));
    await pkg.close();
    const journal = join(dir, "journal.jsonl");
    const intact = await readFile(journal);
    const segments = await Promise.all(pkg.segments.all.map(async (s) => [s.file, await readFile(s.file)] as const));
    const start = intact.indexOf(10) + 1;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: start, max: intact.length }), fc.boolean(), async (cut, flip) => {
        const torn = Buffer.from(intact.subarray(0, cut));
        if (flip && torn.length > start) torn[torn.length - 1] = (torn.at(-1) ?? 0) ^ 1;
        await writeFile(journal, torn);
        for (const [file, bytes] of segments) await writeFile(file, bytes);
        const again = await reopen();
        const pages = await pagesOf(again);
        expect(pages).toEqual(written.slice(0, pages.length));
        await rowsOf(again);
        await again.close();
      }),
      { numRuns: 60 },
    );
  });
});
