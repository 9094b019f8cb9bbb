import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setImmediate as nextTick, setTimeout as sleep } from "node:timers/promises";
import type * as nodeApi from "@duckdb/node-api";
import { CancelledError } from "../../core/errors.js";
import { lazyModule } from "../../core/lazy-module.js";
import { DestinationError, DestinationLockedError } from "../errors.js";
import { Serial } from "./serial.js";
import { DAMAGED_HINT, isDamaged, messageOf } from "./statement-error.js";

/** The driver, which is loaded when the first database is opened. */
export type DuckDbApi = typeof nodeApi;

export interface DuckDbSettings {
  readonly threads: number | undefined;
  readonly memoryLimit: string | undefined;
}

/** How long to wait for another process. */
export interface LockWait {
  /** Seconds. */
  readonly lockTimeout: number;
  readonly signal: AbortSignal | undefined;
  /** Told once, with who holds the file, when it is not free within {@link TELL_AFTER_MS}. */
  readonly onWait: ((message: string) => void) | undefined;
}

/** First and longest pause between two tries to get the lock, in milliseconds. */
const RETRY_MS = 25;
const MAX_RETRY_MS = 500;
/** Shorter waits, for a query of another process say, are not worth a line. */
const TELL_AFTER_MS = 300;

/**
 * Databases that are open in this process, by canonical path. Two instances of one file in one process would not see
 * each other's locks and destroy it, so that sessions share one; it is closed with the last of them.
 */
const shared = new Map<string, Promise<DuckDbDatabase>>();

/** An open database, counted by its users. */
export class DuckDbDatabase {
  readonly api: DuckDbApi;
  /** True for `:memory:`: its data count as memory that is in use. */
  readonly inMemory: boolean;
  /**
   * What writes goes one after the other: DuckDB refuses transactions side by side that change one table, or make it, and
   * the limits that are set for publishing are those of the whole database.
   */
  readonly writes: Serial = new Serial();
  /** Options as they were before the first publish changed them, as text: DuckDB shows sizes rounded down, a bit more each time. */
  readonly options: Map<string, string> = new Map();
  private readonly instance: nodeApi.DuckDBInstance;
  private readonly key: string | undefined;
  private users = 1;

  private constructor(api: DuckDbApi, instance: nodeApi.DuckDBInstance, key: string | undefined) {
    this.api = api;
    this.instance = instance;
    this.key = key;
    this.inMemory = key === undefined;
  }

  /**
   * Opens the file, or joins those who have it open in this process; their settings stay. Waits for another process.
   * Throws `DestinationLockedError`, `DestinationError`, `CancelledError`.
   */
  static async open(path: string, settings: DuckDbSettings, wait: LockWait): Promise<DuckDbDatabase> {
    const key = await canonicalPath(path);
    for (;;) {
      const present = shared.get(key);
      if (present === undefined) break;
      const database = await present.catch((error: unknown) => {
        if (error instanceof CancelledError) return undefined; // Another call's wait was cancelled, not this one's.
        throw error;
      });
      if (database !== undefined && database.users > 0) return database.retain(); // It may have been closed meanwhile.
    }
    const opening = DuckDbDatabase.openFile(key, settings, wait);
    shared.set(key, opening);
    opening.catch(() => shared.delete(key));
    return opening;
  }

  static async openMemory(settings: DuckDbSettings): Promise<DuckDbDatabase> {
    const api = await importApi();
    return new DuckDbDatabase(api, await api.DuckDBInstance.create(":memory:", configOf(settings)), undefined);
  }

  private static async openFile(
    path: string,
    settings: DuckDbSettings,
    { lockTimeout, signal, onWait }: LockWait,
  ): Promise<DuckDbDatabase> {
    const api = await importApi();
    const began = performance.now();
    const deadline = began + lockTimeout * 1000;
    let tell = onWait;
    for (let pause = RETRY_MS; ; pause = Math.min(pause * 2, MAX_RETRY_MS)) {
      try {
        return new DuckDbDatabase(api, await api.DuckDBInstance.create(path, configOf(settings)), path);
      } catch (error) {
        const message = messageOf(error);
        if (!message.includes("Could not set lock on file")) throw openError(path, message, error);
        const left = deadline - performance.now();
        if (left <= 0) throw lockedError(path, message, lockTimeout, error);
        if (performance.now() - began >= TELL_AFTER_MS) {
          tell?.(`The database ${path} is locked by ${holderOf(message)}; waiting up to ${lockTimeout} s for it`);
          tell = undefined;
        }
        await sleep(Math.min(pause, left), undefined, { signal }).catch((cause: unknown) => {
          throw new CancelledError(`Cancelled while waiting for the database ${path}`, {
            cause,
            hint: "Nothing was changed: run again to go on from there.",
          });
        });
      }
    }
  }

  retain(): this {
    this.users++;
    return this;
  }

  /** Closes the file and frees its lock when nobody uses it any more. Connections have to be closed before. */
  release(): void {
    this.users--;
    if (this.users > 0) return;
    this.forget();
    this.instance.closeSync();
  }

  /** After a fatal error of the engine every statement fails: the next `open` shall not join this instance. */
  forget(): void {
    if (this.key !== undefined) shared.delete(this.key);
  }

  /** A connection of its own: DuckDB cancels a running statement when the same connection starts another. */
  async connect(): Promise<nodeApi.DuckDBConnection> {
    const connection = await this.instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    return connection;
  }
}

/** Extensions are neither installed nor loaded on demand: a load must not reach for the network. */
function configOf({ threads, memoryLimit }: DuckDbSettings): Record<string, string> {
  return {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    ...(threads === undefined ? {} : { threads: String(threads) }),
    ...(memoryLimit === undefined ? {} : { memory_limit: memoryLimit }),
  };
}

const bindings = lazyModule<unknown>("@duckdb/node-bindings");

/** Loads the driver. Throws `DestinationError`. */
export async function importApi(): Promise<DuckDbApi> {
  try {
    // In two steps, so that the event loop turns between mapping the library (36 ms) and compiling what wraps it (25 ms). Not by
    // `import`, which would first start the parser that looks for the names of a CommonJS module.
    bindings();
    await nextTick();
    return await import("@duckdb/node-api");
  } catch (cause) {
    throw new DestinationError("The DuckDB driver cannot be loaded", {
      cause,
      hint: "Install it: npm install @duckdb/node-bindings. It has binaries for Linux, macOS and Windows on x64 and arm64.",
    });
  }
}

/** The path under which all names of the file are one; the file itself need not exist yet. */
async function canonicalPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    // No such file yet: its folder has a canonical path, or opening it tells what is wrong.
    return realpath(dirname(path)).then(
      (folder) => join(folder, basename(path)),
      () => path,
    );
  }
}

/** Who holds the lock, as DuckDB knows. */
function holderOf(message: string): string {
  const holder = /held in (.+?) \(PID (\d+)\)/.exec(message);
  return holder === null ? "another process" : `process ${holder[2]} (${holder[1]})`;
}

function lockedError(path: string, message: string, seconds: number, cause: unknown): DestinationLockedError {
  return new DestinationLockedError(
    `The database ${path} is locked by ${holderOf(message)}; waited ${seconds} s for it`,
    {
      cause,
      hint: "DuckDB lets one process in while it is written. Close the other program (a notebook, a shell, another run) and run again, or raise `lockTimeout` (in YAML `lock_timeout`) of the destination.",
    },
  );
}

function openError(path: string, message: string, cause: unknown): DestinationError {
  const [text, hint] = explainOpen(message);
  return new DestinationError(`The DuckDB database ${path} cannot be opened: ${text}`, {
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}

function explainOpen(message: string): [text: string, hint?: string] {
  if (message.includes("not a valid DuckDB database file") || /extensions? .*(sqlite|mysql|postgres)/i.test(message))
    return ["the file is not a DuckDB database", "Give another path; an existing file is not overwritten."];
  if (message.includes("Is a directory")) return ["it is a folder", "Give the path of a file in it."];
  if (message.includes("No such file or directory"))
    return ["its folder does not exist", "Create the folder, or give another path."];
  if (isDamaged(message)) return [`the file is damaged (${message})`, DAMAGED_HINT];
  if (/Permission denied|Operation not permitted|Read-only file system/.test(message))
    return ["no permission to write", "DuckDB needs to write the file and its folder."];
  if (message.includes("newer version of DuckDB"))
    return [
      "it was written by a newer version of DuckDB",
      "Export it there for the older storage version, or give another path.",
    ];
  if (message === "Failed to set config")
    return ["a setting has an impossible value", 'Check `memoryLimit` (for example "512MB") and `threads`.'];
  return [message];
}
