import { excerpt } from "../core/errors.js";
import { isPlainObject } from "../core/json.js";

const MOST = 30;

/** The keys of a JSON body and those one level further down, in words, for messages. */
export function describeKeys(body: unknown): string {
  if (body === undefined) return "nothing (the body is empty)";
  if (Array.isArray(body)) return `a list of ${body.length}`;
  if (!isPlainObject(body)) return excerpt(body);
  const keys: string[] = [];
  for (const [key, value] of Object.entries(body)) {
    keys.push(key);
    if (isPlainObject(value)) for (const inner of Object.keys(value)) keys.push(`${key}.${inner}`);
  }
  if (keys.length === 0) return "no keys";
  return keys.length > MOST ? `${keys.slice(0, MOST).join(", ")}, …` : keys.join(", ");
}
