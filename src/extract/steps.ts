import { isPlainObject, type JsonValue, type Row } from "../core/json.js";
import type { IncrementalRun } from "./incremental/incremental-run.js";
import type { ResourceDefinition } from "./resource.js";

/**
 * The way of a page's rows through one resource: the parent's fields, the steps in the order of declaration, and the
 * cursor always last, so that a `map` may repair the cursor's value (as in dlt).
 */
export function processRows(
  items: readonly unknown[],
  definition: ResourceDefinition,
  bound: JsonValue,
  incremental: IncrementalRun | undefined,
): readonly unknown[] {
  const { parent, steps } = definition;
  let rows = items;
  if (parent?.include !== undefined) rows = rows.map((row) => parent.include?.(row, bound));
  for (const step of steps) {
    // The user's function declares its own row type; what arrives is what the previous step returned.
    const run = step.run as (row: unknown) => unknown;
    if (step.kind === "filter") rows = rows.filter((row) => Boolean(run(row)));
    else if (step.kind === "map") rows = rows.map((row) => run(row)).filter((row) => row !== null && row !== undefined);
    else rows = rows.flatMap((row) => [...(run(row) as Iterable<unknown>)]);
  }
  return incremental === undefined ? rows : rows.filter((row, index) => incremental.accept(cursorRow(row), index));
}

/** Scalars have no fields, hence no cursor: the incremental's rule for missing values decides. */
function cursorRow(row: unknown): Row {
  return isPlainObject(row) ? row : {};
}
