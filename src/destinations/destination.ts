import type { StoredSchema } from "../schema/model.js";

/** What an engine can and cannot do. Shared code reads these flags and never an engine's name. */
export interface Capabilities {
  /** Longest table or column identifier; longer ones are shortened as dlt does. */
  readonly maxIdentifierLength: number;
  /** True: the segment files of the package are read inside the publish transaction and nothing is staged before. */
  readonly readsSegmentFiles: boolean;
  /** True: schema changes, rows and system tables become visible in one transaction. */
  readonly atomicPublish: boolean;
}

/** One table's rows in this package. */
export interface TableSegments {
  readonly table: string;
  /** Absolute paths of JSON Lines files, in the order in which they are to be read. */
  readonly files: readonly string[];
  readonly rows: number;
}

/** Everything of one source in a publish. */
export interface SourcePlan {
  /** The schema after this load, in dlt's stored form, hash and version settled. */
  readonly schema: StoredSchema;
  /** Tables that have rows or whose columns changed. */
  readonly segments: readonly TableSegments[];
  /** Root tables with disposition `replace` that were read to their end in this run, also when no row came: they are emptied, nested tables included. */
  readonly replaced: readonly string[];
  /** Tables to drop, or to empty, before anything else (`refresh`), nested ones listed. */
  readonly dropTables: readonly string[];
  readonly truncateTables: readonly string[];
}

/** A row of `_dlt_pipeline_state`, dlt's columns. */
export interface StateRow {
  readonly version: number;
  readonly engine_version: number;
  readonly pipeline_name: string;
  /** base64(zlib(JSON)). */
  readonly state: string;
  /** ISO 8601 UTC. */
  readonly created_at: string;
  readonly version_hash: string;
}

/** A publish: everything becomes visible in one transaction, or nothing. */
export interface PublishPlan {
  readonly dataset: string;
  readonly loadId: string;
  /** ISO 8601 UTC, taken when the run started: `inserted_at` of the load row, boundary of scd2. */
  readonly startedAt: string;
  readonly sources: readonly SourcePlan[];
  /** Undefined when the state did not change. */
  readonly state: StateRow | undefined;
}

export interface PublishResult {
  /** False when the load id was already in `_dlt_loads`: nothing was done. */
  readonly applied: boolean;
  /** Rows inserted or updated per table, where the engine tells. */
  readonly affected: Readonly<Record<string, number>>;
}

/** A connection to one engine. Not for concurrent use; `close` frees files and locks. */
export interface DestinationSession {
  /** Newest state row of the pipeline that belongs to a completed load. Undefined when there is none, or no dataset. */
  readState(dataset: string, pipelineName: string): Promise<StateRow | undefined>;
  /** Newest stored schema of that name. */
  readSchema(dataset: string, schemaName: string): Promise<StoredSchema | undefined>;
  /** True when `_dlt_loads` has the load id. */
  isLoaded(dataset: string, loadId: string): Promise<boolean>;
  /** True when every value of a bigint column is exactly representable as double, so that the column may be widened. */
  isExactAsDouble(dataset: string, table: string, column: string): Promise<boolean>;
  /** Throws `PublishError` with table, column and value where the engine tells them; nothing has changed then. */
  publish(plan: PublishPlan): Promise<PublishResult>;
  /** Removes the dataset with everything in it. */
  dropDataset(dataset: string): Promise<void>;
  /** Runs a query; rows are plain objects: bigint as `bigint`, timestamps as ISO text in UTC, decimals as text. */
  query(sql: string, params?: readonly (string | number | bigint | boolean | null)[]): AsyncIterable<Record<string, unknown>>;
  /** `"dataset"."table"`, quoted for this engine. */
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
  open(): Promise<DestinationSession>;
}
