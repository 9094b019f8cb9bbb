import type { Dialect } from "../destinations/dialect.js";
import type { ExistingColumn, ExistingTable, PublishTransaction } from "../destinations/publish-transaction.js";
import { PublishError } from "./errors.js";
import type { LoadScope, Statement } from "./statements.js";
import type { WantedColumn, WantedTable } from "./wanted-table.js";

/** What brings a table to its schema, and what it is then. */
export interface Migration {
  readonly statements: readonly Statement[];
  readonly table: ExistingTable;
}

/**
 * CREATE TABLE, ADD COLUMN, and types that are widened in place.
 *
 * Not-null columns are NOT NULL in CREATE only, as in dlt; what is added to a table with rows is nullable and has no default.
 * No keys, indexes or unique constraints: merges do not need them, and they make loading several times slower. Columns that
 * the schema does not know stay, and so do types that are wider than need be. Throws `PublishError` when neither type can
 * hold the values of the other, or when widening would change values that are there.
 */
export async function migrateTable(
  { dialect, dataset }: LoadScope,
  wanted: WantedTable,
  existing: ExistingTable | undefined,
  transaction: PublishTransaction,
): Promise<Migration> {
  const target = dialect.qualify(dataset, wanted.name);
  if (existing === undefined) {
    const definitions = wanted.columns.map(
      (column) =>
        `${definition(dialect, column)}${column.nullable ? "" : " NOT NULL"}${column.isRowId ? ` ${dialect.randomIds}` : ""}`,
    );
    const columns = new Map(wanted.columns.map((column) => [column.name.toLowerCase(), column] as const));
    const sql = `CREATE TABLE ${target} (${definitions.join(", ")})`;
    return { statements: [{ table: wanted.name, sql }], table: { name: wanted.name, columns } };
  }
  const statements: string[] = [];
  const columns = new Map(existing.columns);
  for (const column of wanted.columns) {
    const key = column.name.toLowerCase();
    const present = existing.columns.get(key);
    if (present === undefined) {
      statements.push(`ALTER TABLE ${target} ADD COLUMN ${definition(dialect, column)}`);
      columns.set(key, column);
    } else if (await mustRetype(dialect, { table: wanted.name, target, column, present }, transaction)) {
      statements.push(dialect.alterColumnType(target, present.name, column.type));
      columns.set(key, { name: present.name, type: column.type });
    }
  }
  return {
    statements: statements.map((sql) => ({ table: wanted.name, sql })),
    table: { name: existing.name, columns },
  };
}

function definition(dialect: Dialect, column: WantedColumn): string {
  return `${dialect.quote(column.name)} ${column.type}`;
}

interface Retyping {
  readonly table: string;
  /** The table's full name. */
  readonly target: string;
  readonly column: WantedColumn;
  readonly present: ExistingColumn;
}

async function mustRetype(
  dialect: Dialect,
  { table, target, column, present }: Retyping,
  transaction: PublishTransaction,
): Promise<boolean> {
  if (column.untyped || column.type === present.type) return false;
  const value = dialect.quote(present.name);
  const has = (condition: string): Promise<boolean> =>
    transaction.exists(`SELECT 1 FROM ${target} WHERE ${condition} LIMIT 1`);
  const widening = dialect.conversion(present.type, column.type);
  if (widening === "exact") return true;
  // The normaliser has looked, but another pipeline may have loaded since, or another source that it does not know.
  if (widening === "checked" && !(await has(`NOT (${dialect.keeps(value, present.type, column.type)})`))) return true;
  // A column in which only nulls were seen is text until its first value comes.
  if (widening === "lossy" && !(await has(`${value} IS NOT NULL`))) return true;
  // Wider than need be, perhaps made so by its users; values that it cannot hold are found when they are read.
  if (dialect.conversion(column.type, present.type) !== "lossy") return false;
  throw new PublishError(
    `Column "${column.name}" of table "${table}" is ${present.type} at the destination and its values are ${column.type}`,
    {
      table,
      column: column.name,
      hint: `Change the column there to ${column.type}, rename it, or load the table anew with refresh "drop_resources".`,
    },
  );
}
