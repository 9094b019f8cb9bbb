import type { JsonValue, Row } from "../../core/json.js";
import type { Warning } from "../../core/warnings.js";
import type { CursorFormat } from "./cursor-format.js";
import type { CursorWindow } from "./windows.js";

/**
 * A cursor value. Integers beyond 2^53 (snowflake ids, nanoseconds) are `bigint` and stay exact; a `Date` in a row is
 * taken as its ISO text. Whoever writes one into JSON text must write a `bigint` as a JSON integer.
 */
export type CursorValue = JsonValue | bigint;

/** Canonical camelCase form of an incremental cursor. dlt: `dlt.sources.incremental`. */
export interface IncrementalConfig {
  /** Field name or JSONPath within a row; of several matches the first counts. */
  readonly cursorPath: string;
  /** Used while nothing is stored. Numbers, strings (ISO 8601 for times) or booleans, of the kind that the rows have. */
  readonly initialValue?: CursorValue;
  /** Default `max`. A function receives the values and returns the winner. */
  readonly lastValueFunc?: "max" | "min" | ((values: readonly CursorValue[]) => CursorValue);
  /** Key for the boundary dedup. Default: the resource's; `[]` switches the dedup off. */
  readonly primaryKey?: string | readonly string[];
  /** Makes the run a stateless backfill of a range; needs `initialValue`. */
  readonly endValue?: CursorValue;
  /**
   * Declared order of the rows as `lastValueFunc` counts: `asc` leads towards the last value. Allows to stop early:
   * `desc` after a row older than the start, `asc` after a row beyond `endValue`; later rows without a cursor value are
   * then not read. Verified at run time. Without effect for a cursor that many parents share, whose rows come in many
   * sequences.
   */
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
  readonly convert?: (value: CursorValue) => CursorValue;
  /**
   * Writes times into requests as the API wants them: `iso`, `date`, `epoch` (seconds), `epoch_ms`. What is finer is
   * rounded so that the range asked for covers the one that is meant. Not together with `convert`.
   */
  readonly format?: CursorFormat;
  /**
   * Asks for the range in steps instead of at once, each with its own `startValue` and `endValue`: an ISO 8601 duration
   * (`P1D`, `PT6H`, `P1M`) or a number (counted as `lag`). Without `endValue` the last window ends now. Endpoints only.
   */
  readonly window?: string | number;
  /** `parent`: a child resource has one cursor for each row of its parent. Default `resource`: one for all. */
  readonly cursorScope?: "resource" | "parent";
}

/** dlt's stored form, at `sources.<source>.resources.<resource>.incremental.<cursor_path>` of the pipeline state. */
export interface StoredIncremental {
  initial_value?: CursorValue;
  last_value?: CursorValue;
  unique_hashes?: string[];
  start_value?: CursorValue;
  /** sluice's own: the cursors of `cursorScope: "parent"`, by what the child's request takes from the parent's row. */
  parents?: Record<string, StoredParentCursor>;
}

/** Where the cursor of one parent row stands. */
export interface StoredParentCursor {
  last_value: CursorValue;
  unique_hashes?: string[];
}

/** What a cursor has to know besides its config. */
export interface IncrementalRunOptions {
  /** Name of the resource, for messages. */
  readonly resource: string;
  /** The resource's primary key; `config.primaryKey` wins over it. */
  readonly primaryKey?: string | readonly string[];
  /** What the previous run stored; ignored when `config.endValue` makes the run stateless. */
  readonly stored: StoredIncremental | undefined;
  /**
   * `many` for a child resource with one cursor: its rows come in one sequence per parent, so `rowOrder` says nothing about
   * the whole. `one` for the cursor of a single parent row.
   */
  readonly parents?: "many" | "one";
  /** True where the destination puts rows with the same primary key together. */
  readonly merges?: boolean;
  /** Start of the run, ISO 8601 UTC: where windows end. */
  readonly now: string;
}

/** One cursor during one run: filters rows, remembers the highest value, knows nothing of pages or files. */
export interface IncrementalRun {
  readonly config: IncrementalConfig;
  /** Frozen when the run started: last value of the previous run less lag, or the initial value; null when there is neither. */
  readonly startValue: CursorValue;
  readonly initialValue: CursorValue;
  readonly endValue: CursorValue;
  /** Highest value so far. */
  readonly lastValue: CursorValue;
  /** True once a row was older than the start (`rowOrder: "desc"`) or beyond the end (`rowOrder: "asc"`): no further page is needed. */
  readonly outOfRange: boolean;
  /**
   * Decides one row and advances the cursor. Rows are given in the order in which the API sent them; `index` is the
   * 0-based position of the row in its page, for messages; `window` the one that was asked for. Throws
   * `IncrementalError` for missing or incomparable values.
   */
  accept(row: Row, index?: number, window?: CursorWindow): boolean;
  /** The parts in which the range is asked for; undefined: at once. */
  readonly windows: readonly CursorWindow[] | undefined;
  /** A window was read; not to its end, when `complete` is false. Called in the order of the windows. */
  endWindow(window: CursorWindow, complete: boolean): void;
  /**
   * `value` as it is sent to the API: `convert` or `format` applied, null stays null. An `end` is rounded away from the
   * range, everything else is taken for its start.
   */
  formatForRequest(value: CursorValue, bound?: "start" | "end"): CursorValue;
  /** What changed since the last call, for the journal record of a page; undefined when nothing did. */
  takeProgress(): JsonValue | undefined;
  /** Replays a record of `takeProgress`. */
  restore(progress: JsonValue): void;
  /** Doubts that came up since the last call (`row-order-violated`, `incremental-boundary-large`, …). */
  takeWarnings(): Warning[];
  /** What to store when the run is published; undefined for a stateless run or when no row was seen. */
  result(): StoredIncremental | undefined;
  /** What may be stored although pages at the end were not read: up to where everything was; undefined: the cursor stays. */
  resultSoFar(): StoredIncremental | undefined;
}
