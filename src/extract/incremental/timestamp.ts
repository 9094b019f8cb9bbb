import { compareText } from "./text-order.js";

/** An ISO 8601 date and time as text, taken apart so that it can be compared exactly and written back in its own form. */
interface Timestamp {
  /** Whole seconds since 1970-01-01 UTC; text without an offset is taken as UTC, as dlt does. */
  readonly seconds: number;
  /** Digits after the decimal point, as written; "" when there are none. */
  readonly fraction: string;
  readonly separator: string;
  readonly hasSeconds: boolean;
  readonly fractionMark: string;
  readonly offset: string;
  readonly offsetSeconds: number;
}

const TIMESTAMP =
  /^(\d{4})-(\d\d)-(\d\d)([Tt ])(\d\d):(\d\d)(?::(\d\d)(?:([.,])(\d{1,18}))?)?([Zz]|[+-]\d\d(?::?\d\d)?)?$/;
const DATE = /^(\d{4})(-?)(\d\d)\2(\d\d)$/;

/** The instant that `text` names; undefined when it is not an ISO date with a time of day. */
function parseTimestamp(text: string): Timestamp | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, separator = "", hour, minute, second, fractionMark = "", fraction = "", offset = ""] =
    match;
  const midnight = dayStart(Number(year), Number(month), Number(day));
  if (midnight === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 60) return undefined;
  const offsetSeconds = parseOffset(offset);
  const seconds = midnight + Number(hour) * 3600 + Number(minute) * 60 + Number(second ?? 0) - offsetSeconds;
  return { seconds, fraction, separator, hasSeconds: second !== undefined, fractionMark, offset, offsetSeconds };
}

/** The moment that an ISO timestamp or date names (a date: its midnight in UTC); undefined for other texts. */
export function instantOf(
  text: string,
): { readonly seconds: number; readonly fraction: string; readonly isDate: boolean } | undefined {
  const date = DATE.exec(text);
  if (date !== null) {
    const seconds = dayStart(Number(date[1]), Number(date[3]), Number(date[4]));
    return seconds === undefined ? undefined : { seconds, fraction: "", isDate: true };
  }
  const time = parseTimestamp(text);
  return time === undefined ? undefined : { seconds: time.seconds, fraction: time.fraction, isDate: false };
}

function parseOffset(offset: string): number {
  if (offset === "" || offset === "Z" || offset === "z") return 0;
  const digits = offset.slice(1).replace(":", "");
  const seconds = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2, 4)) * 60;
  return offset.startsWith("-") ? -seconds : seconds;
}

/** Seconds since 1970 of a day's first moment; undefined for days that no calendar has. */
function dayStart(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() / 1000 : undefined;
}

/**
 * Compares two strings as dlt does, by code point, but for two ISO timestamps: those compare as instants, so that
 * `…T10:00:00Z`, `…T10:00:00.000Z` and `…T12:00:00+02:00` are one moment. dlt would call them different and could skip
 * or repeat rows of an API that changes its format.
 */
export function compareCursorText(a: string, b: string): number {
  if (a === b) return 0;
  if (isSameForm(a, b)) return compareText(a, b);
  const x = parseTimestamp(a);
  const y = x === undefined ? undefined : parseTimestamp(b);
  if (x === undefined || y === undefined) return compareText(a, b);
  return x.seconds - y.seconds || compareText(x.fraction.replace(/0+$/, ""), y.fraction.replace(/0+$/, ""));
}

/** Timestamps of one form (equal length, separator and offset) are in the order of their text: no need to parse. */
function isSameForm(a: string, b: string): boolean {
  if (a.length !== b.length || a.charCodeAt(10) !== b.charCodeAt(10)) return false;
  return (a.endsWith("Z") && b.endsWith("Z")) || a.slice(-6) === b.slice(-6);
}

/**
 * `text` moved by so many seconds (timestamps) or days (dates: `YYYY-MM-DD`, `YYYYMMDD`), in its own form. What is
 * finer than the form can hold is rounded away from the value, so that a moved start covers more, never less.
 * Undefined when `text` is neither, or the result lies outside the years 0000 to 9999.
 */
export function shiftTimeText(text: string, by: number): string | undefined {
  const date = DATE.exec(text);
  if (date !== null) {
    const start = dayStart(Number(date[1]), Number(date[3]), Number(date[4]));
    if (start === undefined) return undefined;
    return isoText(start + roundAway(by) * 86_400)
      ?.slice(0, 10)
      .replaceAll("-", date[2] ?? "");
  }
  const time = parseTimestamp(text);
  if (time === undefined) return undefined;
  const { fraction, hasSeconds } = time;
  const unit = 10n ** BigInt(fraction.length);
  const ticks = hasSeconds ? roundAway(by * Number(unit)) : roundAway(by / 60) * 60;
  const total = BigInt(time.seconds + time.offsetSeconds) * unit + BigInt(`0${fraction}`) + BigInt(ticks);
  const seconds = total >= 0n ? total / unit : -((unit - 1n - total) / unit); // BigInt division cuts towards zero; this is the floor.
  const iso = isoText(Number(seconds));
  if (iso === undefined) return undefined;
  const digits =
    fraction === "" ? "" : `${time.fractionMark}${String(total - seconds * unit).padStart(fraction.length, "0")}`;
  return `${iso.slice(0, 10)}${time.separator}${iso.slice(11, hasSeconds ? 19 : 16)}${digits}${time.offset}`;
}

function roundAway(value: number): number {
  return value < 0 ? Math.floor(value) : Math.ceil(value);
}

function isoText(seconds: number): string | undefined {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return undefined;
  const text = date.toISOString();
  return text.length === 24 ? text : undefined; // Years beyond four digits are written as ±YYYYYY.
}
