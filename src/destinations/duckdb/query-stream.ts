import type { DuckDBConnection, DuckDBResult } from "@duckdb/node-api";
import type { QueryOptions } from "../destination.js";
import { DestinationError } from "../errors.js";
import type { DuckDbApi, DuckDbDatabase } from "./database.js";
import type { DuckDbDialect } from "./dialect.js";
import { toStatementError } from "./statement-error.js";
import { readTables } from "./transaction.js";
import { plainValueConverter } from "./values.js";

/** The result of a query that is read chunk by chunk over a connection of its own. */
export class QueryStream {
  readonly names: readonly string[];
  private readonly api: DuckDbApi;
  private readonly connection: DuckDBConnection;
  private readonly result: DuckDBResult;
  private fetching: Promise<unknown> = Promise.resolve();
  private state: "reading" | "exhausted" | "ended" = "reading";

  private constructor(api: DuckDbApi, connection: DuckDBConnection, result: DuckDBResult) {
    this.api = api;
    this.connection = connection;
    this.result = result;
    this.names = result.deduplicatedColumnNames();
  }

  static async start(
    database: DuckDbDatabase,
    dialect: DuckDbDialect,
    sql: string,
    { params = [], dataset }: QueryOptions,
  ): Promise<QueryStream> {
    const connection = await database.connect();
    try {
      if (dataset !== undefined && (await readTables(connection, dataset)).size > 0)
        await connection.run(`USE ${dialect.schema(dataset)}`);
      return new QueryStream(
        database.api,
        connection,
        await connection.stream(sql, params.length === 0 ? undefined : [...params]),
      );
    } catch (error) {
      connection.closeSync();
      throw toStatementError(error);
    }
  }

  /** The next rows, values in the order of `names`; undefined at the end. */
  async next(): Promise<readonly (readonly unknown[])[] | undefined> {
    if (this.state === "ended")
      throw new DestinationError("The session was closed while the rows of a query were being read", {
        hint: "Read to the end, or leave the loop, before closing.",
      });
    try {
      const chunk = await this.fetch();
      if (chunk !== null && chunk.rowCount > 0) return chunk.convertRows(plainValueConverter(this.api));
      this.state = "exhausted";
      return undefined;
    } catch (error) {
      throw toStatementError(error);
    }
  }

  /** Closes the connection. A result that was not read to its end has to be used up first, else it keeps the file locked. */
  async end(): Promise<void> {
    const { state } = this;
    this.state = "ended";
    if (state === "ended") return;
    if (state === "reading") {
      this.connection.interrupt();
      try {
        await this.fetching;
        while (((await this.fetch())?.rowCount ?? 0) > 0);
      } catch {
        // That is the interrupt: nothing is left to read.
      }
    }
    this.connection.closeSync();
  }

  private fetch(): ReturnType<DuckDBResult["fetchChunk"]> {
    const fetching = this.result.fetchChunk();
    this.fetching = fetching;
    return fetching;
  }
}
