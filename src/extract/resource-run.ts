import type { ResourceCounters } from "../core/events.js";
import type { JsonValue } from "../core/json.js";
import type { StopReason } from "../core/stop.js";
import { addWaits, NO_WAITS, type WaitTimes } from "../core/waits.js";
import { WarningLog } from "../core/warnings.js";
import type { PageRecord } from "../package/records.js";
import { ChainQueue } from "./chain.js";
import type { CursorSet } from "./incremental/cursor-set.js";
import { IterableFeed } from "./iterable-feed.js";
import type { PagedReader } from "./reader.js";
import type { ResourceDefinition } from "./resource.js";
import { WaitClock } from "./wait-clock.js";

/** What contracts dropped, by table. */
export interface Dropped {
  readonly rows: Record<string, number>;
  readonly values: Record<string, number>;
}

/** Different places of rows that are told; responses of one API have one. */
const MOST_PLACES = 5;

/** What is left of the size of a large page with each smaller one after it. */
const PAGE_BYTES_DECAY = 0.9;

/** One resource during one run: its queue of chains, its counters, its cursor. */
export class ResourceRun {
  /** Position in the run record; journal records name resources by it. */
  readonly position: number;
  readonly source: string;
  readonly definition: ResourceDefinition;
  readonly reader: PagedReader;
  /** Its cursors; made anew by `reset`. */
  cursors: CursorSet | undefined;
  readonly parent: ResourceRun | undefined;
  readonly children: ResourceRun[] = [];
  /** Distance from a resource without a parent; deeper resources are fetched first, so that queues stay small. */
  readonly depth: number;
  readonly queue: ChainQueue = new ChainQueue();
  readonly warnings: WarningLog = new WarningLog();
  /** The waits of its requests. */
  readonly waits: WaitClock = new WaitClock();
  /** Rows and values that contracts dropped, by table. */
  dropped: Dropped = { rows: {}, values: {} };
  /** Pages that were asked for and are not committed. */
  pagesUnderWay = 0;
  /** How its pages go on, as recognised from a response; undefined: configured, or not recognised. */
  recognised: string | undefined;
  /** Bytes that the next pages will probably have: as many as a large one of the latest. */
  pageBytes = 0;
  /** The resource's own state, as the user's code sees and changes it. */
  readonly state: Record<string, JsonValue>;
  private readonly initialState: string;
  private savedState: string;
  private readonly newCursors: () => CursorSet | undefined;
  private readonly stops = new Map<StopReason, number>();
  private readonly places = new Set<string>();
  private counts = { pages: 0, rows: 0, requests: 0, retries: 0, bytes: 0, waitedMs: 0 };
  private waited: WaitTimes = NO_WAITS;

  constructor(options: {
    readonly position: number;
    readonly source: string;
    readonly definition: ResourceDefinition;
    /** Makes the cursors as they were when the run started. */
    readonly newCursors: () => CursorSet | undefined;
    readonly parent: ResourceRun | undefined;
    readonly state: Record<string, JsonValue>;
  }) {
    this.position = options.position;
    this.source = options.source;
    this.definition = options.definition;
    this.newCursors = options.newCursors;
    this.cursors = options.newCursors();
    this.parent = options.parent;
    this.state = options.state;
    this.initialState = JSON.stringify(options.state);
    this.savedState = this.initialState;
    this.depth = options.parent === undefined ? 0 : options.parent.depth + 1;
    const { reader } = options.definition;
    this.reader = reader.kind === "paged" ? reader : new IterableFeed(reader);
    options.parent?.children.push(this);
    if (options.parent === undefined) this.start();
  }

  /** A page came: a larger one counts at once, and for a while when smaller ones follow. */
  sawPage(bytes: number): void {
    this.pageBytes = Math.max(bytes, Math.floor(this.pageBytes * PAGE_BYTES_DECAY));
  }

  get name(): string {
    return this.definition.name;
  }

  get counters(): ResourceCounters {
    return { ...this.counts, waited: this.waited };
  }

  /** Rows of a committed page on average. */
  get rowsPerPage(): number {
    return this.counts.rows / Math.max(1, this.counts.pages);
  }

  /** True when a row may say that it was the last: then no page is asked for before the one in front of it is committed. */
  get endsByRows(): boolean {
    return this.definition.incremental?.rowOrder !== undefined;
  }

  /** True when every page of it, and of all its parents, is committed. */
  get finished(): boolean {
    return this.queue.isEmpty && (this.parent === undefined || this.parent.finished);
  }

  /** Why it ended. With several chains: the reason that deserves most attention. */
  get stop(): StopReason {
    const byAttention: readonly StopReason[] = [
      "skipped",
      "limit",
      "maximum-reached",
      "undetected",
      "row-order",
      "ignored",
    ];
    for (const reason of byAttention) if (this.stops.has(reason)) return reason;
    const [first] = this.stops.keys();
    return first ?? "exhausted";
  }

  /** JSONPaths of where the rows were found in the responses, as far as that had to be found out. */
  get rowsAt(): readonly string[] {
    return [...this.places];
  }

  /** Whether the end of the data was reached in every chain. */
  get readToEnd(): boolean {
    return !this.stops.has("skipped") && !this.stops.has("limit");
  }

  /** Everything that its rows drive, directly or not. */
  get descendants(): readonly ResourceRun[] {
    return this.children.flatMap((child) => [child, ...child.descendants]);
  }

  /** The resource at the top and all below that. What is missing in one of a family may be missing in the others next time. */
  get family(): readonly ResourceRun[] {
    return this.parent === undefined ? [this, ...this.descendants] : this.parent.family;
  }

  /** True when a page could not be read and `onError: "skip"` went on without it. */
  get hasSkipped(): boolean {
    return this.stops.has("skipped");
  }

  /** The first chain of a resource without a parent. `limit(0)` means no page at all. */
  private start(): void {
    if (this.definition.limit === 0) this.stops.set("limit", 1);
    else this.open(null);
  }

  /** Begins to read for a parent row (null: for a resource without a parent): all at once, or each window on its own. */
  open(bound: JsonValue): void {
    const { limit = Infinity } = this.definition;
    if (limit === 0) return;
    const { window: step } = this.cursors?.config ?? {};
    const windows = step === undefined ? undefined : this.cursors?.of(bound).windows;
    if (windows === undefined) this.queue.add({ bound, limit });
    // A limit counts the pages of all windows: the next one begins when it is known how many are left.
    else if (limit < Infinity) this.queue.add({ bound, limit, window: windows[0], following: windows.slice(1) });
    else for (const window of windows) this.queue.add({ bound, limit, window });
  }

  /** The chain at the head of the queue has ended with its page number `pages`. */
  endHead(stop: StopReason, pages: number): void {
    const { head } = this.queue;
    if (head === undefined) return;
    const { bound, window, limit, following = [] } = head.target;
    const complete = stop !== "skipped" && stop !== "limit";
    if (window !== undefined) this.cursors?.of(bound).endWindow(window, complete);
    const [next, ...rest] = following;
    if (next !== undefined && stop !== "limit" && pages < limit) {
      this.queue.replaceHead({ bound, window: next, limit: limit - pages, following: rest });
      return;
    }
    if (next !== undefined && stop !== "limit") this.stops.set("limit", (this.stops.get("limit") ?? 0) + 1);
    this.queue.shift();
    if (window === undefined || window.isLast || following.length > 0)
      this.cursors?.close(bound, complete && next === undefined);
  }

  /** Back to the state before the first page. */
  reset(): void {
    this.queue.clear();
    this.stops.clear();
    this.places.clear();
    this.counts = { pages: 0, rows: 0, requests: 0, retries: 0, bytes: 0, waitedMs: 0 };
    this.waited = NO_WAITS;
    this.warnings.clear();
    this.dropped = { rows: {}, values: {} };
    this.cursors = this.newCursors();
    this.restoreState(JSON.parse(this.initialState) as JsonValue);
    if (this.parent === undefined) this.start();
  }

  /** The state as JSON when the user's code changed it since the last call. */
  takeStateChange(): JsonValue | undefined {
    const text = JSON.stringify(this.state);
    if (text === this.savedState) return undefined;
    this.savedState = text;
    return JSON.parse(text) as JsonValue;
  }

  /** Replays a recorded state change. */
  restoreState(state: JsonValue): void {
    for (const key of Object.keys(this.state)) delete this.state[key];
    Object.assign(this.state, state);
    this.savedState = JSON.stringify(this.state);
  }

  /** Takes over what a committed page says about the counters and the end of its chain. */
  count(record: PageRecord): void {
    const { requests, retries, bytes, waitedMs } = record.cost;
    this.counts.pages += 1;
    this.counts.rows += record.rows;
    this.counts.requests += requests;
    this.counts.retries += retries;
    this.counts.bytes += bytes;
    this.counts.waitedMs += waitedMs;
    this.waited = addWaits(this.waited, record.cost.waited);
    if (record.stop !== undefined) this.stops.set(record.stop, (this.stops.get(record.stop) ?? 0) + 1);
    if (record.rowsAt !== undefined && this.places.size < MOST_PLACES) this.places.add(record.rowsAt);
    this.warnings.addAll(record.warn ?? []);
    this.recognised ??= record.pager;
    addCounts(this.dropped.rows, record.dropped?.rows);
    addCounts(this.dropped.values, record.dropped?.values);
  }
}

/** Adds counts by name to others. Names are anything, `constructor` too. */
export function addCounts(into: Record<string, number>, counts: Readonly<Record<string, number>> | undefined): void {
  for (const [key, count] of Object.entries(counts ?? {}))
    into[key] = (Object.hasOwn(into, key) ? (into[key] ?? 0) : 0) + count;
}
