import type { JsonValue, Row } from "../../core/json.js";

/** Canonical camelCase form of an incremental cursor. dlt: `dlt.sources.incremental`. */
export interface IncrementalConfig {
  /** Field name or JSONPath within a row; a path with several matches is reduced by `lastValueFunc`. */
  readonly cursorPath: string;
  readonly initialValue?: JsonValue;
  /** Default `max`. A function receives the values and returns the winner. */
  readonly lastValueFunc?: "max" | "min" | ((values: readonly JsonValue[]) => JsonValue);
  /** Key for the boundary dedup. Default: the resource's; `[]` switches the dedup off. */
  readonly primaryKey?: string | readonly string[];
  /** Makes the run a stateless backfill of a range; needs `initialValue`. */
  readonly endValue?: JsonValue;
  /** Declared order of the rows: allows to stop early; verified at run time. */
  readonly rowOrder?: "asc" | "desc";
  /** Default `raise`. */
  readonly onCursorValueMissing?: "raise" | "include" | "exclude";
  /** Subtracted from the start: units for numbers, seconds for timestamps, days for dates. */
  readonly lag?: number;
  /** Default `closed`: a row equal to the start is loaded unless it was loaded before. */
  readonly rangeStart?: "closed" | "open";
  /** Default `open`. */
  readonly rangeEnd?: "closed" | "open";
  /** Formats values that are sent to the API. */
  readonly convert?: (value: JsonValue) => JsonValue;
}

/** dlt's stored form, at `sources.<source>.resources.<resource>.incremental.<cursor_path>` of the pipeline state. */
export interface StoredIncremental {
  initial_value?: JsonValue;
  last_value?: JsonValue;
  unique_hashes?: string[];
  start_value?: JsonValue;
}

/** One cursor during one run: filters rows, remembers the highest value, knows nothing of pages or files. */
export interface IncrementalRun {
  readonly config: IncrementalConfig;
  /** Frozen when the run started: last value of the previous run less lag, or the initial value; null when there is neither. */
  readonly startValue: JsonValue;
  readonly initialValue: JsonValue;
  readonly endValue: JsonValue;
  /** Highest value so far. */
  readonly lastValue: JsonValue;
  /** True once a row was older than the start (`rowOrder: "desc"`) or beyond the end (`rowOrder: "asc"`): no further page is needed. */
  readonly outOfRange: boolean;
  /** Decides one row and advances the cursor. Throws `IncrementalError` for missing or incomparable values. */
  accept(row: Row): boolean;
  /** What changed since the last call, for the journal record of a page; undefined when nothing did. */
  takeProgress(): JsonValue | undefined;
  /** Replays a record of `takeProgress`. */
  restore(progress: JsonValue): void;
  /** What to store when the run is published; undefined for a stateless run or when no row was seen. */
  result(): StoredIncremental | undefined;
}
