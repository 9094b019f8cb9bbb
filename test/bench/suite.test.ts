import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Cell, cells, labelsOf } from "../../bench/cells.js";
import { Server } from "../../bench/child.js";
import type { Workload } from "../../bench/server/workload.js";
import { runSuite, type SuiteOptions, type SuiteOutcome } from "../../bench/suite.js";
import { floorTool, ROOT, sluiceTool, type Tool } from "../../bench/tools/tool.js";

/** Ids of cells that between them use every way to run sluice and the floor. */
const CELLS = ["small-rows", "one-row"];
/** Three processes after each other, on a machine that may be busy. */
const PATIENT = { timeout: 120_000 };
/** Two pages, parents, … of everything. */
const SMALLEST = 0.001;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "sluice-suite-"));
  vi.stubEnv("TMPDIR", folder);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

async function measured(options: Partial<SuiteOptions> & Pick<SuiteOptions, "cells">): Promise<SuiteOutcome> {
  return runSuite({
    tools: [sluiceTool("sluice", ROOT), floorTool],
    repeats: 1,
    patienceMs: 0,
    strict: false,
    say: () => {},
    ...options,
  });
}

function cell(id: string, change: Partial<Cell> = {}): Cell {
  const found = cells(SMALLEST).find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`no cell ${id}`);
  return { ...found, ...change };
}

describe("the benchmark", () => {
  it("loads cells with sluice and the floor, counts their rows and leaves no file", PATIENT, async () => {
    const outcome = await measured({ cells: CELLS.map((id) => cell(id)) });
    expect(outcome.missing).toEqual([]);
    expect(outcome.failed).toBe(false);
    const tools = outcome.cells.map(({ id, runs }) => [id, Object.keys(runs)]);
    expect(tools).toEqual([
      ["small-rows", ["sluice", "floor"]],
      ["one-row", ["sluice"]],
    ]);
    for (const { id, runs } of outcome.cells) {
      const [run] = runs.sluice ?? [];
      expect(run?.processSeconds, id).toBeGreaterThan(0);
      expect(run?.peakMB === null, id).toBe(id === "one-row");
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it("fails, and keeps no figure, when a tool makes other tables", PATIENT, async () => {
    const wrong = cell("small-rows", { rows: { events: 2000, events__tags: 3999 } });
    const sluice = sluiceTool("sluice", ROOT);
    const { failed, missing, cells: results } = await measured({ cells: [wrong], tools: [sluice], repeats: 2 });
    expect(failed).toBe(true);
    expect(results[0]?.runs).toEqual({});
    expect(missing).toHaveLength(1);
    expect(missing[0]?.what).toBe("small-rows: sluice");
    expect(missing[0]?.reason).toContain('expected {"events":2000,"events__tags":3999}, found {"events":2000,');
  });

  it("reports a tool that ends with an error, with what it said", async () => {
    const broken: Tool = {
      ...floorTool,
      command: async () => ({ file: process.execPath, args: ["-e", 'console.error("out of order"); process.exit(3)'] }),
    };
    const { failed, missing } = await measured({ cells: [cell("small-rows")], tools: [broken] });
    expect(failed).toBe(true);
    expect(missing[0]?.reason).toMatch(/ended with 3:\nout of order$/);
  });

  it("begins nothing when the time is used up, and says so", async () => {
    const { failed, missing } = await measured({ cells: [cell("small-rows")], tools: [floorTool], budgetSeconds: 0 });
    expect(failed).toBe(false);
    expect(missing).toEqual([{ what: "small-rows: floor", reason: "no time was left" }]);
  });

  it("has every cell once", () => {
    const ids = cells().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(cells()[0]?.rows).toEqual({ events: 100_000, events__tags: 200_000 });
  });
});

describe("the benchmark's server", () => {
  it.each<[string, Workload, readonly string[], readonly unknown[]]>([
    [
      "ends a bare list with an empty page",
      { kind: "events", pages: 2, rowsPerPage: 1 },
      ["events?page=1", "events?page=2", "events?page=3"],
      [[{ id: 0 }], [{ id: 1, profile: { zip: 10_002 }, tags: [{ label: "a" }, { label: "b" }] }], []],
    ],
    [
      "tells how many pages there are",
      { kind: "events", pages: 2, rowsPerPage: 1, envelope: "total" },
      ["events", "events?page=2"],
      [
        { total_pages: 2, data: [{ id: 0 }] },
        { total_pages: 2, data: [{ id: 1 }] },
      ],
    ],
    [
      "names the next page by a token, and none on the last one",
      { kind: "events", pages: 2, rowsPerPage: 1, envelope: "cursor" },
      ["events", "events?cursor=YWZ0ZXItMQ"],
      [
        { next: "YWZ0ZXItMQ", data: [{ id: 0 }] },
        { next: null, data: [{ id: 1 }] },
      ],
    ],
    [
      "has children of parents",
      { kind: "family", parents: 2, rowsPerChild: 2 },
      ["parents", "parents/1/children"],
      [
        [{ id: 0 }, { id: 1 }],
        [{ id: 2 }, { id: 3 }],
      ],
    ],
  ])("%s", async (_name, workload, paths, bodies) => {
    const server = await Server.start(workload, 0);
    try {
      for (const [index, path] of paths.entries()) {
        const response = await fetch(`${server.baseUrl}${path}`);
        const body = await response.json();
        expect(body).toMatchObject(bodies[index] as object);
      }
      expect((await fetch(`${server.baseUrl}elsewhere`)).status).toBe(404);
    } finally {
      await server.stop();
    }
  });

  it("links issues of about 880 bytes, and makes as many labels as the cell says", async () => {
    const server = await Server.start({ kind: "issues", issues: 250, perPage: 100 }, 0);
    try {
      const [issues, bytes] = await allIssues(`${server.baseUrl}issues`);
      expect(issues).toHaveLength(250);
      expect(bytes / issues.length).toBeGreaterThan(800);
      expect(bytes / issues.length).toBeLessThan(960);
      expect(issues.flatMap(({ labels }) => labels)).toHaveLength(labelsOf(250));
    } finally {
      await server.stop();
    }
  });
});

interface Issue {
  readonly labels: readonly unknown[];
}

async function allIssues(first: string): Promise<[Issue[], number]> {
  const issues: Issue[] = [];
  let bytes = 0;
  for (let url: string | undefined = first; url !== undefined;) {
    const response: Response = await fetch(url);
    const text = await response.text();
    bytes += text.length;
    issues.push(...(JSON.parse(text) as Issue[]));
    url = /<(.*)>; rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
  }
  return [issues, bytes];
}
