/** A length of time: calendar months, whose days differ, and seconds. */
export interface Duration {
  readonly months: number;
  readonly seconds: number;
}

const DURATION =
  /^P(?=\d|T\d)(?:(\d{1,5})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,7})D)?(?:T(?=\d)(?:(\d{1,8})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$/;

/** Reads an ISO 8601 duration of whole units (`P1M`, `P7D`, `PT6H`); undefined when it is none, or is no time at all. */
export function parseDuration(text: string): Duration | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((digits: string | undefined) => Number(digits ?? 0));
  const duration = {
    months: years * 12 + months,
    seconds: (weeks * 7 + days) * 86_400 + hours * 3600 + minutes * 60 + seconds,
  };
  return duration.months === 0 && duration.seconds === 0 ? undefined : duration;
}

/** A day moved by calendar months; 31 January and a month is the last of February. Undefined outside the years 0 to 9999. */
export function addMonths(
  day: { readonly year: number; readonly month: number; readonly day: number },
  months: number,
): { readonly year: number; readonly month: number; readonly day: number } | undefined {
  const count = day.year * 12 + (day.month - 1) + months;
  const year = Math.floor(count / 12);
  if (year < 0 || year > 9999) return undefined;
  const month = count - year * 12 + 1;
  const last = new Date(0);
  last.setUTCFullYear(year, month, 0);
  return { year, month, day: Math.min(day.day, last.getUTCDate()) };
}
