import type { DuckDBConnection } from "@duckdb/node-api";
import { faultPoint } from "../../core/fault-point.js";
import { LOADS_TABLE, STATE_TABLE, VERSION_TABLE } from "../../schema/system-tables.js";
import type { StoredSchema } from "../../schema/model.js";
import type { DestinationSession, QueryOptions, QueryParameter, StateRow } from "../destination.js";
import { DestinationError } from "../errors.js";
import type { PublishTransaction } from "../publish-transaction.js";
import type { DuckDbDatabase, DuckDbSettings } from "./database.js";
import { DuckDbDialect } from "./dialect.js";
import { MemoryBudget } from "./memory-budget.js";
import { withPublishSettings } from "./publish-settings.js";
import { QueryStream } from "./query-stream.js";
import { Serial } from "./serial.js";
import { isFatal, isMissing, toStatementError } from "./statement-error.js";
import { DuckDbTransaction, readTables } from "./transaction.js";
import { plainValueConverter } from "./values.js";

/** Milliseconds between two interrupts of a session that is to end. */
const INTERRUPT_MS = 50;

/** A publish that runs out of its memory is run again with more, and at last with DuckDB's own limit. */
const MEMORY_FACTORS = [1, 4];

type Row = Record<string, unknown>;

/** One user of a database. Its own statements wait for each other; queries that stream have connections of their own. */
export class DuckDbSession implements DestinationSession {
  readonly dialect: DuckDbDialect;
  private readonly database: DuckDbDatabase;
  private readonly connection: DuckDBConnection;
  private readonly settings: DuckDbSettings;
  private readonly queries = new Set<QueryStream>();
  private readonly statements = new Serial();
  private closed = false;
  private interrupting: NodeJS.Timeout | undefined;

  private constructor(
    database: DuckDbDatabase,
    connection: DuckDBConnection,
    catalog: string,
    settings: DuckDbSettings,
  ) {
    this.database = database;
    this.connection = connection;
    this.dialect = new DuckDbDialect(catalog);
    this.settings = settings;
  }

  /** Takes over the caller's share of `database` and gives it back with `close`. */
  static async open(database: DuckDbDatabase, settings: DuckDbSettings): Promise<DuckDbSession> {
    try {
      const connection = await database.connect();
      const [[catalog] = []] = await (await connection.run("SELECT current_database()")).getRowsJson();
      return new DuckDbSession(database, connection, typeof catalog === "string" ? catalog : "", settings);
    } catch (error) {
      database.release();
      throw toStatementError(error);
    }
  }

  async readState(dataset: string, pipelineName: string): Promise<StateRow | undefined> {
    const [row] = await this.readSystem(dataset, [STATE_TABLE, LOADS_TABLE], (state = "", loads = "") => [
      `SELECT s.version, s.engine_version, s.pipeline_name, s.state, s.created_at, s.version_hash
       FROM ${state} AS s JOIN ${loads} AS l ON l.load_id = s._dlt_load_id
       WHERE s.pipeline_name = $1 AND l.status = 0 ORDER BY l.load_id DESC, s.version DESC LIMIT 1`,
      pipelineName,
    ]);
    if (row === undefined) return undefined;
    return {
      version: Number(row["version"]),
      engine_version: Number(row["engine_version"]),
      pipeline_name: String(row["pipeline_name"]),
      state: String(row["state"]),
      created_at: String(row["created_at"]),
      version_hash: typeof row["version_hash"] === "string" ? row["version_hash"] : "", // dlt's column is nullable.
    };
  }

  async readSchema(dataset: string, schemaName: string): Promise<StoredSchema | undefined> {
    const [row] = await this.readSystem(dataset, [VERSION_TABLE], (versions = "") => [
      `SELECT schema FROM ${versions} WHERE schema_name = $1 ORDER BY inserted_at DESC, version DESC LIMIT 1`,
      schemaName,
    ]);
    if (row === undefined) return undefined;
    try {
      return JSON.parse(String(row["schema"])) as StoredSchema; // Whether it is one that can be used is checked by `Schema`.
    } catch (cause) {
      throw new DestinationError(`The stored schema "${schemaName}" of dataset "${dataset}" is not JSON`, {
        cause,
        table: VERSION_TABLE,
      });
    }
  }

  async schemaNames(dataset: string): Promise<string[]> {
    const rows = await this.readSystem(dataset, [VERSION_TABLE], (versions = "") => [
      `SELECT DISTINCT schema_name AS name FROM ${versions} ORDER BY name`,
    ]);
    return rows.map((row) => String(row["name"]));
  }

  async isLoaded(dataset: string, loadId: string): Promise<boolean> {
    const rows = await this.readSystem(dataset, [LOADS_TABLE], (loads = "") => [
      `SELECT 1 FROM ${loads} WHERE load_id = $1 LIMIT 1`,
      loadId,
    ]);
    return rows.length > 0;
  }

  async lastLoadId(dataset: string): Promise<string | undefined> {
    const [row] = await this.readSystem(dataset, [LOADS_TABLE], (loads = "") => [
      `SELECT load_id, TRY_CAST(load_id AS DECIMAL(38,18)) AS seconds FROM ${loads} WHERE seconds IS NOT NULL ORDER BY seconds DESC LIMIT 1`,
    ]);
    return row === undefined ? undefined : String(row["load_id"]);
  }

  async isExactAsDouble(dataset: string, table: string, column: string): Promise<boolean> {
    return this.statements.run(async () => {
      const existing = (await readTables(this.connection, dataset)).get(table.toLowerCase());
      const type = existing?.columns.get(column.toLowerCase())?.type;
      // A column that holds any double as it is (text) need not be widened.
      if (type === undefined || this.dialect.conversion("DOUBLE", type) === "exact") return true;
      const keeps = this.dialect.keeps(this.dialect.quote(column), type, "DOUBLE");
      return (
        (await this.read(`SELECT 1 FROM ${this.qualify(dataset, table)} WHERE NOT (${keeps}) LIMIT 1`)).length === 0
      );
    });
  }

  async tables(dataset: string): Promise<string[]> {
    return this.statements.run(async () =>
      [...(await readTables(this.connection, dataset)).values()].map((table) => table.name),
    );
  }

  async transaction<T>(work: (transaction: PublishTransaction) => Promise<T>): Promise<T> {
    return this.write(async () => {
      // An in-memory database needs the memory for its data.
      const limited = this.settings.memoryLimit === undefined && !this.database.inMemory;
      for (const factor of limited ? MEMORY_FACTORS : []) {
        const outcome = await this.withinBudget(factor, work);
        if ("result" in outcome) return outcome.result;
        if (!outcome.outOfMemory || isFatal(outcome.error)) throw outcome.error;
      }
      return this.publishing(false, () => this.attempt(this.begin(), work));
    });
  }

  /** One try with a limited memory; running out of it is an outcome, after which more may be given. */
  private async withinBudget<T>(
    factor: number,
    work: (transaction: PublishTransaction) => Promise<T>,
  ): Promise<{ readonly result: T } | { readonly error: unknown; readonly outOfMemory: boolean }> {
    return this.publishing(true, async () => {
      const transaction = this.begin(await MemoryBudget.start(this.connection, factor));
      try {
        return { result: await this.attempt(transaction, work) };
      } catch (error) {
        return { error, outOfMemory: transaction.outOfMemory };
      }
    });
  }

  private begin(budget?: MemoryBudget): DuckDbTransaction {
    return new DuckDbTransaction(this.connection, this.database, this.dialect, {
      budget,
      isInterrupted: () => this.interrupting !== undefined,
    });
  }

  private publishing<T>(isLimited: boolean, work: () => Promise<T>): Promise<T> {
    const { connection, settings, database } = this;
    return withPublishSettings(connection, database.options, { isLimited, threads: settings.threads }, work);
  }

  interrupt(): void {
    if (this.interrupting !== undefined || this.closed) return;
    // One that comes after a statement was handed over and before DuckDB begins with it is lost, so it is said again.
    this.interrupting = setInterval(() => this.connection.interrupt(), INTERRUPT_MS);
    this.connection.interrupt();
  }

  async dropDataset(dataset: string): Promise<void> {
    await this.write(async () => {
      await this.read(`DROP SCHEMA IF EXISTS ${this.dialect.schema(dataset)} CASCADE`);
      await this.checkpoint();
    });
  }

  async *query(sql: string, options: QueryOptions = {}): AsyncGenerator<Row> {
    const stream = await QueryStream.start(this.database, this.dialect, sql, options);
    this.queries.add(stream);
    try {
      for (let rows = await stream.next(); rows !== undefined; rows = await stream.next()) {
        for (const values of rows) yield toRow(stream.names, values);
      }
    } finally {
      this.queries.delete(stream);
      await stream.end();
    }
  }

  qualify(dataset: string, table: string): string {
    return this.dialect.qualify(dataset, table);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.statements.idle();
    for (const stream of this.queries) await stream.end(); // Their readers did not come to the end.
    clearInterval(this.interrupting);
    this.connection.closeSync();
    this.database.release();
  }

  /** Runs `work` when this session's statements before it are done, and what others in this process write. */
  private write<T>(work: () => Promise<T>): Promise<T> {
    return this.statements.run(() => this.database.writes.run(work));
  }

  private async attempt<T>(
    transaction: DuckDbTransaction,
    work: (transaction: PublishTransaction) => Promise<T>,
  ): Promise<T> {
    faultPoint("publish-begin");
    await transaction.execute("BEGIN TRANSACTION");
    let result: T;
    try {
      result = await work(transaction);
      faultPoint("publish-commit");
      await transaction.commit();
    } catch (error) {
      // A failed COMMIT has rolled back by itself, and a dead connection ends its transaction when it is closed.
      await this.connection.run("ROLLBACK").catch(() => undefined);
      throw error;
    }
    faultPoint("publish-committed");
    await this.checkpoint();
    return result;
  }

  /** Moves the log into the database file: replaying schema changes from the log has a history of bugs in DuckDB. */
  private async checkpoint(): Promise<void> {
    // Not possible while another connection of this process writes; the log is as durable, and the next one moves it.
    await this.connection.run("CHECKPOINT").catch(() => undefined);
  }

  /** Reads from system tables; nothing when one of them does not exist. (Asking for the names first takes DuckDB 9 ms.) */
  private async readSystem(
    dataset: string,
    names: readonly string[],
    statement: (...tables: string[]) => [sql: string, ...params: string[]],
  ): Promise<Row[]> {
    return this.statements.run(async () => {
      const [sql, ...params] = statement(...names.map((name) => this.qualify(dataset, name)));
      return this.read(sql, params).catch((error: unknown) => {
        if (isMissing(error, names)) return [];
        throw error;
      });
    });
  }

  private async read(sql: string, params: readonly QueryParameter[] = []): Promise<Row[]> {
    try {
      const result = await this.connection.run(sql, params.length === 0 ? undefined : [...params]);
      const names = result.deduplicatedColumnNames();
      return (await result.convertRows(plainValueConverter(this.database.api))).map((values) => toRow(names, values));
    } catch (error) {
      if (isFatal(error)) this.database.forget();
      throw toStatementError(error);
    }
  }
}

/** `fromEntries` also makes a column called `__proto__` an ordinary property. */
function toRow(names: readonly string[], values: readonly unknown[]): Row {
  return Object.fromEntries(names.map((name, i) => [name, values[i]]));
}
