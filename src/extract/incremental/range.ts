import { ConfigError, excerpt } from "../../core/errors.js";
import type { CursorOrder } from "./cursor-order.js";
import { isDecimalCursor, numberDigits } from "./decimal-cursor.js";
import { IncrementalError } from "./incremental-error.js";
import type { CursorValue, IncrementalConfig } from "./incremental-run.js";
import { shiftTimeText } from "./timestamp.js";

/** The bounds of a backfill must name a range; dlt has the same rules. */
export function checkRange(config: IncrementalConfig, order: CursorOrder, resource: string): void {
  const { initialValue = null, endValue = null, lag = 0 } = config;
  if (!Number.isFinite(lag) || lag < 0) {
    throw new ConfigError(`\`lag\` is ${excerpt(lag)}; it must be a number from 0`, {
      resource,
      path: "incremental.lag",
    });
  }
  if (endValue === null) return;
  if (initialValue === null) {
    throw new ConfigError("`endValue` needs an `initialValue`: together they are the range to load", {
      resource,
      path: "incremental.endValue",
      hint: "Give `initialValue`, or remove `endValue` to load everything that is new.",
    });
  }
  const relation = order.relation(endValue, initialValue);
  if (relation !== undefined && relation >= 0) return;
  const problem = relation === undefined ? "cannot be compared with" : "comes before";
  throw new ConfigError(`\`endValue\` ${excerpt(endValue)} ${problem} \`initialValue\` ${excerpt(initialValue)}`, {
    resource,
    path: "incremental.endValue",
    hint:
      relation === undefined
        ? "Give both as text or both as numbers."
        : "Swap them, or set `lastValueFunc` to the direction in which the cursor moves.",
  });
}

/**
 * Where the run starts when the cursor stands at `last`: `lag` before it (after it, for `min`), but not beyond
 * `initial`. Units for numbers, seconds for timestamps, days for dates; text keeps its form. Integers stay integers.
 * Throws `IncrementalError` for values that have no such distance.
 */
export function startBehind(
  last: CursorValue,
  initial: CursorValue,
  config: IncrementalConfig,
  order: CursorOrder,
  resource: string,
): CursorValue {
  const { lag = 0, lastValueFunc = "max", cursorPath } = config;
  if (lag === 0 || last === null || typeof lastValueFunc === "function") return last;
  const start = shift(last, lastValueFunc === "max" ? -lag : lag);
  if (start === undefined) {
    throw new IncrementalError(
      `Cannot subtract a lag of ${lag} from the last cursor value ${excerpt(last)} of "${cursorPath}"`,
      {
        resource,
        hint: "`lag` works with numbers, ISO timestamps and dates (YYYY-MM-DD). Turn the cursor field into one of them with a map step, or remove `lag`.",
      },
    );
  }
  if (initial === null) return start;
  const beyond = order.relation(start, initial);
  return beyond === undefined || beyond > 0 ? start : initial;
}

function shift(value: CursorValue, by: number): CursorValue | undefined {
  if (isDecimalCursor(value)) {
    const moved = Number(numberDigits(value)) + by;
    return by < 0 ? Math.floor(moved) : Math.ceil(moved); // Covers more, never less.
  }
  if (typeof value === "string") return shiftTimeText(value, by);
  const wholeStep = by < 0 ? Math.floor(by) : Math.ceil(by);
  if (typeof value === "bigint") return value + BigInt(wholeStep);
  if (typeof value !== "number") return undefined;
  return value + (Number.isInteger(value) ? wholeStep : by);
}
