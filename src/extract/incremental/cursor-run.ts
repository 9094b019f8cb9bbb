import { excerpt } from "../../core/errors.js";
import type { JsonValue, Row } from "../../core/json.js";
import type { Warning } from "../../core/warnings.js";
import { type Boundary, boundaryOf } from "./boundary.js";
import type { CursorOrder } from "./cursor-order.js";
import { formatCursor } from "./cursor-format.js";
import { CursorReader } from "./cursor-reader.js";
import { withoutMark } from "./decimal-cursor.js";
import { IncrementalError } from "./incremental-error.js";
import type {
  CursorValue,
  IncrementalConfig,
  IncrementalRun,
  StoredIncremental,
  IncrementalRunOptions,
} from "./incremental-run.js";
import { decodeProgress, encodeProgress, type Progress } from "./progress.js";
import { startBehind } from "./range.js";
import { RowOrderWatch } from "./row-order-watch.js";
import { WindowWalk } from "./window-walk.js";
import { type CursorWindow, cursorWindows } from "./windows.js";

/** More rows than this at one cursor value are worth a warning: their hashes travel with the state. dlt's threshold. */
const LARGE_BOUNDARY = 200;
/** {@link IncrementalRun} as its config says; made by `createIncrementalRun`, which checks the range. */
export class CursorRun implements IncrementalRun {
  readonly config: IncrementalConfig;
  readonly initialValue: CursorValue;
  readonly endValue: CursorValue;
  private readonly resource: string;
  private readonly order: CursorOrder;
  private readonly reader: CursorReader;
  private readonly stored: StoredIncremental | undefined;
  /** Undefined: no dedup at the boundary, no hashes stored. */
  private readonly boundary: Boundary | undefined;
  private readonly boundaryWasLarge: boolean;
  private readonly watch: RowOrderWatch | undefined;
  private readonly start: CursorValue;
  private last: CursorValue;
  private seen = false;
  private emitted = false;
  private taken: Progress;
  private warnings: Warning[] = [];
  private warnedOfBoundary = false;
  private warnedOfDigits = false;
  private readonly walk: WindowWalk | undefined;

  constructor(config: IncrementalConfig, options: IncrementalRunOptions, order: CursorOrder) {
    const { resource } = options;
    this.config = config;
    this.resource = resource;
    this.order = order;
    this.initialValue = config.initialValue ?? null;
    this.endValue = config.endValue ?? null;
    this.stored = this.endValue === null ? options.stored : undefined;
    this.last = this.stored?.last_value ?? this.initialValue;
    const hasLag = (config.lag ?? 0) !== 0 && this.endValue === null;
    this.start = hasLag ? startBehind(this.last, this.initialValue, config, order, resource) : this.last;
    this.reader = new CursorReader(config.cursorPath, resource, order);
    const lags = hasLag && typeof config.lastValueFunc !== "function";
    this.boundary =
      this.endValue !== null || lags ? undefined : boundaryOf(config, options, this.stored?.unique_hashes ?? []);
    this.boundaryWasLarge = (this.stored?.unique_hashes?.length ?? 0) > LARGE_BOUNDARY;
    this.watch =
      config.rowOrder === undefined || options.parents === "many"
        ? undefined
        : new RowOrderWatch(config.rowOrder, order);
    if (hasLag && !lags)
      this.warn("incremental-lag-ignored", "`lag` is ignored: it works with `max` and `min`, not with a function");
    if (config.window !== undefined) {
      const { start, endValue: end } = this;
      const windows = cursorWindows({ config, order, resource, start, end, now: options.now });
      this.walk = new WindowWalk(windows, config, order);
    }
    this.taken = this.progress();
  }

  get startValue(): CursorValue {
    return withoutMark(this.start);
  }

  get lastValue(): CursorValue {
    return withoutMark(this.last);
  }

  get windows(): readonly CursorWindow[] | undefined {
    return this.walk?.windows;
  }

  get outOfRange(): boolean {
    return this.watch?.outOfRange ?? false;
  }

  accept(row: Row, index?: number, window?: CursorWindow): boolean {
    this.seen = true;
    const isAccepted = this.decide(row, index, window);
    this.emitted ||= isAccepted;
    return isAccepted;
  }

  endWindow(window: CursorWindow, complete: boolean): void {
    this.watch?.begin();
    this.walk?.end(window, complete, this.last);
  }

  formatForRequest(given: CursorValue, bound: "start" | "end" = "start"): CursorValue {
    const value = withoutMark(given);
    const { convert, format, lastValueFunc } = this.config;
    if (value === null) return value;
    if (format !== undefined)
      return formatCursor(value, format, (bound === "end") !== (lastValueFunc === "min"), this.resource);
    if (convert === undefined) return value;
    try {
      return convert(value);
    } catch (cause) {
      throw new IncrementalError(`\`convert\` failed for the cursor value ${excerpt(value)}`, {
        cause,
        resource: this.resource,
      });
    }
  }

  takeProgress(): JsonValue | undefined {
    const now = this.progress();
    const boundary = this.boundary?.takeChange();
    const record = encodeProgress(this.taken, now, boundary);
    this.taken = now;
    return record;
  }

  restore(record: JsonValue): void {
    const { progress, boundary } = decodeProgress(record);
    if (progress.last !== undefined) this.last = progress.last;
    this.seen ||= progress.seen ?? false;
    this.emitted ||= progress.emitted ?? false;
    this.watch?.restore(progress);
    this.boundary?.restore(boundary);
    this.taken = this.progress();
  }

  takeWarnings(): Warning[] {
    if (
      this.boundary !== undefined &&
      !this.boundaryWasLarge &&
      !this.warnedOfBoundary &&
      this.boundary.size > LARGE_BOUNDARY
    ) {
      this.warnedOfBoundary = true;
      this.warn(
        "incremental-boundary-large",
        `More than ${LARGE_BOUNDARY} rows share the cursor value ${excerpt(this.last)} of "${this.config.cursorPath}"; a hash of each is kept in the state. A finer cursor field keeps it small.`,
      );
    }
    const strays = this.walk?.takeStrays() ?? 0;
    if (strays > 0) {
      this.warnings.push({
        code: "window-rows-outside",
        resource: this.resource,
        count: strays,
        message: `Rows of "${this.resource}" lay outside of the window that they were asked for with and were left to their own. If the API filters by another field than "${this.config.cursorPath}", they are missing`,
      });
    }
    const { warnings } = this;
    this.warnings = [];
    return warnings;
  }

  result(): StoredIncremental | undefined {
    if (this.endValue !== null) return undefined;
    const reached = this.walk?.reached ?? null;
    if (reached !== null && this.isBeyond(reached, this.last)) return this.storedAt(reached, []);
    return this.seen ? this.storedAt(this.last, this.boundary?.list() ?? []) : undefined;
  }

  resultSoFar(): StoredIncremental | undefined {
    if (this.endValue !== null) return undefined;
    const { walk } = this;
    if (walk === undefined)
      return this.config.rowOrder === "asc" && this.watch?.isTrusted === true ? this.result() : undefined;
    if (walk.isComplete) return this.result();
    const before = this.stored?.last_value ?? this.initialValue;
    return walk.settled !== null && this.isBeyond(walk.settled, before) ? this.storedAt(walk.settled, []) : undefined;
  }

  private isBeyond(value: CursorValue, mark: CursorValue): boolean {
    return mark === null || (this.order.relation(value, mark) ?? 0) > 0;
  }

  private storedAt(last: CursorValue, hashes: string[]): StoredIncremental {
    const { stored, initialValue } = this;
    const start = this.emitted ? (stored?.last_value ?? initialValue) : (stored?.start_value ?? initialValue);
    return {
      initial_value: stored === undefined ? initialValue : (stored.initial_value ?? null),
      last_value: last,
      unique_hashes: hashes,
      start_value: start,
    };
  }

  /** dlt's algorithm for one row, with the start value frozen. */
  private decide(row: Row, index: number | undefined, window: CursorWindow | undefined): boolean {
    const value = this.reader.read(row, index);
    if (value === null || value === undefined) {
      if (this.config.onCursorValueMissing === "include") return true;
      if (this.config.onCursorValueMissing === "exclude") return false;
      throw this.reader.missing(row, value, index);
    }
    this.watchOrder(value, index);
    const place = window === undefined ? "inside" : this.walk?.placeOf(value, window);
    if (place === "before" || place === "behind") {
      this.watch?.leave(place === "before" ? "desc" : "asc");
      return false;
    }
    if (this.endValue !== null) {
      const toEnd = this.relation(value, this.endValue, "endValue", index);
      if (toEnd > 0 || (toEnd === 0 && this.config.rangeEnd !== "closed")) {
        this.watch?.leave("asc");
        return false;
      }
    }
    if (!this.warnedOfDigits && ordersDigitsAsText(value, this.last)) this.warnOfDigits(value);
    const toLast = this.last === null ? 1 : this.relation(value, this.last, "the last value", index);
    if (toLast > 0) {
      this.advance(value, row, index);
      return true;
    }
    const toStart = this.start === null ? 1 : this.relation(value, this.start, "the start value", index);
    if (toStart < 0 || (toStart === 0 && this.config.rangeStart === "open")) {
      this.watch?.leave("desc");
      return false;
    }
    // A boundary row that an earlier run loaded does not end the range: others with its value may follow on the next page.
    if (toStart === 0 && this.boundary?.wasLoaded(row, index) === true) return false;
    if (toLast === 0) this.boundary?.add(row, index);
    return true;
  }

  private advance(value: CursorValue, row: Row, index: number | undefined): void {
    this.boundary?.restart(row, index);
    this.last = this.order.furthest(this.last === null ? [value] : [value, this.last]) ?? value;
  }

  /** Of `lastValueFunc` that is a function nothing is known. */
  private warnOfDigits(value: CursorValue): void {
    this.warnedOfDigits = true;
    if (typeof this.config.lastValueFunc === "function") return;
    this.warn(
      "cursor-text-order",
      `The values of the cursor "${this.config.cursorPath}" are numbers written as text, and text is compared sign by sign: ${excerpt(value)} and ${excerpt(this.last)} are not in the order of their numbers, and rows are left out. Make them numbers with a map step (and \`initialValue\` a number), or give a \`lastValueFunc\``,
    );
  }

  private watchOrder(value: CursorValue, index: number | undefined): void {
    const violation = this.watch?.observe(value);
    if (violation === undefined) return;
    this.warn(
      "row-order-violated",
      `The rows are declared to come in ${this.config.rowOrder} order of "${this.config.cursorPath}", but ${excerpt(value)} came after ${excerpt(violation.previous)}` +
        `${index === undefined ? "" : ` (row ${index} of its page)`}. This run reads every page. Sort by the cursor in the request, or remove \`rowOrder\`.`,
    );
  }

  private relation(value: CursorValue, mark: CursorValue, markName: string, index: number | undefined): number {
    const relation = this.order.relation(value, mark);
    if (relation !== undefined) return relation;
    throw new IncrementalError(
      `The cursor value ${excerpt(value)} (${typeof value}) at "${this.config.cursorPath}" does not compare with ${markName} ${excerpt(mark)} (${typeof mark})`,
      {
        resource: this.resource,
        ...(index === undefined ? {} : { row: index }),
        hint:
          "Give `initialValue` and `endValue` in the kind that the rows have (`convert` formats what is sent to the API), or bring the field into one kind with a map step." +
          (this.stored === undefined ? "" : " If the API changed the kind, reset the cursor with `refresh`."),
      },
    );
  }

  private progress(): Progress {
    return { last: this.last, seen: this.seen, emitted: this.emitted, ...this.watch?.state() };
  }

  private warn(code: string, message: string): void {
    this.warnings.push({ code, message, resource: this.resource });
  }
}

/** Digits of different lengths: as text "10" comes before "9". */
function ordersDigitsAsText(value: CursorValue, mark: CursorValue): boolean {
  if (typeof value !== "string" || typeof mark !== "string" || value.length === mark.length) return false;
  return /^\d+$/.test(value) && /^\d+$/.test(mark);
}
