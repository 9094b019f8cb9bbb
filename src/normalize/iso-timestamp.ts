import {
  calendarDate,
  type CalendarDate,
  dateText,
  dayNumber,
  daysInMonth,
  digits,
  fromDay,
  ordinalDate,
  weekDate,
} from "./calendar.js";

/** Shortest (`1000-10 10`) and longest text that is looked at; a longer fraction is no timestamp. */
const MIN_LENGTH = 10;
const MAX_LENGTH = 48;
const SECONDS_PER_DAY = 86_400;

const DATE = String.raw`(?<date>\d{4}-\d\d-\d\d|\d{4}-\d{3}|\d{4}-\d\d|\d{4}-W\d\d(?:-\d)?|\d{4}W\d\d\d?)`;
const COMPACT_DATE = String.raw`(?<date>\d{8}|\d{7})`;
const ZONE = String.raw`(?<zone>Z|[+-]\d\d(?::?\d\d)?)?`;
const FRACTION = String.raw`(?:[.,](?<fraction>\d+))?`;
const COLON_TIME = String.raw`(?<hour>\d\d)(?::(?<minute>\d\d)(?::(?<second>\d\d)${FRACTION})?)?`;
const COMPACT_TIME = String.raw`(?<hour>\d\d)(?:(?<minute>\d\d)(?:(?<second>\d\d)${FRACTION})?)?`;

/** Date and time forms: ISO 8601 extended, ISO 8601 compact, and `2024/01/01 10:00:00`, as dlt 1.26 with pendulum 3.2 takes them. */
const FORMS: readonly RegExp[] = [
  new RegExp(`^${DATE}[T ]${COLON_TIME}${ZONE}$`),
  new RegExp(`^(?<date>\\d{4}W\\d\\d\\d?)[T ]${COMPACT_TIME}${ZONE}$`),
  new RegExp(`^${COMPACT_DATE}[T ]${COMPACT_TIME}${ZONE}$`),
  new RegExp(`^${COMPACT_DATE} ${COLON_TIME}${ZONE}$`),
  new RegExp(
    String.raw`^(?<date>\d{4}/\d\d/\d\d) (?<hour>\d{1,2}):(?<minute>\d{1,2})(?::(?<second>\d{1,2})${FRACTION})?$`,
  ),
];
const DATE_FORMS: readonly RegExp[] = [
  new RegExp(`^${DATE}$`),
  new RegExp(`^${COMPACT_DATE}$`),
  /^(?<date>\d{4}\/\d\d\/\d\d|\d{4})$/,
];
const TIME_FORM = new RegExp(`^${COLON_TIME}$`);

/**
 * The timestamp that `text` is, in UTC as `YYYY-MM-DDTHH:MM:SS[.ffffff]Z`, or undefined when it is none. Full date and
 * time are required; without an offset the time is taken as UTC; digits beyond microseconds are cut. Text that has the
 * form already (with one to six fraction digits) comes back as it is. Never guesses as `Date.parse` does.
 */
export function isoTimestamp(text: string): string | undefined {
  const { length } = text;
  if (length < MIN_LENGTH || length > MAX_LENGTH || !startsLikeDate(text)) return undefined;
  if (isCanonicalTimestamp(text)) return text;
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups;
    if (parts !== undefined) return fromParts(parts);
  }
  return undefined;
}

/** True for `YYYY-MM-DDTHH:MM:SS[.f{1,6}]Z` with values that exist. No regular expression: every value of a timestamp column comes here. */
export function isCanonicalTimestamp(text: string): boolean {
  const { length } = text;
  if (length < 20 || length > 27 || length === 21) return false;
  if (text.charCodeAt(length - 1) !== 0x5a || text.charCodeAt(10) !== 0x54) return false;
  if (
    text.charCodeAt(4) !== 0x2d ||
    text.charCodeAt(7) !== 0x2d ||
    text.charCodeAt(13) !== 0x3a ||
    text.charCodeAt(16) !== 0x3a
  )
    return false;
  const year = pair(text, 0) * 100 + pair(text, 2);
  const month = pair(text, 5);
  const day = pair(text, 8);
  const time = pair(text, 11) <= 23 && pair(text, 14) <= 59 && pair(text, 17) <= 59;
  if (
    !time ||
    !(year >= 1) ||
    !(day >= 1) ||
    !(day <= 28 || day <= daysInMonth(year, month)) ||
    !(month >= 1 && month <= 12)
  )
    return false;
  if (length === 20) return true;
  if (text.charCodeAt(19) !== 0x2e) return false;
  for (let at = 20; at < length - 1; at++) if (!isDigit(text.charCodeAt(at))) return false;
  return true;
}

/** The calendar date that `text` is (`2024-01-31`, `20240131`, `2024-031`, `2024-W05-3`; `2024-01` and `2024` are their first day), or undefined. */
export function isoDate(text: string): string | undefined {
  for (const form of DATE_FORMS) {
    const date = form.exec(text)?.groups?.["date"];
    if (date !== undefined) {
      const parsed = parseDate(date);
      return parsed === undefined ? undefined : dateText(parsed);
    }
  }
  return undefined;
}

/** True for a timestamp in ISO 8601 and for a plain date (`2024-01-31`), which is its midnight in UTC. */
export function isPointInTime(text: string): boolean {
  return isoTimestamp(text) !== undefined || (/^\d{4}-\d\d-\d\d$/.test(text) && isoDate(text) !== undefined);
}

/** Time of day without zone as `HH:MM:SS[.ffffff]`, or undefined. */
export function isoTime(text: string): string | undefined {
  const parts = TIME_FORM.exec(text)?.groups;
  if (parts?.["minute"] === undefined) return undefined;
  const seconds = secondsOf(parts);
  return seconds === undefined ? undefined : timeText(seconds, parts["fraction"]);
}

/** The UTC timestamp of seconds since 1970, to microseconds; undefined outside the years 1 to 9999. */
export function epochTimestamp(seconds: number): string | undefined {
  const micros = Math.round((seconds - Math.floor(seconds)) * 1e6);
  const whole = Math.floor(seconds) + (micros === 1e6 ? 1 : 0);
  const date = fromDay(Math.floor(whole / SECONDS_PER_DAY));
  const fraction = micros === 0 || micros === 1e6 ? undefined : digits(micros, 6);
  return date === undefined ? undefined : `${dateText(date)}T${timeText(modulo(whole, SECONDS_PER_DAY), fraction)}Z`;
}

function fromParts(parts: Readonly<Record<string, string | undefined>>): string | undefined {
  const date = parseDate(parts["date"] ?? "");
  const seconds = secondsOf(parts);
  const offset = offsetOf(parts["zone"]);
  if (date === undefined || seconds === undefined || offset === undefined) return undefined;
  const utc = seconds - offset;
  const day =
    offset === 0 ? date : fromDay(dayNumber(date.year, date.month, date.day) + Math.floor(utc / SECONDS_PER_DAY));
  return day === undefined
    ? undefined
    : `${dateText(day)}T${timeText(modulo(utc, SECONDS_PER_DAY), parts["fraction"])}Z`;
}

function parseDate(text: string): CalendarDate | undefined {
  const year = Number(text.slice(0, 4));
  const rest = text.slice(4).replace(/[-/]/g, "");
  if (rest.startsWith("W"))
    return weekDate(year, Number(rest.slice(1, 3)), rest.length > 3 ? Number(rest.slice(3)) : 1);
  if (rest.length === 3) return ordinalDate(year, Number(rest));
  return calendarDate(year, rest === "" ? 1 : Number(rest.slice(0, 2)), rest.length < 4 ? 1 : Number(rest.slice(2)));
}

function secondsOf(parts: Readonly<Record<string, string | undefined>>): number | undefined {
  const hour = Number(parts["hour"]);
  const minute = Number(parts["minute"] ?? 0);
  const second = Number(parts["second"] ?? 0);
  return hour > 23 || minute > 59 || second > 59 ? undefined : hour * 3600 + minute * 60 + second;
}

/** Seconds east of UTC; undefined when there is no such offset. */
function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(":", "") || 0);
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60);
}

function timeText(seconds: number, fraction: string | undefined): string {
  const micros = (fraction ?? "").slice(0, 6).padEnd(6, "0");
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map((part) => digits(part, 2))
    .join(":");
  return micros === "000000" ? clock : `${clock}.${micros}`;
}

/** Four digits and a character that may follow a year: enough to turn away nearly every other text. */
function startsLikeDate(text: string): boolean {
  const fifth = text.charCodeAt(4);
  if (fifth !== 0x2d && fifth !== 0x2f && fifth !== 0x57 && !isDigit(fifth)) return false;
  return (
    isDigit(text.charCodeAt(0)) &&
    isDigit(text.charCodeAt(1)) &&
    isDigit(text.charCodeAt(2)) &&
    isDigit(text.charCodeAt(3))
  );
}

/** Number of two digits at a position; NaN when they are none. */
function pair(text: string, at: number): number {
  const tens = text.charCodeAt(at);
  const ones = text.charCodeAt(at + 1);
  return isDigit(tens) && isDigit(ones) ? (tens - 0x30) * 10 + ones - 0x30 : Number.NaN;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
