/** What DuckDB's types are compared as: numbers are numbers, whatever their width. */
export type TypeFamily = "number" | "timestamp" | "json" | (string & {});

export function familyOf(type: string): TypeFamily {
  if (/^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DOUBLE|FLOAT|DECIMAL\b.*)$/.test(type)) return "number";
  return type.startsWith("TIMESTAMP") ? "timestamp" : type.toLowerCase();
}

/** One form for all ways in which the recording and a driver write the same value. */
export function canonicalValue(value: unknown, family: TypeFamily): unknown {
  if (family === "number") return canonicalNumber(String(value));
  if (family === "timestamp") return canonicalTimestamp(String(value));
  if (family === "json") return canonicalJson(typeof value === "string" ? JSON.parse(value) : value);
  return value;
}

/** Integers exactly, everything else as the double that it names. */
function canonicalNumber(text: string): string {
  const whole = /^([+-]?\d+)(?:\.0*)?$/.exec(text)?.[1];
  if (whole !== undefined) return String(BigInt(whole));
  const number = Number(text);
  return Number.isInteger(number) ? String(BigInt(number)) : String(number);
}

/** `2024-01-01 10:00:00.5+00` and `2024-01-01T10:00:00.500Z` as microseconds. Text that is no timestamp stays. */
function canonicalTimestamp(text: string): string {
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d(?::?\d\d)?)?$/.exec(text);
  if (match === null) return text;
  const [, date = "", time = "", fraction = "", zone = "Z"] = match;
  const offset = zone === "Z" ? zone : `${zone.slice(0, 3)}:${zone.slice(3).replace(":", "") || "00"}`;
  return `${Date.parse(`${date}T${time}${offset}`) / 1000}.${fraction.padEnd(6, "0").slice(0, 6)}`;
}

/** JSON text with sorted keys. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === "bigint") return String(item);
    if (typeof item !== "object" || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
