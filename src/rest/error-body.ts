import { excerpt } from "../core/errors.js";
import { isPlainObject } from "../core/json.js";

/** Keys under which APIs that answer everything with status 200 say what went wrong. */
const ERROR_KEY = /^(errors?|error_?(message|description|code)|faults?|fault_?(string|code)|exception)$/i;

/** Values of such keys that mean the opposite. */
const NO_ERROR = /^\s*(0|ok|no|none|null|false|success|no errors?)?\s*$/i;

/** What an object says went wrong, cut short for a message; undefined when it says nothing of the kind. */
export function errorInBody(body: unknown): string | undefined {
  if (!isPlainObject(body)) return undefined;
  for (const [key, value] of Object.entries(body)) {
    if (ERROR_KEY.test(key) && isError(value)) return `${key}: ${excerpt(value, 200)}`;
  }
  return undefined;
}

function isError(value: unknown): boolean {
  if (typeof value === "string") return !NO_ERROR.test(value);
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return value === true || (typeof value === "number" && value !== 0);
}
