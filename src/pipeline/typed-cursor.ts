import { isExactDecimal } from "../core/exact-number.js";
import { DECIMAL_MARK } from "../extract/incremental/decimal-cursor.js";
import type { CursorValue, StoredIncremental } from "../extract/incremental/incremental-run.js";

/** How dlt writes values that JSON does not have: a character of the private use area in front of their text. */
const MARKS = { decimal: DECIMAL_MARK, timestamp: "\uf027", date: "\uf028" } as const;
const KNOWN: ReadonlySet<string> = new Set(Object.values(MARKS));
const VALUES = ["initial_value", "last_value", "start_value"] as const;

/** A cursor of Python dlt with its timestamps and decimals as our rows have them: text and numbers; decimals with more digits than a double holds stay marked. */
export function plainCursor(stored: StoredIncremental): StoredIncremental {
  const plain = { ...stored };
  for (const key of VALUES) if (plain[key] !== undefined) plain[key] = plainValue(plain[key]);
  return plain;
}

/** The cursor with its values typed as `before` had them, so that the Python code that they were typed for can go on. */
export function typedCursor(cursor: StoredIncremental, before: StoredIncremental | undefined): StoredIncremental {
  const mark = VALUES.map((key) => markOf(before?.[key])).find((found) => found !== undefined);
  if (mark === undefined) return cursor;
  const typed = { ...cursor };
  for (const key of VALUES) {
    const value = typed[key];
    const isNumber = typeof value === "number" || typeof value === "bigint";
    const fits = mark === MARKS.decimal ? isNumber : typeof value === "string" && markOf(value) === undefined;
    if (fits && (isNumber || typeof value === "string")) typed[key] = `${mark}${value}`;
  }
  return typed;
}

function plainValue(value: CursorValue): CursorValue {
  const mark = markOf(value);
  if (mark === undefined || typeof value !== "string") return value;
  const text = value.slice(1);
  if (mark !== MARKS.decimal) return text;
  return isExactDecimal(text) ? Number(text) : value;
}

function markOf(value: CursorValue | undefined): string | undefined {
  return typeof value === "string" && KNOWN.has(value.charAt(0)) ? value.charAt(0) : undefined;
}
