import type { CursorOrder } from "./cursor-order.js";
import { epochTicks } from "./epoch.js";
import type { CursorValue, IncrementalConfig } from "./incremental-run.js";
import { instantOf } from "./timestamp.js";
import type { CursorWindow } from "./windows.js";

/** Where a row stands, seen from the window that it came with. */
export type WindowPlace = "inside" | "before" | "behind";

/** Rounding of what is sent makes an API return rows beyond a bound: so many seconds, with a bound that it takes as included. */
const ROUNDING: Readonly<Record<NonNullable<IncrementalConfig["format"]>, number>> = {
  iso: 0.001,
  date: 2 * 86_400,
  epoch: 2,
  epoch_ms: 0.002,
};

/** A range that is read window by window: which rows belong to which, and how far everything was read. */
export class WindowWalk {
  readonly windows: readonly CursorWindow[];
  private readonly config: IncrementalConfig;
  private readonly order: CursorOrder;
  /** Windows from the first on that were read to their end. */
  private completed = 0;
  private settledAt: CursorValue = null;
  private strays = 0;

  constructor(windows: readonly CursorWindow[], config: IncrementalConfig, order: CursorOrder) {
    this.windows = windows;
    this.config = config;
    this.order = order;
  }

  get isComplete(): boolean {
    return this.completed === this.windows.length;
  }

  /** Up to where everything was read; null: nowhere yet. */
  get settled(): CursorValue {
    return this.settledAt;
  }

  /**
   * Where the cursor may stand when everything was read, though no row was there: stretches without rows are not asked
   * for again, but for the last window, whose rows may still be on their way.
   */
  get reached(): CursorValue {
    return this.leavesOutStart ? null : (this.windows.at(-1)?.start ?? null);
  }

  /** Windows share their bounds: each row belongs to the one that begins at or before it. Undefined: not comparable. */
  placeOf(value: CursorValue, window: CursorWindow): WindowPlace | undefined {
    const { start, end, isFirst, isLast } = window;
    const toStart = this.order.relation(value, start);
    const toEnd = this.order.relation(value, end);
    if (toStart === undefined || toEnd === undefined) return undefined;
    // The outer bounds are the cursor's business, but where the last window ends now: what is later comes with the next run.
    if (!isFirst && toStart < 0) {
      this.countStray(value, start);
      return "before";
    }
    if (toEnd < 0 || (isLast && this.config.endValue !== undefined)) return "inside";
    if (!isLast && toEnd > 0) this.countStray(value, end);
    return "behind";
  }

  /** A window was read, to its end if `complete`; `last` is the furthest value of all rows so far. */
  end(window: CursorWindow, complete: boolean, last: CursorValue): void {
    if (!complete || this.windows[this.completed] !== window) return;
    this.completed += 1;
    const next = this.windows[this.completed];
    this.settledAt = this.leavesOutStart || next === undefined ? last : next.start;
  }

  /** How many rows since the last call came with a window that is not theirs, as far as rounded bounds do not explain it. */
  takeStrays(): number {
    const { strays } = this;
    this.strays = 0;
    return strays;
  }

  /** An open start leaves out rows that stand at it: then only a row that was read is a place to go on from. */
  private get leavesOutStart(): boolean {
    return this.config.rangeStart === "open";
  }

  private countStray(value: CursorValue, bound: CursorValue): void {
    const { format } = this.config;
    const distance = Math.abs(secondsOf(value) - secondsOf(bound));
    if (format === undefined || !(distance <= ROUNDING[format])) this.strays += 1;
  }
}

function secondsOf(value: CursorValue): number {
  if (typeof value === "number") return value / epochTicks(value);
  return typeof value === "string" ? (instantOf(value)?.seconds ?? Number.NaN) : Number.NaN;
}
