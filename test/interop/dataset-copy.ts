import { DuckDBInstance } from "@duckdb/node-api";
import { duckdb, pipeline } from "sluice";
import { canonicalJson } from "../conformance/canonical-value.js";

/** A dataset as text: enough to make it anew. */
export type DatasetDump = Readonly<
  Record<string, { readonly columns: readonly string[]; readonly rows: readonly (readonly (string | null)[])[] }>
>;

/** Rows of each table as sorted JSON, without what differs from run to run. */
export type Contents = Readonly<Record<string, readonly string[]>>;

/** A stored version of a schema. */
export interface SchemaVersion {
  readonly version: number;
  readonly hash: string;
}

/** Where a dataset is. */
export interface DatasetPlace {
  /** Path of the DuckDB file. */
  readonly database: string;
  readonly dataset: string;
}

/** What is in the tables of the user: generated ids are left out, but a nested row tells the row that it belongs to. */
export async function contentsOf({ database, dataset }: DatasetPlace): Promise<Contents> {
  const reader = pipeline({ pipelineName: "reader", destination: duckdb(database), datasetName: dataset }).dataset();
  const names = (await reader.tables()).filter((name) => !name.startsWith("_dlt"));
  const tables = new Map<string, Record<string, unknown>[]>();
  for (const name of names) tables.set(name, await reader.table(name).toArray());
  const byId = new Map([...tables.values()].flat().map((row) => [row["_dlt_id"], row]));
  const plain = (row: Record<string, unknown>): Record<string, unknown> => {
    const entries = Object.entries(row).flatMap(([column, value]): [string, unknown][] => {
      if (column === "_dlt_parent_id" || column === "_dlt_root_id") {
        const owner = byId.get(value);
        return [[column, owner === undefined ? "NOBODY" : plain(owner)]];
      }
      if (column === "_dlt_valid_from" || column === "_dlt_valid_to") return [[column, value !== null]];
      return column.startsWith("_dlt_") && column !== "_dlt_list_idx" ? [] : [[column, value]];
    });
    return Object.fromEntries(entries.filter(([, value]) => value !== null));
  };
  return Object.fromEntries(
    [...tables].map(([name, rows]) => [name, rows.map((row) => canonicalJson(plain(row))).sort()]),
  );
}

/** The stored versions of a schema, oldest first. */
export async function schemaVersions({ database, dataset }: DatasetPlace): Promise<SchemaVersion[]> {
  const reader = pipeline({ pipelineName: "reader", destination: duckdb(database), datasetName: dataset }).dataset();
  const rows = await reader.sql("SELECT version, version_hash FROM _dlt_version ORDER BY version");
  return rows.map((row) => ({ version: Number(row["version"]), hash: String(row["version_hash"]) }));
}

/** Every table as text. */
export async function dumpDataset({ database, dataset }: DatasetPlace): Promise<DatasetDump> {
  return withDatabase(database, async (read) => {
    const columns = await read(
      `SELECT table_name, '"' || column_name || '" ' || data_type || if(is_nullable, '', ' NOT NULL')
       FROM duckdb_columns() WHERE schema_name = '${dataset}' ORDER BY table_name, column_index`,
    );
    const dump: Record<string, { columns: string[]; rows: (string | null)[][] }> = {};
    for (const [table = "", column = ""] of columns) {
      const entry = (dump[String(table)] ??= { columns: [], rows: [] });
      entry.columns.push(String(column));
    }
    for (const [table, entry] of Object.entries(dump))
      entry.rows = await read(`SELECT COLUMNS(*)::VARCHAR FROM "${dataset}"."${table}" ORDER BY ALL`);
    return dump;
  });
}

/** Makes the dataset of a dump in a new database. */
export async function restoreDataset({ database, dataset }: DatasetPlace, dump: DatasetDump): Promise<void> {
  await withDatabase(database, async (read) => {
    await read(`CREATE SCHEMA "${dataset}"`);
    for (const [table, { columns, rows }] of Object.entries(dump)) {
      await read(`CREATE TABLE "${dataset}"."${table}" (${columns.join(", ")})`);
      const literal = (value: string | null): string => (value === null ? "NULL" : `'${value.replaceAll("'", "''")}'`);
      for (const row of rows) await read(`INSERT INTO "${dataset}"."${table}" VALUES (${row.map(literal).join(", ")})`);
    }
  });
}

/** DuckDB alone, without sluice. */
async function withDatabase<T>(
  file: string,
  work: (read: (sql: string) => Promise<(string | null)[][]>) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    return await work(async (sql) => {
      const result = await connection.runAndReadAll(sql);
      return result.getRows().map((row) => row.map((value) => (value === null ? null : String(value))));
    });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
