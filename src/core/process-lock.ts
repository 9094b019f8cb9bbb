import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
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

/** Drafts and claims live for milliseconds; one of this age was left by a process that died over it. */
const LEFTOVER_MS = 24 * 3600 * 1000;

/**
 * A lock between processes: a file that names its owner. A lock whose process is gone (same host, no such pid, or the pid
 * belongs to a younger process) is taken over at once, so that a killed run can be continued without waiting.
 *
 * Who takes over has to have the claim on that one dead owner first, a lock of the same kind beside it (`<file>.after-<token>`),
 * which is taken over in the same way from a process that died with it. So however many come at the same instant, and however
 * long one of them stands still in between, one replaces the file, and never one that a successor has written.
 */
export class ProcessLock {
  readonly file: string;
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
      while (!(await take(file, file, draft, whenHeld)));
      faultPoint("lock-taken");
      await removeLeftovers(file);
      return new ProcessLock(file, owner.token);
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** True while the file names this owner: it may be removed or emptied by hand, and be another's by now. */
  isHeld(): boolean {
    return existsSync(this.file) && readFileSync(this.file, "utf8").includes(this.token);
  }

  /**
   * Frees the lock, unless somebody removed it and another process has it by now. Synchronous, so that next to nothing
   * comes between the end of a run and its return.
   */
  release(): void {
    faultPoint("lock-release");
    if (this.isHeld()) rmSync(this.file, { force: true });
  }
}

/** The living process that holds the lock, without touching it; undefined when nobody does. */
export async function lockHolder(file: string): Promise<LockOwner | undefined> {
  const owner = await readOwner(file);
  return typeof owner !== "string" && isAlive(owner) ? owner : undefined;
}

/** One try to put the draft's owner into `file`: the lock `lock` itself, or a claim on it. False when it has to be looked at again. */
async function take(
  lock: string,
  file: string,
  draft: string,
  whenHeld: (holder: LockOwner) => Promise<void>,
): Promise<boolean> {
  faultPoint("lock-link");
  if (await tryLink(draft, file)) return true;
  const seen = await readOwner(file);
  if (seen === "nobody") return false; // Freed meanwhile.
  if (seen !== "unreadable" && isAlive(seen)) {
    await whenHeld(seen);
    return false;
  }
  const claim = seen === "unreadable" ? `${file}.after` : `${lock}.after-${seen.token}`;
  if (!(await take(lock, claim, draft, whenHeld))) return false;
  try {
    faultPoint("lock-claimed");
    // Whoever had the claim before may have followed already; from here on nobody else can.
    if (tokenOf(await readOwner(file)) !== tokenOf(seen)) return false;
    await link(draft, `${draft}.next`);
    faultPoint("lock-replace");
    await rename(`${draft}.next`, file);
    return true;
  } finally {
    await rm(claim, { force: true });
  }
}

function tokenOf(owner: LockOwner | "nobody" | "unreadable"): string {
  return typeof owner === "string" ? owner : owner.token;
}

async function removeLeftovers(file: string): Promise<void> {
  const prefix = `${basename(file)}.`;
  for (const name of await readdir(dirname(file))) {
    if (!name.startsWith(prefix)) continue;
    const leftover = join(dirname(file), name);
    const age = await stat(leftover).then(
      (s) => Date.now() - s.mtimeMs,
      () => 0, // Its owner has just removed it.
    );
    if (age > LEFTOVER_MS) await rm(leftover, { recursive: true, force: true });
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

/** `unreadable`: torn by a power cut, or not written by us. */
async function readOwner(file: string): Promise<LockOwner | "nobody" | "unreadable"> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) return undefined;
    if (hasCode(error, "EISDIR")) throw new Error(`The lock ${file} is a directory: remove it`, { cause: error });
    throw error; // Of another user, say: whether it is held cannot be known.
  });
  if (text === undefined) return "nobody";
  try {
    const owner: unknown = JSON.parse(text);
    const { token, pid, born, host, since } = (owner ?? {}) as Partial<LockOwner>;
    if (typeof token !== "string" || !/^[\w-]{1,64}$/.test(token)) return "unreadable"; // It becomes part of a path.
    if (!Number.isSafeInteger(pid) || pid === undefined || pid < 1) return "unreadable"; // Others stand for groups of processes.
    if (host === undefined || since === undefined) return "unreadable";
    return { token, pid, born, host, since };
  } catch {
    return "unreadable";
  }
}

function isAlive(owner: LockOwner): boolean {
  if (owner.host !== hostname()) return true; // Another machine on a shared disk: it cannot be asked, so it is believed.
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (!hasCode(error, "EPERM")) return false; // A process of another user is one, and may have got the number of the dead.
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
