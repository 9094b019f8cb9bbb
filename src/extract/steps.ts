import { ConfigError } from "../core/errors.js";
import { isPlainObject, type Row } from "../core/json.js";
import type { Piecework } from "../core/piecework.js";
import type { WarningLog } from "../core/warnings.js";
import type { IncrementalRun } from "./incremental/incremental-run.js";
import type { PageTask } from "./reader.js";
import type { ResourceDefinition } from "./resource.js";

/** Rows between two breaks: the steps are the user's, and may take a while. */
const ROWS_PER_PIECE = 2000;

/** What the rows of one page pass through. */
export interface RowPath {
  readonly definition: ResourceDefinition;
  readonly task: Pick<PageTask, "bound" | "window">;
  readonly cursor: IncrementalRun | undefined;
  readonly warnings: Pick<WarningLog, "add">;
}

/**
 * The way of a page's rows through one resource: the parent's fields, the steps in the order of declaration, and the
 * cursor always last, so that a `map` may repair the cursor's value (as in dlt). A long page goes through all of it in parts.
 */
export function* processRows(items: readonly unknown[], path: RowPath): Piecework<readonly unknown[]> {
  if (items.length <= ROWS_PER_PIECE) return processPart(items, 0, path);
  const rows: unknown[] = [];
  for (let from = 0; from < items.length; from += ROWS_PER_PIECE) {
    for (const row of processPart(items.slice(from, from + ROWS_PER_PIECE), from, path)) rows.push(row);
    yield;
  }
  return rows;
}

/** `first`: position of the first row in its page. */
function processPart(
  items: readonly unknown[],
  first: number,
  { definition, task: { bound, window }, cursor, warnings }: RowPath,
): readonly unknown[] {
  const { name, parent, steps } = definition;
  const onLost = (count: number): void =>
    warnings.add({
      code: "step-returned-nothing",
      resource: name,
      count,
      message: `A map step of "${name}" returned nothing for some rows; they are not loaded`,
    });
  const onReplaced = (column: string): void =>
    warnings.add({
      code: "field-replaced",
      resource: name,
      column,
      message: `Rows of "${name}" have a field "${column}" of their own; the parent's took its place (give the parent's another name: includeFromParent: [{ field, as }])`,
    });
  let rows = items;
  if (parent?.include !== undefined) rows = rows.map((row) => parent.include?.(row, bound, onReplaced));
  for (const step of steps) {
    // The user's function declares its own row type; what arrives is what the previous step returned.
    const run = step.run as (row: unknown) => unknown;
    if (step.kind === "filter") rows = rows.filter((row) => Boolean(settled(run(row), name)));
    else if (step.kind === "map")
      rows = withoutNothing(
        rows.map((row) => settled(run(row), name)),
        onLost,
      );
    else rows = rows.flatMap((row) => [...(run(row) as Iterable<unknown>)].map((part) => settled(part, name)));
  }
  return cursor === undefined
    ? rows
    : rows.filter((row, index) => cursor.accept(cursorRow(row), first + index, window));
}

/** Scalars have no fields, hence no cursor: the incremental's rule for missing values decides. */
function cursorRow(row: unknown): Row {
  return isPlainObject(row) ? row : {};
}

/** A `map` that returns nothing has most likely forgotten its `return`; whoever means to drop rows uses a filter. */
function withoutNothing(rows: readonly unknown[], onLost: (rows: number) => void): unknown[] {
  const kept = rows.filter((row) => row !== null && row !== undefined);
  if (kept.length < rows.length) onLost(rows.length - kept.length);
  return kept;
}

/** Refuses promises: a row that comes later would be loaded as an object without fields, and a filter would keep everything. */
function settled(value: unknown, resource: string): unknown {
  if (typeof value !== "object" || value === null || !("then" in value) || typeof value.then !== "function")
    return value;
  throw new ConfigError(`A processing step of resource "${resource}" returned a promise`, {
    resource,
    hint: "Steps are synchronous. Do asynchronous work in a generator of your own: resource({ name }, async function* () { … }).",
  });
}
