import { excerpt } from "../../core/errors.js";
import { ExactNumber } from "../../core/exact-number.js";
import { type CompiledPath, compilePath } from "../../rest/json-path.js";
import { type CursorOrder, isCursorValue } from "./cursor-order.js";
import { decimalCursor } from "./decimal-cursor.js";
import { IncrementalError } from "./incremental-error.js";
import type { CursorValue } from "./incremental-run.js";

/** Characters that make a path out of a field name. */
const PATH_SYNTAX = /[.[\]*$?`'"|,/]/;

/** How many field names an error message lists. */
const LISTED_KEYS = 20;

/** True when a cursor path is just the name of a field, so that the cursor has a column of its own. */
export function isFieldName(path: string): boolean {
  return !PATH_SYNTAX.test(path);
}

/** Reads the cursor value of rows: a plain field name directly, anything else as JSONPath. */
export class CursorReader {
  private readonly path: string;
  private readonly resource: string;
  private readonly order: CursorOrder;
  private readonly compiled: CompiledPath | undefined;

  constructor(path: string, resource: string, order: CursorOrder) {
    this.path = path;
    this.resource = resource;
    this.order = order;
    this.compiled = isFieldName(path) ? undefined : compilePath(path);
  }

  /**
   * The cursor value, of several matches the first, as in dlt; null when it is null, undefined when there is nothing at
   * the path. Throws `IncrementalError` for values that no cursor can hold.
   */
  read(row: unknown, index: number | undefined): CursorValue | undefined {
    if (this.compiled === undefined) {
      if (typeof row !== "object" || row === null || !Object.hasOwn(row, this.path)) return undefined;
      return this.toCursor(Reflect.get(row, this.path), index);
    }
    const first = this.compiled.first(row);
    return first === undefined ? undefined : this.toCursor(first, index);
  }

  /** The error for a row without a cursor value, with what the row has instead. */
  missing(row: unknown, value: null | undefined, index: number | undefined): IncrementalError {
    const keys = typeof row === "object" && row !== null ? Object.keys(row) : [];
    const listed = keys.slice(0, LISTED_KEYS).map((key) => excerpt(key, 40));
    const has =
      keys.length === 0
        ? `The row is ${excerpt(row)}.`
        : `The row has: ${listed.join(", ")}${keys.length > LISTED_KEYS ? ", …" : ""}.`;
    const problem =
      value === null ? `has null at the cursor path "${this.path}"` : `has nothing at the cursor path "${this.path}"`;
    return new IncrementalError(`A row ${problem}`, {
      ...this.place(index),
      hint: `${has} Correct \`cursorPath\`, or set \`onCursorValueMissing\` to "include" or "exclude" if such rows are to be expected.`,
    });
  }

  private toCursor(value: unknown, index: number | undefined): CursorValue {
    if (value === null || value === undefined) return null;
    if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
    if (value instanceof ExactNumber) return decimalCursor(value);
    if (!isCursorValue(value) || !this.order.places(value)) {
      throw this.unusable(value, index, "is no number, text or boolean");
    }
    return value;
  }

  private unusable(value: unknown, index: number | undefined, problem: string): IncrementalError {
    return new IncrementalError(`The cursor value ${excerpt(value)} at "${this.path}" ${problem}`, {
      ...this.place(index),
      hint: "Point `cursorPath` at one field with a time or a growing number, or make one with a map step.",
    });
  }

  private place(index: number | undefined): { resource: string; row?: number } {
    return index === undefined ? { resource: this.resource } : { resource: this.resource, row: index };
  }
}
