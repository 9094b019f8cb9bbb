import type { JsonValue } from "../core/json.js";
import type { StopReason } from "../core/stop.js";
import type { WaitTimes } from "../core/waits.js";
import type { Warning } from "../core/warnings.js";
import type { StoredSchema } from "../schema/model.js";

/** Version of the journal's records. A package of another version is set aside, never misread. */
export const JOURNAL_VERSION = 2;

/** First record: everything that is frozen for the run, so that a resume needs neither the destination nor the clock. */
export interface RunRecord {
  readonly k: "run";
  readonly v: typeof JOURNAL_VERSION;
  readonly loadId: string;
  readonly pipelineName: string;
  readonly dataset: string;
  /** Where the package belongs: the destination's location, without secrets. */
  readonly destination: string;
  /** Hash over sources, configuration and destination: only a call with the same one continues this package. */
  readonly fingerprint: string;
  /** ISO 8601 UTC: the run's `now`. */
  readonly startedAt: string;
  /** Resources of all sources; other records name them by their position here. */
  readonly resources: readonly { readonly source: string; readonly name: string }[];
  /** JSON text of the pipeline state at the start, from which the cursors start; null when there was none. */
  readonly state: string | null;
  /** Stored schemas at the start, by source; null where the source is new. */
  readonly schemas: Readonly<Record<string, StoredSchema | null>>;
  /** Schemas that the user wrote (`importSchemaPath`), by source; absent when there are none. */
  readonly imported?: Readonly<Record<string, StoredSchema>>;
  /** With a refresh: tables that sources outside this run have, in lower case, with the name of one; absent without. */
  readonly foreign?: Readonly<Record<string, string>>;
}

/** Opens a segment file; its number is its position among these records. */
export interface SegmentRecord {
  readonly k: "segment";
  /** Position in `RunRecord.resources`. */
  readonly r: number;
  readonly table: string;
}

/** What one page cost, added to the counters of its resource. */
export interface PageCost {
  readonly requests: number;
  readonly retries: number;
  readonly bytes: number;
  readonly waitedMs: number;
  /** By reason, see `ResourceCounters`; absent where nothing was waited, and in journals of older versions. */
  readonly waited?: WaitTimes;
}

/** One committed page: the only thing that makes rows, cursor and queue move, and it moves them together. */
export interface PageRecord {
  readonly k: "page";
  readonly r: number;
  /** Chain (sequence of pages of one parent row) within the resource; chains are numbered in the order of their parents. */
  readonly c: number;
  /** 1-based number of the page in its chain. */
  readonly p: number;
  /** State of the next page; absent when the chain ended. */
  readonly next?: JsonValue;
  /** Why the chain ended; absent while it goes on. */
  readonly stop?: StopReason;
  /** Where in the response the rows were found, when nobody had said it. */
  readonly rowsAt?: string;
  /** Child chains by resource position: what each needs of its parent row. */
  readonly kids?: Readonly<Record<string, readonly JsonValue[]>>;
  /** Appended to segments: number, end offset, CRC-32 of the appended bytes, rows. */
  readonly seg?: readonly (readonly [segment: number, end: number, crc: number, rows: number])[];
  /** Schema changes (`Schema.takeChanges`). */
  readonly schema?: JsonValue;
  /** Progress of the cursor (`IncrementalRun.takeProgress`). */
  readonly cursor?: JsonValue;
  /** State of the resource as the user's code left it, when it changed. */
  readonly state?: JsonValue;
  readonly warn?: readonly Warning[];
  /** How the pages go on, where it was recognised from this page; once per resource. */
  readonly pager?: string;
  /** Rows of the resource itself that this page added, after steps and cursor. */
  readonly rows: number;
  readonly cost: PageCost;
  /** Rows and values dropped by contracts, by table. */
  readonly dropped?: {
    readonly rows: Readonly<Record<string, number>>;
    readonly values: Readonly<Record<string, number>>;
  };
}

/** Everything of these resources so far is void: their segments are emptied and they start again. */
export interface ResetRecord {
  readonly k: "reset";
  readonly r: readonly number[];
  /** What the load info says of it. */
  readonly warn?: readonly Warning[];
}

/** The journal up to an offset, and all rows that it names, was forced to the disk; what comes after it is checked against its CRCs on recovery. */
export interface SyncRecord {
  readonly k: "sync";
  readonly upTo: number;
}

/** What is said of one resource when it is read to its end. */
export interface ResourceReport extends PageCost {
  readonly source: string;
  readonly name: string;
  readonly pages: number;
  readonly rows: number;
  readonly stop: StopReason;
  /** Absent where selectors say it, and in packages of older versions. */
  readonly rowsAt?: readonly string[];
  /** How the pages went on, where it was recognised and not configured. */
  readonly recognised?: string;
}

/** One source's part of the publish. */
export interface CompleteSource {
  readonly name: string;
  /** The schema after this load. */
  readonly schema: StoredSchema;
  /** Root tables with disposition `replace` that were read in this run. */
  readonly replaced: readonly string[];
  readonly dropTables: readonly string[];
  readonly truncateTables: readonly string[];
  /** Resource positions whose segments are not loaded (a `replace` that was not read to its end). */
  readonly voided: readonly number[];
}

/**
 * Extraction is complete. Holds all that the publish and the load info need, so that a package can be published without
 * the code that made it.
 */
export interface CompleteRecord {
  readonly k: "complete";
  readonly sources: readonly CompleteSource[];
  /** Row for `_dlt_pipeline_state`; null when the state did not change. */
  readonly state: StoredState | null;
  readonly resources: readonly ResourceReport[];
  readonly warnings: readonly Warning[];
  readonly dropped: {
    readonly rows: Readonly<Record<string, number>>;
    readonly values: Readonly<Record<string, number>>;
  };
}

/** A row of `_dlt_pipeline_state`, dlt's columns. */
export interface StoredState {
  readonly version: number;
  readonly engine_version: number;
  readonly pipeline_name: string;
  /** base64(zlib(JSON)). */
  readonly state: string;
  /** ISO 8601 UTC. */
  readonly created_at: string;
  readonly version_hash: string;
}

/** The destination has committed the load; the segments may be gone from here on. */
export interface PublishedRecord {
  readonly k: "published";
}

/** The destination refused the rows; the next run tries once more and then sets the package aside. */
export interface RejectedRecord {
  readonly k: "rejected";
  readonly message: string;
}

export type JournalRecord =
  | RunRecord
  | SegmentRecord
  | PageRecord
  | ResetRecord
  | SyncRecord
  | CompleteRecord
  | PublishedRecord
  | RejectedRecord;
