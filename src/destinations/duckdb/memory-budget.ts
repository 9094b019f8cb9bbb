import type { DuckDBConnection } from "@duckdb/node-api";

/** Megabytes in which rows can be appended to a narrow table; less does not do for blocks of 1 MiB, more is not faster. */
const BASE_MB = 50;
/** A merge also keeps its stage and the keys of what it replaces. */
const STAGE_MB = 35;
/** For the rows that are written: DuckDB holds a block of 256 KiB for each column. Twice that, since a merge deletes as well. */
const COLUMN_MB = 0.5;
/** Measured: at COMMIT the blocks of rows that were there before are held beside the new ones, 0.7 MB for each column in all. */
const COMMIT_COLUMN_MB = 1;

/**
 * Memory limit while publishing, unless the user set one: as little as the tables that are written need, raised as they come.
 * What does not fit goes through temporary files, and when even that does not help the transaction is run again with more.
 */
export class MemoryBudget {
  private readonly connection: DuckDBConnection;
  private readonly factor: number;
  private megabytes: number = BASE_MB;
  private columns = 0;
  private staged = false;

  private constructor(connection: DuckDBConnection, factor: number) {
    this.connection = connection;
    this.factor = factor;
  }

  /** `factor`: how many times the usual budget. */
  static async start(connection: DuckDBConnection, factor: number): Promise<MemoryBudget> {
    const budget = new MemoryBudget(connection, factor);
    await budget.apply();
    return budget;
  }

  /** Makes room for a table of so many columns. */
  async include(columns: number): Promise<void> {
    this.columns += columns;
    this.megabytes += columns * COLUMN_MB;
    await this.apply();
  }

  /** Makes room for merging, once. */
  async includeStage(): Promise<void> {
    if (this.staged) return;
    this.staged = true;
    this.megabytes += STAGE_MB;
    await this.apply();
  }

  /** Makes room for COMMIT, which comes last. */
  async includeCommit(): Promise<void> {
    this.megabytes += this.columns * COMMIT_COLUMN_MB;
    await this.apply();
  }

  private async apply(): Promise<void> {
    // Less than queries of this process use at the moment is refused: then the limit stays what it is.
    await this.connection
      .run(`SET memory_limit = '${Math.ceil(this.megabytes * this.factor)}MB'`)
      .catch(() => undefined);
  }
}
