import { ConfigError, excerpt } from "../../core/errors.js";
import type { CursorOrder } from "./cursor-order.js";
import { addMonths, type Duration, parseDuration } from "./duration.js";
import { epochTicks } from "./epoch.js";
import type { CursorValue, IncrementalConfig } from "./incremental-run.js";
import { instantOf, shiftTimeText } from "./timestamp.js";

/** A part of a cursor's range that is asked for on its own: from `start` up to, but not including, `end`. */
export interface CursorWindow {
  readonly start: CursorValue;
  readonly end: CursorValue;
  /** The bounds of the whole range are those of the cursor, not of the window: they may be open or closed. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** More are most likely a step in the wrong unit. */
const MOST_WINDOWS = 100_000;

/** What windows are cut from. */
export interface WindowRange {
  readonly config: IncrementalConfig;
  readonly order: CursorOrder;
  readonly resource: string;
  readonly start: CursorValue;
  /** Null: up to now. */
  readonly end: CursorValue;
  /** ISO 8601 UTC; frozen for the run, so that a resumed one cuts the same windows. */
  readonly now: string;
}

/**
 * Cuts a range into windows of `config.window`; always at least one. Steps are counted from the start, so that months do
 * not drift. Throws `ConfigError` when the range has no start or no end, or the step does not fit its values.
 */
export function cursorWindows(range: WindowRange): CursorWindow[] {
  const { config, order, start, resource } = range;
  const step = stepOf(config);
  const direction = config.lastValueFunc === "min" ? -1 : 1;
  if (start === null) {
    throw windowError(resource, "`window` needs a start", "Give `initialValue`: where the first window begins.");
  }
  const at = (count: number): CursorValue => {
    const value = move(start, step, count * direction);
    if (value !== undefined) return value;
    throw windowError(
      resource,
      `The step \`window: ${excerpt(config.window)}\` does not fit the cursor value ${excerpt(start)}`,
      "Durations (`P1D`, `PT6H`, `P1M`) step through ISO timestamps, dates (whole days) and numbers since 1970; numbers step through seconds of timestamps, days of dates, units of numbers.",
    );
  };
  const end = range.end ?? endOf(range, step) ?? at(1);
  const isBefore = (value: CursorValue): boolean => (order.relation(value, end) ?? 0) < 0;
  const windows: CursorWindow[] = [];
  for (let from: CursorValue = start; windows.length === 0 || isBefore(from);) {
    const to = at(windows.length + 1);
    if ((order.relation(to, from) ?? 0) <= 0) {
      throw windowError(resource, `The step \`window: ${excerpt(config.window)}\` is finer than ${excerpt(start)}`);
    }
    if (windows.length === MOST_WINDOWS) {
      throw windowError(
        resource,
        `From ${excerpt(start)} to ${excerpt(end)} there are more than ${MOST_WINDOWS} windows of ${excerpt(config.window)}`,
        "Use a larger step.",
      );
    }
    const isLast = !isBefore(to);
    // A start that has reached the end already leaves one window, which ends where it would have.
    const isEmpty = windows.length === 0 && !isBefore(start) && range.end === null;
    windows.push({ start: from, end: isLast && !isEmpty ? end : to, isFirst: windows.length === 0, isLast });
    from = to;
  }
  return windows;
}

/** Whether `window` is a step at all: a positive number or a duration. */
export function isStep(window: unknown): window is number | string {
  if (typeof window === "number") return Number.isFinite(window) && window > 0;
  return typeof window === "string" && parseDuration(window) !== undefined;
}

function stepOf({ window }: IncrementalConfig): number | Duration {
  const step = typeof window === "string" ? parseDuration(window) : window;
  return step ?? 0;
}

/** Where a range without an end ends: now, in the form of its start, rounded up. Undefined: it has passed now already. */
function endOf({ config, resource, start, now, order }: WindowRange, step: number | Duration): CursorValue | undefined {
  const end = config.lastValueFunc === "min" ? undefined : nowLike(start, now, step);
  if (end !== undefined) return (order.relation(end, start) ?? 0) > 0 ? end : undefined;
  throw windowError(
    resource,
    `\`window\` needs an \`endValue\`: from ${excerpt(start)} there is no way to now`,
    "Without an `endValue`, windows step up to now through timestamps and dates; through numbers since 1970 where `window` is a duration.",
  );
}

function nowLike(start: CursorValue, now: string, step: number | Duration): CursorValue | undefined {
  const seconds = Date.parse(now) / 1000;
  if (typeof start === "number") return typeof step === "number" ? undefined : Math.ceil(seconds * epochTicks(start));
  if (typeof start !== "string") return undefined;
  const instant = instantOf(start);
  if (instant === undefined) return undefined;
  const distance = seconds - instant.seconds - Number(`0.${instant.fraction}0`);
  // Today's rows belong to the range, so a range of days ends tomorrow.
  return shiftTimeText(start, instant.isDate ? Math.floor(distance / 86_400) + 1 : Math.ceil(distance * 1000) / 1000);
}

function move(start: CursorValue, step: number | Duration, count: number): CursorValue | undefined {
  if (typeof step === "number") {
    if (typeof start === "string") return shiftTimeText(start, step * count);
    if (typeof start === "bigint") return Number.isInteger(step) ? start + BigInt(step) * BigInt(count) : undefined;
    return typeof start === "number" ? start + step * count : undefined;
  }
  if (typeof start === "number") return moveNumber(start, step, count);
  if (typeof start !== "string") return undefined;
  const moved = moveMonths(start, step.months * count);
  if (moved === undefined || step.seconds === 0) return moved;
  const isDate = instantOf(start)?.isDate === true;
  if (isDate && step.seconds % 86_400 !== 0) return undefined;
  return shiftTimeText(moved, (step.seconds / (isDate ? 86_400 : 1)) * count);
}

function moveNumber(start: number, step: Duration, count: number): number | undefined {
  const ticks = epochTicks(start);
  const date = new Date((start / ticks) * 1000);
  if (Number.isNaN(date.getTime())) return undefined;
  const text = moveMonths(date.toISOString(), step.months * count);
  if (text === undefined) return undefined;
  return start + ((Date.parse(text) - date.getTime()) / 1000 + step.seconds * count) * ticks;
}

/** An ISO text moved by calendar months: its date changes, everything behind it stays. */
function moveMonths(text: string, months: number): string | undefined {
  const date = /^(\d{4})(-?)(\d\d)\2(\d\d)/.exec(text);
  if (date === null || instantOf(text) === undefined) return undefined;
  if (months === 0) return text;
  const moved = addMonths({ year: Number(date[1]), month: Number(date[3]), day: Number(date[4]) }, months);
  if (moved === undefined) return undefined;
  const digits = [
    String(moved.year).padStart(4, "0"),
    ...[moved.month, moved.day].map((n) => String(n).padStart(2, "0")),
  ];
  return digits.join(date[2] ?? "") + text.slice(date[0].length);
}

function windowError(resource: string, message: string, hint?: string): ConfigError {
  return new ConfigError(message, { resource, path: "incremental.window", ...(hint !== undefined && { hint }) });
}
