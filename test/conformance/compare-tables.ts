import { canonicalJson, canonicalValue, familyOf, type TypeFamily } from "./canonical-value.js";
import type { RecordedTable } from "./conformance-case.js";

/** Ids that differ from run to run. `_dlt_parent_id` is compared as `@parent`. */
const GENERATED = new Set(["_dlt_id", "_dlt_load_id", "_dlt_root_id", "_dlt_parent_id"]);
/** How many differing rows a message shows, of each kind. */
const SHOWN_ROWS = 3;

type Tables = Readonly<Record<string, RecordedTable>>;

/** A table in the one form in which both sides are compared. */
interface CanonicalTable {
  /** Families of the columns that hold a value, and of those that the recording has. */
  readonly columns: ReadonlyMap<string, TypeFamily>;
  /** Columns that hold a value in some row. */
  readonly used: ReadonlySet<string>;
  /** Rows as JSON text, sorted. */
  readonly rows: readonly string[];
}

/**
 * What differs between the tables that a case expects and those that are there; empty when nothing does. Equal means:
 * the same tables, columns and rows, but for generated ids, columns that hold only nulls, and a column `x__v_double`
 * beside `x`, which counts as one widened column. Actual rows still have their ids; expected ones have `@parent`.
 */
export function compareTables(expected: Tables, actual: Tables): string[] {
  const differences: string[] = [];
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  for (const name of [...names].sort()) {
    const wanted = expected[name];
    const found = actual[name];
    if (wanted === undefined) differences.push(`table ${name}: not expected (${found?.rows.length ?? 0} rows)`);
    else if (found === undefined) differences.push(`table ${name}: missing (${wanted.rows.length} rows)`);
    else
      differences.push(
        ...compareTable(name, canonical(wanted), canonical({ ...found, rows: withParents(name, found.rows, actual) })),
      );
  }
  return differences;
}

function compareTable(name: string, expected: CanonicalTable, actual: CanonicalTable): string[] {
  const differences: string[] = [];
  for (const column of new Set([...expected.columns.keys(), ...actual.columns.keys()])) {
    const [wanted, found] = [expected.columns.get(column), actual.columns.get(column)];
    // A column without values on either side may or may not be there.
    if (found === undefined && !expected.used.has(column)) continue;
    if (wanted !== found)
      differences.push(`table ${name}, column ${column}: expected ${wanted ?? "none"}, found ${found ?? "none"}`);
  }
  const missing = without(expected.rows, actual.rows);
  const extra = without(actual.rows, expected.rows);
  if (missing.length > 0 || extra.length > 0) {
    differences.push(
      `table ${name}: expected ${expected.rows.length} rows, found ${actual.rows.length}; ${missing.length} are missing, ${extra.length} are not expected`,
      ...missing.slice(0, SHOWN_ROWS).map((row) => `  missing: ${row}`),
      ...extra.slice(0, SHOWN_ROWS).map((row) => `  not expected: ${row}`),
    );
  }
  return differences;
}

function canonical(table: RecordedTable): CanonicalTable {
  const families = new Map(Object.entries(table.columns).map(([column, type]) => [column, familyOf(type)]));
  const used = new Set<string>();
  const rows = table.rows.map((row) => {
    const kept: Record<string, unknown> = {};
    for (const [column, value] of Object.entries(row)) {
      if (value === null || value === undefined) continue;
      const name = widened(column, families);
      used.add(name).add(column);
      if (!GENERATED.has(column))
        kept[name] =
          column === "@parent" ? parentMark(value) : canonicalValue(value, families.get(column) ?? "varchar");
    }
    return canonicalJson(kept);
  });
  // The recording leaves out nulls and generated ids, so that its columns cannot be judged by its rows; dlt makes none that are only null.
  const isRecording = table.rows.every((row) => !("_dlt_id" in row));
  const columns = [...families].filter(
    ([column]) => widened(column, families) === column && (isRecording || used.has(column)),
  );
  return { columns: new Map(columns), used, rows: rows.sort() };
}

/** The column that `x__v_double` is folded into: `x`, when that is a number. */
function widened(column: string, families: ReadonlyMap<string, TypeFamily>): string {
  const base = /^(.+)__v_double$/.exec(column)?.[1];
  return base !== undefined && families.get(base) === "number" ? base : column;
}

function parentMark(value: unknown): string {
  return value === "ORPHAN" ? "ORPHAN" : "has one";
}

/** Rows of a nested table with `@parent` in place of the id. The parent is the table with the longest name that leads to this one. */
function withParents(name: string, rows: RecordedTable["rows"], tables: Tables): RecordedTable["rows"] {
  if (!rows.some((row) => "_dlt_parent_id" in row)) return rows;
  const parent = Object.keys(tables)
    .filter((other) => name.startsWith(`${other}__`))
    .sort((a, b) => b.length - a.length)[0];
  const ids = new Set((parent === undefined ? [] : (tables[parent]?.rows ?? [])).map((row) => row["_dlt_id"]));
  return rows.map((row) => ({ ...row, "@parent": ids.has(row["_dlt_parent_id"]) ? "has one" : "ORPHAN" }));
}

/** `all` less `others`, each taken as often as it occurs. */
export function without(all: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const item of others) counts.set(item, (counts.get(item) ?? 0) + 1);
  return all.filter((item) => {
    const count = counts.get(item) ?? 0;
    counts.set(item, count - 1);
    return count <= 0;
  });
}
