import type { Dialect } from "../destinations/dialect.js";
import type { ExistingColumn, ExistingTable, PublishTransaction } from "../destinations/publish-transaction.js";
import type { ColumnSchema, TableSchema } from "../schema/model.js";
import { PublishError } from "./errors.js";
import type { LoadScope, Statement } from "./statements.js";
import { completeColumns } from "./table-chain.js";

/**
 * The statements that bring one table, which has at least one column with a type, to its schema: CREATE TABLE, ADD COLUMN, and types that are widened in place.
 *
 * Not-null columns are NOT NULL in CREATE only, as in dlt; what is added to a table with rows is nullable and has no default.
 * No keys, indexes or unique constraints: merges do not need them, and they make loading several times slower. Columns that
 * the schema does not know stay. Throws `PublishError` when values of the schema's type would change in the column that is there.
 */
export async function migrateTable(
  scope: LoadScope,
  table: TableSchema,
  existing: ExistingTable | undefined,
  transaction: PublishTransaction,
): Promise<Statement[]> {
  const { dialect, dataset } = scope;
  const target = dialect.qualify(dataset, table.name);
  const columns = completeColumns(table);
  if (existing === undefined) {
    const definitions = columns.map(
      (column) => `${definition(dialect, column)}${column.nullable === false ? " NOT NULL" : ""}`,
    );
    return [{ table: table.name, sql: `CREATE TABLE ${target} (${definitions.join(", ")})` }];
  }
  const statements: string[] = [];
  for (const column of columns) {
    const present = existing.columns.get(column.name.toLowerCase());
    if (present === undefined) statements.push(`ALTER TABLE ${target} ADD COLUMN ${definition(dialect, column)}`);
    else if (await mustRetype(dialect, target, table, column, present, transaction))
      statements.push(dialect.alterColumnType(target, present.name, dialect.columnType(column)));
  }
  return statements.map((sql) => ({ table: table.name, sql }));
}

function definition(dialect: Dialect, column: ColumnSchema): string {
  return `${dialect.quote(column.name)} ${dialect.columnType(column)}`;
}

async function mustRetype(
  dialect: Dialect,
  target: string,
  table: TableSchema,
  column: ColumnSchema,
  present: ExistingColumn,
  transaction: PublishTransaction,
): Promise<boolean> {
  const wanted = dialect.columnType(column);
  if (wanted === present.type) return false;
  if (dialect.conversion(present.type, wanted) !== "lossy") return true;
  // A column in which only nulls were seen is text until its first value comes.
  if (!(await transaction.exists(`SELECT 1 FROM ${target} WHERE ${dialect.quote(present.name)} IS NOT NULL LIMIT 1`)))
    return true;
  if (dialect.conversion(wanted, present.type) === "exact") return false; // Wider than need be, perhaps made so by its users.
  throw new PublishError(
    `Column "${column.name}" of table "${table.name}" is ${present.type} at the destination and its values are ${wanted}`,
    {
      table: table.name,
      column: column.name,
      hint: `Change the column there to ${wanted}, rename it, or load the table anew with refresh "drop_resources".`,
    },
  );
}
