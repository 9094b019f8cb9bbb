import { existsSync } from "node:fs";
import { access, constants } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ConfigError, excerpt } from "../../core/errors.js";
import { safeFileName } from "../../package/layout.js";
import type { Capabilities, Destination } from "../destination.js";
import type * as Database from "./database.js";
import type * as Session from "./session.js";

export interface DuckDbOptions {
  /** Database file, relative to the working directory, or `:memory:`. Default: `<pipelineName>.duckdb`. */
  readonly path?: string;
  /** Seconds to wait while another process holds the file. Default 10. */
  readonly lockTimeout?: number;
  /**
   * The most memory that DuckDB may use, such as `"512MB"`; larger work goes through temporary files beside the database.
   * Default: as little as a publish needs, DuckDB's own default (80 % of the machine) for queries.
   */
  readonly memoryLimit?: string;
  /** Threads of DuckDB. Default: one while publishing, so that memory stays small, all cores for queries. */
  readonly threads?: number;
}

const DEFAULT_LOCK_TIMEOUT = 10;
const MEMORY = ":memory:";

const CAPABILITIES: Capabilities = {
  maxIdentifierLength: 65_536,
  ignoresCase: true,
  readsSegmentFiles: true,
  atomicPublish: true,
};

/**
 * A DuckDB database as destination: `duckdb()`, `duckdb("my.duckdb")`, `duckdb({ path: "my.duckdb", memoryLimit: "1GB" })`.
 * URLs are `duckdb:///absolute/path.duckdb`, `duckdb://relative/path.duckdb` and `duckdb:///:memory:`.
 *
 * The file is open only while a session is, so that other processes can read it between runs. `:memory:` is one database
 * for all sessions of the destination that is returned, gone with it. Throws `ConfigError` for impossible options.
 */
export function duckdb(pathOrOptions: string | DuckDbOptions = {}): Destination {
  return new DuckDbDestination(typeof pathOrOptions === "string" ? fromText(pathOrOptions) : pathOrOptions);
}

/** Throws `ConfigError` when the text is neither a path nor a URL that stands for one. */
function fromText(text: string): DuckDbOptions {
  if (text.trim() === "")
    throw new ConfigError("The path of the DuckDB database is empty", {
      path: "destination",
      hint: 'Give a file such as "my.duckdb", or ":memory:".',
    });
  if (!/^duckdb:/i.test(text)) return { path: text };
  const rest = text.replace(/^duckdb:(\/\/)?/i, "");
  if (rest.includes("?")) {
    throw new ConfigError(`Parameters in a DuckDB URL are not supported: ${excerpt(text)}`, {
      path: "destination",
      hint: "Use duckdb({ path, threads, memoryLimit, lockTimeout }) instead; in YAML destination: { type: duckdb, path: …, lock_timeout: … }.",
    });
  }
  if (rest.replaceAll("/", "") === "") return {};
  return { path: rest === `/${MEMORY}` ? MEMORY : rest.replace(/^\/+/, "/") };
}

class DuckDbDestination implements Destination {
  readonly type = "duckdb";
  readonly dltType = "dlt.destinations.duckdb";
  readonly capabilities: Capabilities = CAPABILITIES;
  private readonly options: DuckDbOptions;
  /** Keeps an in-memory database alive between sessions. */
  private memory: Promise<Database.DuckDbDatabase> | undefined;

  constructor(options: DuckDbOptions) {
    const { threads, lockTimeout } = options;
    if (threads !== undefined && !(Number.isInteger(threads) && threads > 0))
      throw new ConfigError(`threads must be a whole number from 1, not ${excerpt(threads)}`, {
        path: "destination.threads",
      });
    if (lockTimeout !== undefined && !(lockTimeout >= 0))
      throw new ConfigError(`lockTimeout must be a number of seconds, not ${excerpt(lockTimeout)}`, {
        path: "destination.lockTimeout",
      });
    this.options = options;
  }

  get location(): string {
    const { path } = this.options;
    if (path === undefined) return "duckdb";
    return path === MEMORY ? "duckdb:///:memory:" : `duckdb://${resolve(path)}`;
  }

  forPipeline(pipelineName: string): Destination {
    return this.options.path === undefined
      ? new DuckDbDestination({ ...this.options, path: `${safeFileName(pipelineName)}.duckdb` })
      : this;
  }

  /** Not opening a file that is not there, only to read nothing from it, saves 50 ms. */
  async isNew(): Promise<boolean> {
    const { path } = this.options;
    if (path === undefined || path === MEMORY || existsSync(path)) return false;
    return access(dirname(resolve(path)), constants.W_OK).then(
      () => true,
      () => false, // `open` will say why.
    );
  }

  async prepare(): Promise<void> {
    const [{ importApi }] = await loadEngine();
    await importApi();
  }

  async open(signal?: AbortSignal, onWait?: (message: string) => void): Promise<Session.DuckDbSession> {
    const { path, threads, memoryLimit, lockTimeout = DEFAULT_LOCK_TIMEOUT } = this.options;
    if (path === undefined) {
      throw new ConfigError("The DuckDB destination has no path", {
        path: "destination",
        hint: 'Give one: duckdb("my.duckdb"); a pipeline fills in <pipelineName>.duckdb.',
      });
    }
    const settings = { threads, memoryLimit };
    const [{ DuckDbDatabase }, { DuckDbSession }] = await loadEngine();
    if (path !== MEMORY)
      return DuckDbSession.open(
        await DuckDbDatabase.open(resolve(path), settings, { lockTimeout, signal, onWait }),
        settings,
      );
    this.memory ??= DuckDbDatabase.openMemory(settings);
    return DuckDbSession.open((await this.memory).retain(), settings);
  }
}

/** Loaded when a database is opened: a process that only declares a pipeline pays for none of it. */
async function loadEngine(): Promise<[typeof Database, typeof Session]> {
  return Promise.all([import("./database.js"), import("./session.js")]);
}
