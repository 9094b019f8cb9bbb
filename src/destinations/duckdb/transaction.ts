import type { DuckDBConnection } from "@duckdb/node-api";
import { StatementError } from "../errors.js";
import type { ExistingColumn, ExistingTable, PublishTransaction, RowSource, Stage } from "../publish-transaction.js";
import type { DuckDbDatabase } from "./database.js";
import type { DuckDbDialect } from "./dialect.js";
import type { MemoryBudget } from "./memory-budget.js";
import { findRejectedRow } from "./rejected-row.js";
import { segmentRelation } from "./segment-reader.js";
import {
  isDurable,
  isFatal,
  isOutOfMemory,
  isRejection,
  messageOf,
  type RejectedValue,
  toStatementError,
} from "./statement-error.js";

export interface TransactionOptions {
  /** Undefined: the memory limit stays as it is. */
  readonly budget: MemoryBudget | undefined;
  /** True when no statement is to be started any more: an interrupt between two of them would be lost. */
  readonly isInterrupted: () => boolean;
}

/** The open transaction of one session. */
export class DuckDbTransaction implements PublishTransaction {
  /** Set when a statement came to the memory limit. */
  outOfMemory = false;
  private readonly connection: DuckDBConnection;
  private readonly database: DuckDbDatabase;
  private readonly dialect: DuckDbDialect;
  /** What was read so far, to find the value behind an error that only names a file. */
  private readonly sources: RowSource[] = [];
  private readonly budget: MemoryBudget | undefined;
  private readonly isInterrupted: () => boolean;

  constructor(
    connection: DuckDBConnection,
    database: DuckDbDatabase,
    dialect: DuckDbDialect,
    { budget, isInterrupted }: TransactionOptions,
  ) {
    this.connection = connection;
    this.database = database;
    this.dialect = dialect;
    this.budget = budget;
    this.isInterrupted = isInterrupted;
  }

  async existingTables(dataset: string): Promise<Map<string, ExistingTable>> {
    return this.guarded(() => readTables(this.connection, dataset));
  }

  async rows(source: RowSource): Promise<string> {
    this.sources.push(source);
    await this.budget?.include(source.columns.length);
    return segmentRelation(source, this.dialect);
  }

  async stage(name: string, source: RowSource): Promise<Stage> {
    const relation = this.dialect.temporary(name);
    await this.budget?.includeStage();
    const rows = await this.firstValue(`CREATE TEMP TABLE ${relation} AS SELECT * FROM ${await this.rows(source)}`);
    return { relation, ordinal: "rowid", rows: Number(rows) }; // DuckDB numbers rows as they were inserted, and it inserts in the order of the files.
  }

  async execute(sql: string): Promise<number> {
    return this.guarded(async () => (await this.connection.run(sql)).rowsChanged);
  }

  /**
   * Makes the transaction durable. It may be so although DuckDB fails: when the rows are in its log, and moving them into the
   * file did not work. That handle is of no use any more, and the next one that is opened reads the log.
   */
  async commit(): Promise<void> {
    await this.budget?.includeCommit();
    try {
      await this.execute("COMMIT");
    } catch (error) {
      if (!isDurable(error)) throw error;
    }
  }

  async exists(sql: string): Promise<boolean> {
    return this.guarded(async () => (await this.connection.runAndReadUntil(sql, 1)).currentRowCount > 0);
  }

  async firstValue(sql: string): Promise<string | undefined> {
    const [[value] = []] = await this.guarded(async () =>
      (await this.connection.runAndReadUntil(sql, 1)).getRowsJson(),
    );
    return value === undefined || typeof value === "string" ? value : JSON.stringify(value);
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    if (this.isInterrupted()) throw new StatementError("Interrupted");
    try {
      return await work();
    } catch (error) {
      this.outOfMemory ||= isOutOfMemory(error);
      if (isFatal(error)) this.database.forget();
      const message = messageOf(error);
      throw toStatementError(error, isRejection(message) ? await this.findRejected(message) : undefined);
    }
  }

  /** The transaction is aborted by now, so that another connection has to look. */
  private async findRejected(message: string): Promise<RejectedValue | undefined> {
    const connection = await this.database.connect();
    try {
      return await findRejectedRow(connection, this.sources, this.dialect, message);
    } catch {
      return undefined; // The files themselves are damaged; the first error says so.
    } finally {
      connection.closeSync();
    }
  }
}

/**
 * Tables and views of a dataset with their columns, by lower-case name. Asks for the dataset first: to list columns DuckDB
 * makes all its system views, 9 ms that the first load of a dataset need not wait for.
 */
export async function readTables(connection: DuckDBConnection, dataset: string): Promise<Map<string, ExistingTable>> {
  const found = await connection.run(
    "SELECT 1 FROM duckdb_schemas() WHERE database_name = current_database() AND lower(schema_name) = lower($1)",
    [dataset],
  );
  if (found.rowCount === 0) return new Map();
  const result = await connection.run(
    "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = current_database() AND lower(schema_name) = lower($1) ORDER BY table_name, column_index",
    [dataset],
  );
  const tables = new Map<string, { name: string; columns: Map<string, ExistingColumn> }>();
  for (const [table, column, type] of await result.getRowsJson()) {
    if (typeof table !== "string" || typeof column !== "string" || typeof type !== "string") continue; // They always are.
    const entry = tables.get(table.toLowerCase()) ?? { name: table, columns: new Map<string, ExistingColumn>() };
    entry.columns.set(column.toLowerCase(), { name: column, type });
    tables.set(table.toLowerCase(), entry);
  }
  return tables;
}
