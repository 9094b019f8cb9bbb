import { excerpt } from "../../core/errors.js";
import { compareDecimals } from "../../core/exact-number.js";
import { isDecimalCursor, numberDigits } from "./decimal-cursor.js";
import { dltJson } from "./dlt-json.js";
import { IncrementalError } from "./incremental-error.js";
import type { CursorValue, IncrementalConfig } from "./incremental-run.js";
import { compareCursorText } from "./timestamp.js";

/** In which direction a cursor moves: the meaning of `lastValueFunc`. */
export interface CursorOrder {
  /** False for values that this order cannot place at all (lists and objects under `max` and `min`). */
  places(value: CursorValue): boolean;
  /** Positive: `value` is further than `mark`; 0: at the same place; negative: not as far. Undefined: not comparable. */
  relation(value: CursorValue, mark: CursorValue): number | undefined;
  /** The furthest of several values; undefined when they are not comparable. */
  furthest(values: readonly CursorValue[]): CursorValue | undefined;
}

type PickValue = (values: readonly CursorValue[]) => CursorValue;

/** True for what a cursor may hold: JSON (at most 20 levels deep) or a bigint; no NaN, no infinity. */
export function isCursorValue(value: unknown): value is CursorValue {
  return typeof value === "bigint" || isJson(value, 0);
}

function isJson(value: unknown, depth: number): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  return typeof value === "object" && depth < 20 && Object.values(value).every((item) => isJson(item, depth + 1));
}

/** The order that a configuration asks for. */
export function cursorOrder(lastValueFunc: IncrementalConfig["lastValueFunc"] = "max", resource: string): CursorOrder {
  if (typeof lastValueFunc === "function") return customOrder(guarded(lastValueFunc, resource));
  return lastValueFunc === "min" ? scalarOrder((a, b) => compareScalars(b, a)) : scalarOrder(compareScalars);
}

/**
 * Numbers by value, strings as {@link compareCursorText}, false before true. Undefined across kinds: guessing whether
 * "10" is a number or a text would lose rows.
 */
function compareScalars(a: CursorValue, b: CursorValue): number | undefined {
  if (isDecimalCursor(a) || isDecimalCursor(b)) {
    const [x, y] = [numberDigits(a), numberDigits(b)];
    return x === undefined || y === undefined ? undefined : compareDecimals(x, y);
  }
  if (typeof a === "string" && typeof b === "string") return compareCursorText(a, b);
  if ((typeof a === "number" || typeof a === "bigint") && (typeof b === "number" || typeof b === "bigint")) {
    return a < b ? -1 : a > b ? 1 : 0;
  }
  return typeof a === "boolean" && typeof b === "boolean" ? Number(a) - Number(b) : undefined;
}

function scalarOrder(relation: CursorOrder["relation"]): CursorOrder {
  return {
    places: (value) => value !== null && typeof value !== "object",
    relation,
    furthest(values) {
      let winner = values[0];
      for (const value of values) {
        const step = winner === undefined ? 0 : relation(value, winner);
        if (step === undefined) return undefined;
        if (step > 0) winner = value;
      }
      return winner;
    },
  };
}

/**
 * A user's function picks the winner of several values and may change a single one (dlt applies it to one value before
 * comparing that for equality).
 */
function customOrder(pick: PickValue): CursorOrder {
  return {
    places: () => true,
    relation(value, mark) {
      if (!isSame(pick([value, mark]), mark)) return 1;
      return isSame(pick([value]), mark) ? 0 : -1;
    },
    furthest: (values) => pick(values),
  };
}

/** Names the resource when the user's function fails or returns nothing. */
function guarded(pick: PickValue, resource: string): PickValue {
  return (values) => {
    let winner: unknown;
    try {
      winner = pick(values);
    } catch (cause) {
      throw new IncrementalError(`\`lastValueFunc\` failed for ${excerpt(values)}`, { cause, resource });
    }
    if (isCursorValue(winner)) return winner;
    throw new IncrementalError(`\`lastValueFunc\` returned ${excerpt(winner)} for ${excerpt(values)}`, {
      resource,
      hint: "It has to return the winner of the values that it is given.",
    });
  };
}

function isSame(a: CursorValue, b: CursorValue): boolean {
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return compareScalars(a, b) === 0;
  return dltJson(a) === dltJson(b);
}
