import { isPlainObject } from "../../core/json.js";
import { fingerprintOfText } from "./fingerprints.js";

/** Longer keys are kept as fingerprints. */
const MAX_KEY_TEXT = 24;

/** The primary keys of rows as short texts; empty when a row lacks one, or none is known. */
export function keysOf(items: readonly unknown[], primaryKey: readonly string[]): string[] {
  if (primaryKey.length === 0) return [];
  const keys: string[] = [];
  for (const row of items) {
    if (!isPlainObject(row)) return [];
    const parts: string[] = [];
    for (const field of primaryKey) {
      const value = Object.hasOwn(row, field) ? row[field] : undefined;
      if (typeof value !== "string" && typeof value !== "number" && typeof value !== "bigint") return [];
      parts.push(String(value));
    }
    const text = parts.join("\u0000");
    keys.push(text.length > MAX_KEY_TEXT ? fingerprintOfText(text) : text);
  }
  return keys;
}

/** How many of `keys` are among those `before`. */
export function repeatedKeys(before: readonly string[], keys: readonly string[]): number {
  if (before.length === 0) return 0;
  const known = new Set(before);
  return keys.filter((key) => known.has(key)).length;
}
