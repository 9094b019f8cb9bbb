import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PipelineLockedError } from "./errors.js";
import { lockPipeline } from "./lock.js";

/** The number of a process that is no more. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  return child.pid ?? 0;
}

function ownerText(token: string, pid: number, born?: string): string {
  return JSON.stringify({ token, pid, born, host: hostname(), since: "then" });
}

/** How many of twenty that come at the same moment get the lock; the others are refused. */
async function winners(file: string): Promise<number> {
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockPipeline(file, "p")));
  for (const result of results)
    if (result.status === "rejected") expect(result.reason).toBeInstanceOf(PipelineLockedError);
  return results.filter((result) => result.status === "fulfilled").length;
}

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
    await writeFile(file, ownerText("first", await deadPid()));
    expect(await winners(file)).toBe(1);
  });

  it("goes at once past a process that was killed while it took over from a killed one, and another that did so after it", async () => {
    const file = join(dir, "lock");
    const dead = await deadPid();
    await writeFile(file, ownerText("first", dead));
    await writeFile(`${file}.after-first`, ownerText("second", dead));
    await writeFile(`${file}.after-second`, ownerText("third", dead));
    expect(await winners(file)).toBe(1);
  });

  it("waits for nobody and robs nobody while another process is about to take over, however long that takes", async () => {
    const file = join(dir, "lock");
    const dead = await deadPid();
    await writeFile(file, ownerText("first", dead));
    await writeFile(`${file}.after-first`, ownerText("second", process.pid));
    const past = new Date(Date.now() - 3_600_000);
    await utimes(`${file}.after-first`, past, past);
    await expect(lockPipeline(file, "p")).rejects.toThrow(`is being run by process ${process.pid}`);
    expect(await readFile(file, "utf8")).toContain("first");
  });

  it.each([
    ["empty", ""],
    ["torn", '{"token":"t","pi'],
    ["of something else", "42"],
  ])("takes a lock that is %s, as a power cut leaves it, exactly once", async (_what, content) => {
    const file = join(dir, "lock");
    await writeFile(file, content);
    await writeFile(`${file}.after`, content);
    expect(await winners(file)).toBe(1);
  });

  it.runIf(process.platform === "linux")("takes over when another process got the number of the dead one", async () => {
    const file = join(dir, "lock");
    await writeFile(file, ownerText("first", process.pid, "1"));
    expect(await winners(file)).toBe(1);
  });

  it.runIf(process.platform === "linux" && process.getuid?.() !== 0)(
    "takes over when a process of another user, which cannot be signalled, got the number of the dead one",
    async () => {
      const file = join(dir, "lock");
      await writeFile(file, ownerText("first", 1, "-1")); // Process 1 is of root.
      expect(await winners(file)).toBe(1);
    },
  );

  it("leaves a lock alone that it cannot read, and says what to do", async () => {
    const file = join(dir, "lock");
    await mkdir(file);
    await expect(lockPipeline(file, "p")).rejects.toThrow(`The lock ${file} is a directory`);
  });

  it.each(["../../../x", "a/b", "", ".", 5])(
    "takes an owner with token %j for damage, and no path of it",
    async (token) => {
      const file = join(dir, "inner", "lock");
      await mkdir(dirname(file));
      await writeFile(file, JSON.stringify({ token, pid: await deadPid(), host: hostname(), since: "then" }));
      expect(await winners(file)).toBe(1);
      expect(await readdir(dir)).toEqual(["inner"]);
    },
  );

  it.each([-1, 0, 1.5, 2 ** 40])("takes an owner with pid %j for damage", async (pid) => {
    const file = join(dir, "lock");
    await writeFile(file, ownerText("t", pid));
    expect(await winners(file)).toBe(1);
  });

  it("believes a lock of another machine", async () => {
    const file = join(dir, "lock");
    await writeFile(file, JSON.stringify({ token: "t", pid: 1, born: undefined, host: "elsewhere", since: "then" }));
    await expect(lockPipeline(file, "p")).rejects.toThrow("on elsewhere");
  });
});
