import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockPipeline } from "./lock.js";

describe("lockPipeline", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "sluice-lock-"));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it("refuses a second owner and says who has it", async () => {
    const file = join(dir, "lock");
    const lock = await lockPipeline(file, "p");
    await expect(lockPipeline(file, "p")).rejects.toThrow(`is being run by process ${process.pid}`);
    lock.release();
    (await lockPipeline(file, "p")).release();
    expect(await readdir(dir)).toEqual([]);
  });

  it("takes over at once from a process that was killed", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    const file = join(dir, "lock");
    await once(child, "spawn");
    await writeFile(
      file,
      JSON.stringify({ token: "t", pid: child.pid, born: undefined, host: hostname(), since: "then" }),
    );
    await expect(lockPipeline(file, "p")).rejects.toThrow(`process ${child.pid}`);
    child.kill("SIGKILL");
    await once(child, "exit");
    const lock = await lockPipeline(file, "p");
    lock.release();
  });

  it("gives a stale lock to exactly one of many", async () => {
    const file = join(dir, "lock");
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    await writeFile(
      file,
      JSON.stringify({ token: "t", pid: child.pid, born: undefined, host: hostname(), since: "then" }),
    );
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockPipeline(file, "p")));
    expect(results.filter((r) => r.status === "fulfilled")).toHaveLength(1);
  });

  it("believes a lock of another machine", async () => {
    const file = join(dir, "lock");
    await writeFile(file, JSON.stringify({ token: "t", pid: 1, born: undefined, host: "elsewhere", since: "then" }));
    await expect(lockPipeline(file, "p")).rejects.toThrow("on elsewhere");
  });
});
