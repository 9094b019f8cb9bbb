import type { StoredState } from "../package/records.js";
import type { StoredSchema } from "../schema/model.js";
import type { Dialect } from "./dialect.js";
import type { PublishTransaction } from "./publish-transaction.js";

/** What an engine can and cannot do. Shared code reads these flags and never an engine's name. */
export interface Capabilities {
  /** Longest table or column identifier; longer ones are shortened as dlt does. */
  readonly maxIdentifierLength: number;
  /** True: names of tables and columns that differ in nothing but case are the same. Default: they are not. */
  readonly ignoresCase?: boolean;
  /** True: the segment files of the package are read inside the publish transaction and nothing is staged before. */
  readonly readsSegmentFiles: boolean;
  /** True: schema changes, rows and system tables become visible in one transaction. */
  readonly atomicPublish: boolean;
}

export type { StoredState as StateRow } from "../package/records.js";

/** A value that a query may be given for a placeholder. */
export type QueryParameter = string | number | bigint | boolean | null;

export interface QueryOptions {
  /** Values of `$1`, `$2`, … (or `?`), bound and never put into the text. */
  readonly params?: readonly QueryParameter[];
  /** Tables of this dataset can be named without it. Default: none. */
  readonly dataset?: string;
}

/**
 * A connection to one engine. Calls may overlap, they wait for each other where the engine needs it; `close` frees files
 * and locks. Reading what is not there (no database, no dataset, no table) yields nothing and is no error, except in `query`.
 */
export interface DestinationSession {
  readonly dialect: Dialect;
  /** Newest state row of the pipeline that belongs to a completed load. */
  readState(dataset: string, pipelineName: string): Promise<StoredState | undefined>;
  /** Newest stored schema of that name. */
  readSchema(dataset: string, schemaName: string): Promise<StoredSchema | undefined>;

  /** Names of all schemas that are stored in a dataset, sorted; empty when nothing was loaded into it. */
  schemaNames(dataset: string): Promise<string[]>;
  /** True when `_dlt_loads` has the load id. */
  isLoaded(dataset: string, loadId: string): Promise<boolean>;
  /** The greatest load id in `_dlt_loads`, compared as numbers (decimal seconds); ids that are no numbers do not count. */
  lastLoadId(dataset: string): Promise<string | undefined>;
  /** True when every value of an integer column is exactly representable as double, so that the column may be widened. */
  isExactAsDouble(dataset: string, table: string, column: string): Promise<boolean>;
  /** Names of the tables and views of a dataset, sorted. */
  tables(dataset: string): Promise<string[]>;
  /**
   * Runs `work` in one transaction: its changes become visible together when it resolves, or not at all when it throws.
   * Transactions of this process wait for each other where the engine would refuse them side by side; do not nest them.
   * `work` may be run again from its start after a rollback, when the engine gave up for a reason that passes (its memory
   * limit, a conflict); it must not keep results of the earlier try. Throws what `work` throws, or `StatementError`.
   */
  transaction<T>(work: (transaction: PublishTransaction) => Promise<T>): Promise<T>;
  /**
   * Makes the transaction that goes on fail, and those after it, as soon as the engine can; one that is being committed may
   * come to its end. The session is only good for being closed afterwards.
   */
  interrupt(): void;
  /** Removes the dataset with everything in it. */
  dropDataset(dataset: string): Promise<void>;
  /**
   * Runs a query and yields its rows as they come, as plain objects with the columns in order. Integers are numbers, and
   * `bigint`s beyond 2^53; other decimals and JSON are text, unchanged; dates and times are ISO 8601 text, UTC with `Z` where
   * the column has a time zone; binary is a `Uint8Array`; lists and structs are arrays and objects. Throws `StatementError`.
   */
  query(sql: string, options?: QueryOptions): AsyncIterable<Record<string, unknown>>;
  /** Full name of a table, quoted for this engine. */
  qualify(dataset: string, table: string): string;
  close(): Promise<void>;
}

/** A place to load into. Cheap to make; nothing is opened before `open`. */
export interface Destination {
  /** Short name: `duckdb`. */
  readonly type: string;
  /** As dlt writes it into the state: `dlt.destinations.duckdb`. */
  readonly dltType: string;
  /** For people, without secrets: `duckdb:///path/to/file.duckdb`. */
  readonly location: string;
  readonly capabilities: Capabilities;
  /** The same destination with its unset defaults taken from the pipeline's name. */
  forPipeline?(pipelineName: string): Destination;
  /** True when there is certainly nothing yet and `open` will make it: what it holds need not be asked. */
  isNew?(): Promise<boolean>;
  /** Loads what `open` needs, if that is worth doing beforehand: opening then goes on beside other work. */
  prepare?(): Promise<void>;
  /**
   * Throws `DestinationError` (cannot be opened), `DestinationLockedError` (another process holds it), or `CancelledError`
   * when `signal` is aborted while it waits for another process. `onWait` is told once, for people, when that takes longer.
   */
  open(signal?: AbortSignal, onWait?: (message: string) => void): Promise<DestinationSession>;
}
