/** Days of the proleptic Gregorian calendar, years 1 to 9999. */
export interface CalendarDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
const MS_PER_DAY = 86_400_000;

/** 0 for months outside 1..12. */
export function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeap(year) ? 29 : (DAYS[month - 1] ?? 0);
}

/** The date, or undefined when there is no such day. */
export function calendarDate(year: number, month: number, day: number): CalendarDate | undefined {
  return year >= 1 && day >= 1 && day <= daysInMonth(year, month) ? { year, month, day } : undefined;
}

/** ISO 8601 ordinal date: day 1 to 366 of a year. */
export function ordinalDate(year: number, dayOfYear: number): CalendarDate | undefined {
  if (year < 1 || dayOfYear < 1 || dayOfYear > (isLeap(year) ? 366 : 365)) return undefined;
  return fromDay(dayNumber(year, 1, 1) + dayOfYear - 1);
}

/** ISO 8601 week date: week 1 to 53, weekday 1 (Monday) to 7. */
export function weekDate(year: number, week: number, weekday: number): CalendarDate | undefined {
  if (year < 1 || week < 1 || weekday < 1 || weekday > 7) return undefined;
  if (week > weeksIn(year)) return undefined;
  return fromDay(mondayOfWeek1(year) + (week - 1) * 7 + weekday - 1);
}

/** Days since 1970-01-01. */
export function dayNumber(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day); // Date.UTC would read the years 0 to 99 as 1900 to 1999.
  return Math.round(date.getTime() / MS_PER_DAY);
}

/** The date of a day number, or undefined outside the years 1 to 9999. */
export function fromDay(day: number): CalendarDate | undefined {
  const date = new Date(day * MS_PER_DAY);
  const year = date.getUTCFullYear();
  return year >= 1 && year <= 9999 ? { year, month: date.getUTCMonth() + 1, day: date.getUTCDate() } : undefined;
}

/** `YYYY-MM-DD`. */
export function dateText({ year, month, day }: CalendarDate): string {
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
}

/** `value` with leading zeros. */
export function digits(value: number, length: number): string {
  return String(value).padStart(length, "0");
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function mondayOfWeek1(year: number): number {
  const january4 = dayNumber(year, 1, 4); // Always in week 1.
  return january4 - ((((january4 + 3) % 7) + 7) % 7); // Day 0, 1970-01-01, was a Thursday.
}

function weeksIn(year: number): number {
  return (mondayOfWeek1(year + 1) - mondayOfWeek1(year)) / 7;
}
