import { isPlainObject } from "../core/json.js";
import type { Warning } from "../core/warnings.js";
import { describeKeys } from "./body-keys.js";
import { pathOfKeys, type CompiledPath } from "./json-path.js";
import { detectOne, detectRows, hasIdentity } from "./row-detection.js";

/** The rows of one response. */
export interface Selection {
  /** The list of the body itself where there is one: nothing is copied. */
  readonly items: readonly unknown[];
  /** The keys that lead to the rows when they were found without a selector; `[]` is the whole body. */
  readonly detected?: readonly string[];
  /** False: nothing was where the rows should be, or what was taken for rows may be something else. */
  readonly certain: boolean;
  readonly warning?: Warning;
}

/**
 * The rows that a selector finds. One match: a list is the rows, null is none, anything else is one row. Several
 * matches are the rows, lists among them replaced by their members, so that the shape does not depend on how many
 * there are (dlt keeps those lists as rows). No match: no rows and the warning `selector-matched-nothing`.
 *
 * Without a selector the rows are looked for; pass what was `detected` in the first page for the following ones.
 * With `namesOne` an object is one row, unless it is the envelope of a list. An empty body has no rows.
 */
export function selectItems(
  body: unknown,
  selector: CompiledPath | undefined,
  detected?: readonly string[],
  namesOne = false,
): Selection {
  if (body === undefined) return { items: [], certain: true };
  if (selector !== undefined) return select(body, selector);
  if (detected !== undefined) {
    const selected = select(body, pathOfKeys(detected), "of the first page");
    const isRow = detected.length === 0 && isPlainObject(body);
    return { ...selected, detected, certain: isRow ? hasIdentity(body) : selected.certain };
  }
  if (!isPlainObject(body)) return { items: rowsOf(body), detected: [], certain: true };
  const found = namesOne ? detectOne(body) : detectRows(body);
  return {
    items: rowsOf(pathOfKeys(found.keys).first(body)),
    detected: found.keys,
    certain: found.certain,
    ...(found.warning && { warning: found.warning }),
  };
}

/** `of` says whose the selector is when it is not the configured one. */
function select(body: unknown, selector: CompiledPath, of?: string): Selection {
  const matches = selector.find(body);
  if (matches.length === 1) return { items: rowsOf(matches[0]), certain: matches[0] !== null };
  if (matches.length > 1) return { items: matches.some(Array.isArray) ? matches.flat(1) : matches, certain: true };
  return selector.mayBeEmpty(body)
    ? { items: [], certain: false }
    : { items: [], certain: false, warning: matchedNothing(body, selector, of) };
}

function rowsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  return value === null || value === undefined ? [] : [value];
}

function matchedNothing(body: unknown, { path }: CompiledPath, of?: string): Warning {
  const keys = `the response has: ${describeKeys(body)}.`;
  return {
    code: "selector-matched-nothing",
    message:
      of === undefined
        ? `The data selector "${path}" matched nothing; ${keys}`
        : `The rows ${of} were found at "${path}", where a later page has nothing: its rows are missing; ${keys} Set dataSelector to a path that fits all pages.`,
  };
}
