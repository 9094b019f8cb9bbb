import { isPlainObject, type JsonValue } from "../../core/json.js";
import type { BoundaryChange } from "./boundary.js";
import { IncrementalError } from "./incremental-error.js";
import type { CursorValue } from "./incremental-run.js";
import type { RowOrderState } from "./row-order-watch.js";
import { excerpt } from "../../core/errors.js";

/** Everything of a cursor that moves during a run, but for the boundary. */
export interface Progress extends RowOrderState {
  readonly last?: CursorValue;
  readonly seen?: boolean;
  readonly emitted?: boolean;
}

/** The journal record that leads from one progress to the next; undefined when nothing changed. */
export function encodeProgress(
  before: Progress,
  now: Progress,
  boundary: BoundaryChange | undefined,
): JsonValue | undefined {
  const record: Record<string, JsonValue> = {};
  for (const name of ["last", "previous"] as const) {
    const value = now[name];
    if (value !== undefined && value !== before[name])
      record[name] = typeof value === "bigint" ? { $bigint: String(value) } : value;
  }
  for (const name of ["seen", "emitted", "outOfRange", "violated"] as const) {
    const value = now[name];
    if (value !== undefined && value !== before[name]) record[name] = value;
  }
  if (boundary?.reset === true) record["reset"] = true;
  if (boundary?.full === true) record["full"] = true;
  if (boundary !== undefined && boundary.added.length > 0) record["hashes"] = boundary.added;
  return Object.keys(record).length === 0 ? undefined : record;
}

/** Reads a record of `encodeProgress`. Throws `IncrementalError` when it is none. */
export function decodeProgress(record: JsonValue): { progress: Progress; boundary: BoundaryChange } {
  if (!isPlainObject(record)) throw unreadable(record);
  const { last, previous, seen, emitted, outOfRange, violated, reset, full, hashes = [] } = record;
  if (!Array.isArray(hashes) || !hashes.every((hash) => typeof hash === "string")) throw unreadable(record);
  return {
    progress: {
      ...(last === undefined ? {} : { last: decodeValue(last) }),
      ...(previous === undefined ? {} : { previous: decodeValue(previous) }),
      ...(typeof seen === "boolean" ? { seen } : {}),
      ...(typeof emitted === "boolean" ? { emitted } : {}),
      ...(typeof outOfRange === "boolean" ? { outOfRange } : {}),
      ...(typeof violated === "boolean" ? { violated } : {}),
    },
    boundary: { reset: reset === true, added: hashes, full: full === true },
  };
}

function decodeValue(value: JsonValue): CursorValue {
  if (!isPlainObject(value) || typeof value["$bigint"] !== "string") return value;
  if (!/^-?\d{1,1000}$/.test(value["$bigint"])) throw unreadable(value);
  return BigInt(value["$bigint"]);
}

function unreadable(record: JsonValue): IncrementalError {
  return new IncrementalError(`The cursor's record ${excerpt(record)} in the load package cannot be read`, {
    hint: "The package was written by another version of sluice, or damaged: drop it, the cursor has not moved.",
  });
}
