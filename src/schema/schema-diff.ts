import { byCodePoint, jsonText } from "../core/json-text.js";
import type { ColumnSchema, StoredSchema, TableSchema } from "./model.js";
import { SYSTEM_PREFIX } from "./system-tables.js";

/** One thing in which two versions of a schema differ. */
export interface SchemaDifference {
  readonly kind: "added" | "removed" | "changed";
  /** Undefined: it is about the schema as a whole. */
  readonly table?: string;
  /** Undefined: it is about the table itself. */
  readonly column?: string;
  /** What the column or table is (`bigint, not null`), or the property that changed (`data_type`). */
  readonly what: string;
  /** JSON text of a changed property, before and after; undefined where it was not set. */
  readonly before?: string;
  readonly after?: string;
}

/** Properties that say the same as their absence. */
const DEFAULTS: Readonly<Record<string, unknown>> = { nullable: true };
const IGNORED: ReadonlySet<string> = new Set(["name", "columns", "x-normalizer"]);
const SIGNS = { added: "+", removed: "-", changed: "~" } as const;

/**
 * What is different in `after`, by tables and columns. What the tools keep for themselves (`x-normalizer`, system tables and
 * columns) and the order of columns are left out. `before` undefined: everything is new.
 */
export function diffSchemas(before: StoredSchema | undefined, after: StoredSchema): SchemaDifference[] {
  const tablesBefore = before?.tables ?? {};
  const differences: SchemaDifference[] =
    before === undefined ? [] : changed({}, settingsOf(before), settingsOf(after));
  for (const name of namesOf(tablesBefore, after.tables)) {
    const [old, now] = [tablesBefore[name], after.tables[name]];
    if (old === undefined && now !== undefined) {
      differences.push({ kind: "added", table: name, what: describeTable(now) });
      differences.push(...columnDifferences(name, { name, columns: {} }, now));
    } else if (old !== undefined && now === undefined) {
      differences.push({ kind: "removed", table: name, what: describeTable(old) });
    } else if (old !== undefined && now !== undefined) {
      differences.push(...changed({ table: name }, old, now), ...columnDifferences(name, old, now));
    }
  }
  return differences;
}

/** The differences as a person reads them, one per line, columns below their tables; "" for none. */
export function describeDifferences(differences: readonly SchemaDifference[]): string {
  const lines: string[] = [];
  let shown: string | undefined;
  for (const { kind, table, column, what, before, after } of differences) {
    const text = kind === "changed" ? `${what}: ${before ?? "(not set)"} → ${after ?? "(not set)"}` : what;
    if (table === undefined) lines.push(`${SIGNS[kind]} ${text}`);
    else if (column === undefined && kind !== "changed") lines.push(`${SIGNS[kind]} table ${table}: ${text}`);
    else {
      if (shown !== table && lines.at(-1)?.startsWith(`+ table ${table}:`) !== true) lines.push(`  table ${table}`);
      lines.push(
        `    ${SIGNS[kind]} ${column === undefined ? "" : `${column}${kind === "changed" ? "." : ": "}`}${text}`,
      );
    }
    shown = table;
  }
  return lines.map((line) => `${line}\n`).join("");
}

function columnDifferences(table: string, before: TableSchema, after: TableSchema): SchemaDifference[] {
  return namesOf(before.columns, after.columns).flatMap((column): SchemaDifference[] => {
    const [old, now] = [before.columns[column], after.columns[column]];
    if (old === undefined)
      return now === undefined ? [] : [{ kind: "added", table, column, what: describeColumn(now) }];
    if (now === undefined) return [{ kind: "removed", table, column, what: describeColumn(old) }];
    return changed({ table, column }, old, now);
  });
}

function changed(place: Pick<SchemaDifference, "table" | "column">, before: object, after: object): SchemaDifference[] {
  const [old, now] = [propertiesOf(before), propertiesOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort(byCodePoint).flatMap((what): SchemaDifference[] => {
    const [was, is] = [old.get(what), now.get(what)];
    if (was === is) return [];
    return [
      {
        kind: "changed",
        ...place,
        what,
        ...(was === undefined ? {} : { before: was }),
        ...(is === undefined ? {} : { after: is }),
      },
    ];
  });
}

function propertiesOf(thing: object): Map<string, string> {
  const entries = Object.entries(thing).filter(
    ([key, value]) => !IGNORED.has(key) && value !== undefined && value !== false && DEFAULTS[key] !== value,
  );
  // `nullable: false` is the one false that says something.
  if ("nullable" in thing && thing.nullable === false) entries.push(["nullable", false]);
  return new Map(entries.map(([key, value]) => [key, jsonText(value, { sortKeys: true })]));
}

function settingsOf({ settings, normalizers }: StoredSchema): object {
  return { ...settings, ...normalizers };
}

function namesOf(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !name.startsWith(`${SYSTEM_PREFIX}_`));
}

function describeTable({ parent, write_disposition, columns }: TableSchema): string {
  const count = namesOf({}, columns).length;
  const what = parent === undefined ? (write_disposition ?? "append") : `nested in ${parent}`;
  return `${what}, ${count} column${count === 1 ? "" : "s"}`;
}

function describeColumn(column: ColumnSchema): string {
  const { data_type, precision, scale, nullable } = column;
  const size = precision === undefined ? "" : `(${precision}${scale === undefined ? "" : `, ${scale}`})`;
  const marks = [...propertiesOf(column)].flatMap(([key, value]) =>
    value === "true" ? [key.replaceAll("_", " ")] : [],
  );
  return [
    data_type === undefined ? "no type yet" : `${data_type}${size}`,
    ...(nullable === false ? ["not null"] : []),
    ...marks,
  ].join(", ");
}
