import { excerpt } from "../core/errors.js";
import type { Dialect } from "../destinations/dialect.js";
import type { ExistingTable, PublishTransaction, RowSource } from "../destinations/publish-transaction.js";
import type { ColumnSchema } from "../schema/model.js";
import { PublishError } from "./errors.js";

/** Rows of one table in segment files. */
export interface SegmentRows {
  readonly table: string;
  readonly columns: readonly ColumnSchema[];
  readonly files: readonly string[];
}

/**
 * The rows of segment files in the types that the columns of the table have, which may be wider than those of the schema:
 * users, and other sources with the same table, may have made them so. Throws `PublishError` when a value would change.
 */
export async function segmentSource(
  dialect: Dialect,
  transaction: PublishTransaction,
  { table, columns, files }: SegmentRows,
  existing: ExistingTable | undefined,
): Promise<RowSource> {
  const types = new Map<string, string>();
  for (const column of columns) {
    const type = dialect.columnType(column);
    const present = existing?.columns.get(column.name.toLowerCase());
    if (present === undefined || present.type === type) continue;
    if (dialect.conversion(type, present.type) !== "exact") {
      const value = dialect.quote(column.name);
      const rows = await transaction.rows({ columns: [column], files });
      const changed = await transaction.firstValue(
        `SELECT ${value} FROM ${rows} AS s WHERE NOT (${dialect.keeps(value, type, present.type)}) LIMIT 1`,
      );
      if (changed !== undefined) throw wouldChange(table, column.name, type, present.type, changed);
    }
    // The order by which duplicates are chosen is that of the schema's type: 10 comes after 9, also in a text column.
    if (column.dedup_sort === undefined) types.set(column.name, present.type);
  }
  return { columns, files, types };
}

function wouldChange(table: string, column: string, type: string, present: string, value: string): PublishError {
  return new PublishError(
    `Column "${column}" of table "${table}" is ${present} at the destination, where value ${excerpt(value)} would change`,
    {
      table,
      column,
      hint: `Change the column there to ${type} or to text, or load the table anew with refresh "drop_resources".`,
    },
  );
}
