import type { DuckDBConnection } from "@duckdb/node-api";
import type { ColumnSchema } from "../../schema/model.js";
import { SYSTEM_COLUMNS } from "../../schema/system-tables.js";
import type { RowSource } from "../publish-transaction.js";
import type { DuckDbDialect } from "./dialect.js";
import { segmentRelation, textRelation } from "./segment-reader.js";
import { columnOf, isConversion, type RejectedValue } from "./statement-error.js";

/** What an error of the engine says, as a condition for the row that it is about. */
interface Suspicion {
  readonly source: RowSource;
  readonly column: ColumnSchema;
  /** SQL over the column. */
  readonly condition: string;
  /** True: the rows as text; false: in the types of their columns. */
  readonly asText: boolean;
}

/**
 * Looks for the row that the engine refused, to name it in an error. `sources` are those that the transaction has read.
 * Undefined when the engine's words do not lead to one.
 */
export async function findRejectedRow(
  connection: DuckDBConnection,
  sources: readonly RowSource[],
  dialect: DuckDbDialect,
  message: string,
): Promise<RejectedValue | undefined> {
  for (const suspicion of suspicions(sources, dialect, message)) {
    const found = await search(connection, dialect, suspicion);
    if (found !== undefined) return found;
  }
  return undefined;
}

function* suspicions(sources: readonly RowSource[], dialect: DuckDbDialect, message: string): Generator<Suspicion> {
  if (isConversion(message)) {
    const source = sources.find(({ files }) => files.some((file) => message.includes(file))) ?? sources.at(-1);
    for (const column of source?.columns ?? []) {
      const name = dialect.quote(column.name);
      const read =
        column.data_type === "binary"
          ? `TRY(from_base64(${name}))`
          : `TRY_CAST(${name} AS ${dialect.columnType(column)})`;
      if (source !== undefined)
        yield { source, column, condition: `${name} IS NOT NULL AND ${read} IS NULL`, asText: true };
    }
    return;
  }
  // From the start of the message only: further on it may quote values of the data, which could look like anything.
  const table =
    /^Constraint Error: NOT NULL constraint failed: (?:.*\.)?([^.\n]+)\.[^.\n]+$/.exec(message)?.[1] ??
    /^Constraint Error: CHECK constraint failed on table (.+?) with expression/.exec(message)?.[1];
  const duplicate = /^Constraint Error: Duplicate key "([^":]+): ([^]*?)" violates/.exec(message);
  const check = /^Constraint Error: CHECK constraint failed on table .+? with expression CHECK\(([^]*)\)$/.exec(
    message,
  )?.[1];
  const notNull = table === undefined ? undefined : columnOf(message);
  for (const source of sources.filter((one) => table === undefined || one.table === table)) {
    for (const column of source.columns) {
      const name = dialect.quote(column.name);
      if (column.name === notNull) yield { source, column, condition: `${name} IS NULL`, asText: true };
      // The engine wrote the text of the user's constraint; it is run where a search is, and nothing comes of it but the row.
      else if (check !== undefined && mentions(check, column.name))
        yield { source, column, condition: `NOT (${check})`, asText: false };
      else if (duplicate?.[1] === column.name)
        yield { source, column, condition: `${name}::VARCHAR = ${dialect.literal(duplicate[2] ?? "")}`, asText: false };
    }
  }
}

async function search(
  connection: DuckDBConnection,
  dialect: DuckDbDialect,
  { source, column, condition, asText }: Suspicion,
): Promise<RejectedValue | undefined> {
  // Every row has an id: read beside it, columns that are missing in a block do not shift the rows.
  const columns = [
    column,
    ...source.columns.filter(({ name }) => name === SYSTEM_COLUMNS.rowId && name !== column.name),
  ];
  const rows = asText ? await textRelation({ ...source, columns }, dialect) : await segmentRelation(source, dialect);
  const value = dialect.quote(column.name);
  const result = await connection.run(
    `SELECT sluice_row::VARCHAR, ${value}::VARCHAR FROM (SELECT row_number() OVER () - 1 AS sluice_row, * FROM ${rows} AS r) WHERE ${condition} LIMIT 1`,
  );
  const [found] = await result.getRowsJson();
  if (found === undefined) return undefined;
  const [row, text] = found;
  return {
    column: column.name,
    value: typeof text === "string" ? text : null,
    at: { files: source.files, row: Number(row) },
  };
}

/** A column's name in an expression, quoted or as a word. */
function mentions(expression: string, name: string): boolean {
  return expression.includes(`"${name}"`) || expression.split(/[^\p{L}\p{N}_$]+/u).includes(name);
}
