import type { JsonValue } from "../core/json.js";
import type { StopReason } from "../core/stop.js";
import type { WaitReason } from "../core/waits.js";
import type { Warning } from "../core/warnings.js";
import type { IncrementalRun } from "./incremental/incremental-run.js";
import type { CursorWindow } from "./incremental/windows.js";

/** What every page of one run may use; frozen when the run starts and the same after a resume. */
export interface ReadContext {
  readonly resource: string;
  /** Start of the run, ISO 8601 UTC. From the journal when the run is resumed. */
  readonly now: string;
  /** The resource's cursor with its frozen start; undefined when it has none. */
  readonly incremental: IncrementalRun | undefined;
  readonly signal: AbortSignal;
  /** Pages to read at most. What has no pages of its own ends after as many lists and rows, as in dlt. Undefined: all. */
  readonly limit?: number | undefined;
  /** Name the states of so many pages after the next, should they be known (`FetchedPage.ahead`). Undefined: none. */
  readonly ahead?: number;
  /** A request begins to wait, as far as is known for `ms`: for progress displays. Told again when it becomes longer. */
  onWait(reason: WaitReason, ms: number, detail: string): void;
  /** A request has waited: for the load info. */
  onWaited(reason: WaitReason): void;
  /** A request is not answered for `ms`: for progress displays. Told again when it has lasted twice as long. */
  onSilence(ms: number, detail: string): void;
  /** State of the resource, as dlt's `resource_state()`: JSON, saved when the run is published. */
  readonly state: Record<string, JsonValue>;
}

/** One page of a resource that can be resumed at any page. */
export interface FetchedPage {
  readonly items: readonly unknown[];
  /** State of the next page, or null: this was the last, and `stop` says why. */
  readonly next: JsonValue | null;
  readonly stop?: StopReason;
  /**
   * States with which the pages after `next` may be asked for before it is read, in order. They are guesses: what counts
   * is the `next` of the page before, and an answer to another request than that needs is thrown away.
   */
  readonly ahead?: readonly JsonValue[];
  /** Where in the response the rows were found, when nobody had said it: for the load info. */
  readonly rowsAt?: string;
  readonly warnings: readonly Warning[];
  /** How the pages go on, as it may be written down in the configuration, where it was recognised from this page. */
  readonly recognised?: string;
  readonly requests: number;
  readonly retries: number;
  readonly bytes: number;
}

/** A page to read: which parent row it belongs to, where in the sequence it is. JSON that the journal holds, or follows from it. */
export interface PageTask {
  /** What `ParentLink.bind` made of the parent row; null for a resource without a parent. */
  readonly bound: JsonValue;
  /** What the previous page returned as `next`; null for the first page. */
  readonly state: JsonValue;
  /** 1-based number of the page within its sequence. */
  readonly page: number;
  /** The part of the cursor's range that its sequence asks for. */
  readonly window?: CursorWindow;
}

/** A resource whose pages are fetched one by one and that goes on at any page (REST endpoints, lists). */
export interface PagedReader {
  readonly kind: "paged";
  /**
   * Where its requests go; absent when rows of a parent decide. While one to the same origin waits because the API asked for
   * it, no further one is begun.
   */
  readonly origin?: string;
  /** Begins to load what reading needs, while the destination is asked what it has. */
  prepare?(): void;
  /** Reads one page. Pure but for the network: the same task gives the same page. Throws when the page cannot be had. */
  fetch(task: PageTask, context: ReadContext): Promise<FetchedPage>;
  /** Present in readers whose pages may be asked for before those in front of them are read. */
  readonly early?: EarlyReader;
}

/** The two halves of `fetch`, for pages whose request is known before the page in front of them is read. */
export interface EarlyReader {
  /** Whether one request answers both. */
  asksSame(a: PageTask, b: PageTask, context: ReadContext): boolean;
  /** Asks for a page; its state may be one of `FetchedPage.ahead`. Throws when the page cannot be had. */
  ask(task: PageTask, context: ReadContext): Promise<EarlyAnswer>;
}

/** The answer to a page that was asked for early. */
export interface EarlyAnswer {
  readonly bytes: number;
  readonly requests: number;
  /** Reads it, once the page in front of it is read: `task` has the state that that page named `next`. */
  read(task: PageTask): FetchedPage;
}

/** A resource that is a user's (async) generator: read from its start, re-run on resume. Lists are pages, everything else is a row. */
export interface IterableReader {
  readonly kind: "iterable";
  /** As of {@link PagedReader}. */
  prepare?(): void;
  open(context: ReadContext): AsyncIterable<unknown> | Iterable<unknown>;
}

export type Reader = PagedReader | IterableReader;

/** How a child resource depends on its parent. */
export interface ParentLink {
  /** Name of the parent resource. */
  readonly resource: string;
  /**
   * What the child needs of the rows of one parent page (placeholder values, fields to include), as JSON: it is written to
   * the journal. One entry per sequence of the child's pages, mostly for one row each. Called after the parent's steps and
   * incremental filter. Throws with the parent's keys when a field is missing.
   */
  bind(rows: readonly unknown[]): JsonValue[];
  /** Adds the parent's fields (`include_from_parent`) to one child row, before the child's steps; tells of other values that they replace. */
  include?(row: unknown, bound: JsonValue, onReplaced: (column: string) => void): unknown;
  /** What tells parent rows apart, from what `bind` returned: the same in every run. */
  keyOf(bound: JsonValue): string;
}
