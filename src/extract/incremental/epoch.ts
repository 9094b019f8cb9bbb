/** Numbers from here on are milliseconds since 1970: as seconds they would lie beyond the year 5000. */
const FIRST_MILLISECONDS = 100_000_000_000;

/** How many ticks of `value`, a time since 1970 in seconds or milliseconds, make a second. */
export function epochTicks(value: number): 1 | 1000 {
  return Math.abs(value) >= FIRST_MILLISECONDS ? 1000 : 1;
}
