import type { ErrorPlace } from "../core/errors.js";
import type { StateRow } from "../destinations/destination.js";
import type { SourceRow } from "../destinations/errors.js";
import type { StoredSchema } from "../schema/model.js";

/** One table's rows in a package. */
export interface TableSegments {
  readonly table: string;
  /** Absolute paths of segment files, in the order in which they are to be read. */
  readonly files: readonly string[];
  readonly rows: number;
}

/** Everything of one source in a publish. */
export interface SourcePlan {
  /** The schema after this load, in dlt's stored form, hash and version settled. */
  readonly schema: StoredSchema;
  /** Tables that have rows or whose columns changed. Rows of a `replace` table that is not in `replaced` are added to those there. */
  readonly segments: readonly TableSegments[];
  /** Root tables with disposition `replace` that were read to their end in this run, also when no row came: they are emptied, nested tables included, before any source inserts. */
  readonly replaced: readonly string[];
  /** Tables to drop, or to empty, before anything else (`refresh`), nested ones listed. */
  readonly dropTables: readonly string[];
  readonly truncateTables: readonly string[];
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
  /** Says where a row of segment files came from, for errors. Default: it is not known. */
  readonly locate?: (row: SourceRow) => Promise<ErrorPlace | undefined>;
}

export interface PublishResult {
  /** False when the load id was already in `_dlt_loads`: nothing was done. */
  readonly applied: boolean;
  /** Rows inserted per table; a merge inserts the new version of a row. */
  readonly inserted: ReadonlyMap<string, number>;
}
