import { type ErrorPlace, excerpt } from "../core/errors.js";
import type { Dialect } from "../destinations/dialect.js";
import type { ExistingTable, PublishTransaction, RowSource } from "../destinations/publish-transaction.js";
import type { ColumnSchema } from "../schema/model.js";
import { SYSTEM_COLUMNS } from "../schema/system-tables.js";
import { PublishError } from "./errors.js";
import type { PublishPlan } from "./plan.js";

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
  locate?: PublishPlan["locate"],
): Promise<RowSource> {
  const types = new Map<string, string>();
  for (const column of columns) {
    const type = dialect.columnType(column);
    const present = existing?.columns.get(column.name.toLowerCase());
    if (present === undefined || present.type === type) continue;
    if (dialect.conversion(type, present.type) !== "exact") {
      const value = dialect.quote(column.name);
      // Every row has an id: read beside it, a column that is missing in a block does not shift the rows.
      const ids = columns.filter(({ name }) => name === SYSTEM_COLUMNS.rowId && name !== column.name);
      const rows = await transaction.rows({ columns: [column, ...ids], files });
      const numbered = `SELECT row_number() OVER () - 1 AS sluice_row, ${value} FROM ${rows} AS r`;
      const first = (what: string): Promise<string | undefined> =>
        transaction.firstValue(
          `SELECT ${what} FROM (${numbered}) AS s WHERE NOT (${dialect.keeps(value, type, present.type)}) ORDER BY sluice_row LIMIT 1`,
        );
      const row = await first("sluice_row");
      if (row !== undefined) {
        const origin = await locate?.({ files, row: Number(row) });
        throw wouldChange(
          { ...origin, table, column: column.name },
          type,
          present.type,
          (await first(value)) ?? "null",
        );
      }
    }
    // The order by which duplicates are chosen is that of the schema's type: 10 comes after 9, also in a text column.
    if (column.dedup_sort === undefined) types.set(column.name, present.type);
  }
  return { table, columns, files, types };
}

function wouldChange(place: ErrorPlace, type: string, present: string, value: string): PublishError {
  const { table, column } = place;
  return new PublishError(
    `Column "${column}" of table "${table}" is ${present} at the destination, where value ${excerpt(value)} would change`,
    {
      ...place,
      hint: `Change the column there to ${type} or to text, or load the table anew with refresh "drop_resources".`,
    },
  );
}
