import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigError } from "../../core/errors.js";
import type { Destination, DestinationSession, QueryOptions } from "../destination.js";
import { DestinationError, DestinationLockedError, StatementError } from "../errors.js";
import { resolveDestination } from "../resolve.js";
import { duckdb } from "./index.js";

const API = createRequire(import.meta.url).resolve("@duckdb/node-api");

async function read(
  session: DestinationSession,
  sql: string,
  options?: QueryOptions,
): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const row of session.query(sql, options)) rows.push(row);
  return rows;
}

async function execute(session: DestinationSession, ...statements: readonly string[]): Promise<void> {
  await session.transaction(async (transaction) => {
    for (const sql of statements) await transaction.execute(sql);
  });
}

/** Another program that has the file open. */
async function hold(file: string): Promise<ChildProcess> {
  const script = `require(${JSON.stringify(API)}).DuckDBInstance.create(${JSON.stringify(file)}).then((db) => { console.log("held"); setInterval(() => db, 1000); })`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout ?? child, "data");
  return child;
}

describe("duckdb", () => {
  let folder: string;
  let file: string;
  let open: DestinationSession[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-duckdb-"));
    file = join(folder, "my.duckdb");
    open = [];
  });
  afterEach(async () => {
    for (const session of open) await session.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function session(destination: Destination = duckdb(file)): Promise<DestinationSession> {
    const opened = await destination.open();
    open.push(opened);
    return opened;
  }

  it("has no state before the first load, and tells when the table of loads is a view that is broken", async () => {
    const opened = await session();
    expect(await opened.readState("ds", "p")).toBeUndefined();
    await execute(opened, 'CREATE SCHEMA "ds"');
    expect(await opened.lastLoadId("ds")).toBeUndefined();
    await execute(
      opened,
      'CREATE TABLE "ds".elsewhere (load_id VARCHAR)',
      'CREATE VIEW "ds"._dlt_loads AS SELECT * FROM "ds".elsewhere',
      'DROP TABLE "ds".elsewhere',
    );
    await expect(opened.lastLoadId("ds")).rejects.toThrow("elsewhere does not exist");
  });

  describe("names its file", () => {
    it.each([
      ["my.duckdb", resolve("my.duckdb")],
      ["duckdb:///data/my.duckdb", "/data/my.duckdb"],
      ["duckdb:////data/my.duckdb", "/data/my.duckdb"],
      ["duckdb://data/my.duckdb", resolve("data/my.duckdb")],
      ["duckdb:data/my.duckdb", resolve("data/my.duckdb")],
      ["duckdb", resolve("shop.duckdb")],
      ["duckdb://", resolve("shop.duckdb")],
    ])("%s", (text, path) => {
      expect(resolveDestination(text, { pipelineName: "shop" }).location).toBe(`duckdb://${path}`);
    });

    it("by the pipeline when the destination has no path of its own", async () => {
      expect(resolveDestination(duckdb(), { pipelineName: "a/b" }).location).toMatch(/\/a_b-[0-9a-f]+\.duckdb$/);
      expect(resolveDestination(duckdb(file), { pipelineName: "shop" }).location).toBe(`duckdb://${file}`);
      await expect(duckdb().open()).rejects.toThrow(ConfigError);
    });

    it.each(["postgres://host/db", "nothing", "", "duckdb:///x.duckdb?threads=2"])("refuses %j", (text) => {
      expect(() => resolveDestination(text, { pipelineName: "shop" })).toThrow(ConfigError);
    });

    it("refuses impossible options", () => {
      expect(() => duckdb(" ")).toThrow(ConfigError);
      expect(() => duckdb({ threads: 0 })).toThrow(/threads/);
      expect(() => duckdb({ lockTimeout: -1 })).toThrow(/lockTimeout/);
    });
  });

  describe("opens its file", () => {
    it("once for all sessions of the process, whatever the path is called", async () => {
      await symlink(folder, join(folder, "link"));
      const [a, b] = await Promise.all([session(), session(duckdb(join(folder, "link", "my.duckdb")))]);
      await execute(a, "CREATE TABLE t (a INTEGER)", "INSERT INTO t VALUES (1)");
      expect(await read(b, "SELECT * FROM t")).toEqual([{ a: 1 }]);
      await a.close();
      expect(await read(b, "SELECT * FROM t")).toEqual([{ a: 1 }]);
    });

    it("and frees it with the last session, so that another process gets it", async () => {
      const one = await session();
      await read(one, "SELECT $1", { params: ["a prepared statement"] });
      const rows = one.query("SELECT * FROM range(100000)")[Symbol.asyncIterator]();
      await rows.next(); // A reader that does not come to its end.
      await one.close();
      await one.close();
      await expect(rows.next()).resolves.toBeDefined(); // Of the chunk that was read before.
      const other = await hold(file);
      other.kill("SIGKILL");
      await once(other, "exit");
    });

    it("as soon as the process that holds it is gone", async () => {
      const other = await hold(file);
      const opening = session(duckdb({ path: file, lockTimeout: 60 }));
      other.kill("SIGKILL");
      expect(await read(await opening, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    });

    it("and stops waiting when it is told to", async () => {
      const other = await hold(file);
      const abort = new AbortController();
      const opening = duckdb({ path: file, lockTimeout: 60 }).open(abort.signal);
      abort.abort();
      await expect(opening).rejects.toMatchObject({ code: "SLUICE_CANCELLED" });
      other.kill("SIGKILL");
      await once(other, "exit");
    });

    it("or names the process that holds it", async () => {
      const other = await hold(file);
      const error = await session(duckdb({ path: file, lockTimeout: 0.1 })).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(DestinationLockedError);
      expect(error).toMatchObject({ code: "SLUICE_DESTINATION_LOCKED", message: expect.stringContaining(file) });
      expect(String(error)).toContain(`process ${other.pid}`);
      other.kill("SIGKILL");
      await once(other, "exit");
      await session();
    });

    it("and says what is wrong with the path", async () => {
      await writeFile(file, "not a database".repeat(1000));
      await mkdir(join(folder, "folder.duckdb"));
      const message = (path: string): Promise<unknown> =>
        session(duckdb(path)).then(
          () => undefined,
          (error: unknown) => (error instanceof DestinationError ? error.message : error),
        );
      expect(await message(file)).toContain("not a DuckDB database");
      expect(await message(join(folder, "folder.duckdb"))).toContain("it is a folder");
      expect(await message(join(folder, "nowhere", "my.duckdb"))).toContain("folder does not exist");
      await expect(session(duckdb({ path: join(folder, "new.duckdb"), memoryLimit: "much" }))).rejects.toThrow(
        /memoryLimit/,
      );
    });

    it.skipIf(process.getuid?.() === 0)("and tells missing permissions", async () => {
      await writeFile(file, "");
      await chmod(file, 0o400);
      await expect(session()).rejects.toThrow(/no permission/);
    });

    it("not at all for :memory:, which lives as long as its destination", async () => {
      const memory = duckdb(":memory:");
      const one = await session(memory);
      await execute(one, "CREATE TABLE t AS SELECT 1 AS a");
      await one.close();
      expect(await read(await session(memory), "SELECT * FROM t")).toEqual([{ a: 1 }]);
      await expect(read(await session(duckdb(":memory:")), "SELECT * FROM t")).rejects.toThrow(StatementError);
      expect(memory.location).toBe("duckdb:///:memory:");
    });
  });

  describe("queries", () => {
    it("give plain values", async () => {
      const [row] = await read(
        await session(),
        `SELECT 1::BIGINT AS i, 9007199254740993 AS big, -1::TINYINT AS tiny, count(*) AS n, sum(5) AS total, 1.50::DECIMAL(5,2) AS d, 7::DECIMAL(38,0) AS whole, 0.5::DOUBLE AS f, true AS b, NULL AS nil,
          'x' AS s, '{"a":2.50}'::JSON AS j, '\\xAB'::BLOB AS bin, DATE '2024-02-29' AS day, TIME '10:00:00.5' AS time, TIMESTAMP '2024-01-01 10:00:00.5' AS local,
          TIMESTAMPTZ '2024-01-01 10:00:00.123456+02' AS t, TIMESTAMPTZ '1969-12-31 23:59:59.5Z' AS old, TIMESTAMPTZ '2024-01-01' AS midnight, 'infinity'::TIMESTAMPTZ AS forever,
          [1::BIGINT, NULL] AS list, {'a': 1::BIGINT, '__proto__': 2} AS struct, uuid '00000000-0000-0000-0000-000000000001' AS id`,
      );
      expect(row).toEqual({
        i: 1,
        big: 9007199254740993n,
        tiny: -1,
        n: 1,
        total: 5,
        d: "1.50",
        whole: 7,
        f: 0.5,
        b: true,
        nil: null,
        s: "x",
        j: '{"a":2.50}',
        bin: Uint8Array.of(0xab),
        day: "2024-02-29",
        time: "10:00:00.5",
        local: "2024-01-01T10:00:00.5",
        t: "2024-01-01T08:00:00.123456Z",
        old: "1969-12-31T23:59:59.500Z",
        midnight: "2024-01-01T00:00:00Z",
        forever: "infinity",
        list: [1, null],
        struct: expect.objectContaining({ a: 1 }),
        id: "00000000-0000-0000-0000-000000000001",
      });
    });

    it("bind values and find tables of the dataset without its name", async () => {
      const one = await session();
      await execute(one, 'CREATE SCHEMA "a""b"', 'CREATE TABLE "a""b".t AS SELECT range AS a FROM range(5)');
      expect(
        await read(
          one,
          "SELECT a FROM t WHERE a > $1 AND $2 = 'it''s' AND $3 AND $4 IS NULL AND $5 = 9007199254740993",
          { dataset: 'a"b', params: [3, "it's", true, null, 9007199254740993n] },
        ),
      ).toEqual([{ a: 4 }]);
      await expect(read(one, "SELECT * FROM t")).rejects.toMatchObject({ code: "SLUICE_STATEMENT" });
    });

    it("stream, side by side and beside a transaction", async () => {
      const one = await session();
      await execute(one, "CREATE TABLE t AS SELECT range AS a FROM range(50000)");
      const counts = await Promise.all(
        [1, 2, 3].map(async () => {
          let count = 0;
          for await (const row of one.query("SELECT * FROM t")) {
            if (count % 10_000 === 0) await execute(one, `INSERT INTO t VALUES (${String(row["a"])})`);
            count++;
          }
          return count;
        }),
      );
      expect(counts.every((count) => count >= 50_000)).toBe(true);
      expect(await read(one, "SELECT count(*) AS n FROM t")).toEqual([
        { n: 50_000 + 3 * 5 + (counts.some((count) => count > 50_000) ? 3 : 0) },
      ]);
    });

    it("keep two columns of the same name, and one called __proto__", async () => {
      const [row] = await read(await session(), 'SELECT 1 AS a, 2 AS a, 3 AS "__proto__"');
      expect(Object.entries(row ?? {})).toEqual([
        ["a", 1],
        ["a:1", 2],
        ["__proto__", 3],
      ]);
    });
  });

  describe("a transaction", () => {
    it("takes everything back when its work fails", async () => {
      const one = await session();
      const failing = one.transaction(async (transaction) => {
        await transaction.execute("CREATE TABLE t (a INTEGER)");
        throw new RangeError("no");
      });
      await expect(failing).rejects.toThrow(RangeError);
      await execute(one, "CREATE TABLE t (a INTEGER)");
    });

    it("ends soon when its session is interrupted, in a statement or between two", async () => {
      const one = await session();
      let begun = (): void => undefined;
      const started = new Promise<void>((resolve) => (begun = resolve));
      const endless = one.transaction(async (transaction) => {
        await transaction.execute("CREATE TABLE t (a HUGEINT)");
        begun();
        await transaction.execute(
          "INSERT INTO t SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b",
        );
      });
      await started;
      one.interrupt();
      await expect(endless).rejects.toMatchObject({ code: "SLUICE_STATEMENT", rejected: false });
      await expect(
        one.transaction(async (transaction) => transaction.execute("CREATE TABLE t (a INTEGER)")),
      ).rejects.toThrow("Interrupted");
      await one.close();
      expect(await (await session()).tables("main")).toEqual([]);
    });

    it("is run again with more memory when the small limit for loading does not do", async () => {
      const needy = "SELECT length(string_agg(repeat('x', 1000), ',')) FROM range(150000)";
      let tries = 0;
      await (
        await session()
      ).transaction(async (transaction) => {
        tries++;
        await transaction.execute(`CREATE TABLE t AS ${needy}`);
      });
      expect(tries).toBe(3); // 150 MB in one value: more than four times the small limit as well.
      await expect(
        execute(
          await session(duckdb({ path: join(folder, "other.duckdb"), memoryLimit: "80MB" })),
          `CREATE TABLE t AS ${needy}`,
        ),
      ).rejects.toMatchObject({ hint: expect.stringContaining("memoryLimit") });
    });
  });
});
