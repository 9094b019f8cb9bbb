import { jsonText } from "../core/json-text.js";

/** The value as it is written into a URL, a header or a text: booleans lower-case, dates ISO 8601, lists and objects as JSON. Null: undefined. */
export function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string") return value;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  return jsonText(value);
}
