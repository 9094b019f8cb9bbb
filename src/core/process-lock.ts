import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { link, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { faultPoint } from "./fault-point.js";

/** The process that holds a lock. */
export interface LockOwner {
  readonly token: string;
  readonly pid: number;
  /** Start of the owning process where the system tells it; pids are used again. */
  readonly born: string | undefined;
  readonly host: string;
  readonly since: string;
}

/** Removing a dead owner's lock takes milliseconds; a guard directory older than this belonged to a process that died meanwhile. */
const GUARD_STALE_MS = 5_000;

/** A draft lives for milliseconds; one of this age was left by a process that died between writing and linking it. */
const DRAFT_STALE_MS = 24 * 3600 * 1000;

/**
 * A lock between processes: a file that names its owner. A lock whose process is gone (same host, no such pid, or the pid
 * belongs to a younger process) is taken over at once, so that a killed run can be continued without waiting.
 */
export class ProcessLock {
  private readonly file: string;
  private readonly token: string;

  private constructor(file: string, token: string) {
    this.file = file;
    this.token = token;
  }

  /** Takes the lock. `whenHeld` is called each time a living process is found to have it: it throws, or waits. */
  static async acquire(file: string, whenHeld: (holder: LockOwner) => Promise<void>): Promise<ProcessLock> {
    await mkdir(dirname(file), { recursive: true });
    const owner: LockOwner = {
      token: randomUUID(),
      pid: process.pid,
      born: processBirth(process.pid),
      host: hostname(),
      since: new Date().toISOString(),
    };
    // The file must never be seen half-written: it is made under another name and linked, which fails when the lock exists.
    const draft = `${file}.${owner.token}`;
    faultPoint("lock-draft");
    try {
      await writeFile(draft, JSON.stringify(owner));
      for (;;) {
        faultPoint("lock-link");
        if (await tryLink(draft, file)) {
          faultPoint("lock-taken");
          await removeDrafts(file);
          return new ProcessLock(file, owner.token);
        }
        const holder = await readOwner(file);
        if (holder !== undefined && isAlive(holder)) await whenHeld(holder);
        else await removeStale(file, holder);
      }
    } finally {
      await rm(draft, { force: true });
    }
  }

  /**
   * Frees the lock, unless somebody removed it and another process has it by now. Synchronous, so that next to nothing
   * comes between the end of a run and its return.
   */
  release(): void {
    faultPoint("lock-release");
    const content = existsSync(this.file) ? readFileSync(this.file, "utf8") : "";
    if (content.includes(this.token)) rmSync(this.file, { force: true });
  }
}

/** The living process that holds the lock, without touching it; undefined when nobody does. */
export async function lockHolder(file: string): Promise<LockOwner | undefined> {
  const owner = await readOwner(file);
  return owner !== undefined && isAlive(owner) ? owner : undefined;
}

async function removeDrafts(file: string): Promise<void> {
  const prefix = `${basename(file)}.`;
  for (const name of await readdir(dirname(file))) {
    if (!name.startsWith(prefix)) continue;
    const draft = join(dirname(file), name);
    const age = await stat(draft).then(
      (s) => Date.now() - s.mtimeMs,
      () => 0, // Its owner has just removed it.
    );
    if (age > DRAFT_STALE_MS) await rm(draft, { recursive: true, force: true });
  }
}

async function tryLink(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

async function readOwner(file: string): Promise<LockOwner | undefined> {
  try {
    const owner: unknown = JSON.parse(await readFile(file, "utf8"));
    const { token, pid, born, host, since } = (owner ?? {}) as Partial<LockOwner>;
    return token === undefined || pid === undefined || host === undefined || since === undefined
      ? undefined
      : { token, pid, born, host, since };
  } catch {
    return undefined; // Gone meanwhile, or not written by us: either way nobody to ask.
  }
}

/** Only one process at a time may remove a dead lock, and only the one that it looked at: otherwise it could remove a successor's. */
async function removeStale(file: string, seen: LockOwner | undefined): Promise<void> {
  const guard = `${file}.guard`;
  try {
    await mkdir(guard);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    const age = await stat(guard).then(
      (s) => Date.now() - s.mtimeMs,
      () => 0,
    );
    if (age > GUARD_STALE_MS) await rm(guard, { recursive: true, force: true });
    else await delay(20);
    return;
  }
  try {
    if ((await readOwner(file))?.token === seen?.token) await rm(file, { force: true });
  } finally {
    await rm(guard, { recursive: true, force: true });
  }
}

function isAlive(owner: LockOwner): boolean {
  if (owner.host !== hostname()) return true; // Another machine on a shared disk: it cannot be asked, so it is believed.
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return hasCode(error, "EPERM");
  }
  const born = processBirth(owner.pid);
  return born !== "dead" && (born === undefined || owner.born === undefined || born === owner.born);
}

/**
 * Start time of a process in the system's own ticks (Linux `/proc/<pid>/stat`, field 22); undefined elsewhere.
 * "dead" for a killed process that its parent has not collected yet (state Z): it still has a pid.
 */
function processBirth(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "dead" : fields[19];
  } catch {
    return undefined; // Not Linux, or the process just ended.
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
