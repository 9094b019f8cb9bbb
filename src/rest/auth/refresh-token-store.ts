import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../core/errors.js";
import { ProcessLock } from "../../core/process-lock.js";
import { AuthError } from "../errors.js";

/**
 * Where refresh tokens are kept that the server hands out in place of the configured one. Implement it for a vault or a
 * database; every run, on whatever machine, has to see what the one before has saved.
 */
export interface RefreshTokenStore {
  /** The token of the last `save`; undefined: there was none. */
  load(): string | undefined | Promise<string | undefined>;
  /** Must have kept the token for good when it returns: the server may have forgotten all earlier ones. */
  save(token: string): void | Promise<void>;
  /** Runs `work` (load, ask, save) while nobody else does. Default: without a lock between processes. */
  exclusively?<T>(work: () => Promise<T>): Promise<T>;
}

/** Milliseconds between two looks at a lock that another process holds. */
const LOCK_PAUSE = 50;

/**
 * A file that only its owner may read (mode 0600), replaced in one step and locked between processes.
 *
 * It stands beside the secrets, not in the pipeline's work folder, which may be deleted at any time, and not in the
 * state at the destination, which everybody may read who may read the data.
 */
export class RefreshTokenFile implements RefreshTokenStore {
  readonly #file: string;

  constructor(file: string) {
    this.#file = resolve(file);
  }

  /**
   * `.sluice/tokens/<hash>` in the working directory. The configured token is part of the hash: whoever signs in anew and
   * configures the new token begins with a file of its own.
   */
  static for(accessTokenUrl: string, clientId: string, refreshToken: string): RefreshTokenFile {
    const hash = createHash("sha256")
      .update(JSON.stringify([accessTokenUrl, clientId, refreshToken]))
      .digest("hex");
    return new RefreshTokenFile(join(".sluice", "tokens", hash.slice(0, 32)));
  }

  async load(): Promise<string | undefined> {
    try {
      const text = (await readFile(this.#file, "utf8")).trim();
      return text === "" ? undefined : text;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw this.#unusable("read", error);
    }
  }

  async save(token: string): Promise<void> {
    const draft = `${this.#file}.${randomUUID()}`;
    try {
      const handle = await open(draft, "wx", 0o600);
      try {
        await handle.writeFile(token);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(draft, this.#file);
    } catch (error) {
      await rm(draft, { force: true });
      throw this.#unusable("written", error);
    }
  }

  /** Taking the lock proves that the folder can be written, before the server is asked to replace the token. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    let lock: ProcessLock;
    try {
      await this.#prepareFolder();
      lock = await ProcessLock.acquire(`${this.#file}.lock`, () => delay(LOCK_PAUSE));
    } catch (error) {
      throw this.#unusable("written", error);
    }
    try {
      return await work();
    } finally {
      lock.release();
    }
  }

  /** A folder of our own is closed to others, and to version control. */
  async #prepareFolder(): Promise<void> {
    const folder = dirname(this.#file);
    const made = await mkdir(folder, { recursive: true, mode: 0o700 });
    if (made !== undefined) await writeFile(join(folder, ".gitignore"), "*\n");
  }

  #unusable(what: string, cause: unknown): AuthError {
    return new AuthError(`The file for refresh tokens ${this.#file} cannot be ${what}: ${messageOf(cause)}`, {
      cause,
      hint: "Name a file that can be written as tokenStore, or give tokenStore null if the API never replaces refresh tokens.",
    });
  }
}
