import { type FileHandle, open } from "node:fs/promises";
import type { ColumnSchema } from "../../schema/model.js";
import type { RowSource } from "../publish-transaction.js";
import { PackageError } from "../../package/errors.js";
import { StatementError } from "../errors.js";
import type { DuckDbDialect } from "./dialect.js";
import { messageOf } from "./statement-error.js";

/** DuckDB's own default for the longest line; its buffers have room for two of them whatever is set below it. */
const LINE_BYTES = 16 << 20;
const CHUNK_BYTES = 64 << 10;
const LINE_FEED = 10;

/** A relation that reads the segment files into the types of their columns. Throws `StatementError` when it cannot open them, `PackageError` when they are gone. */
export async function segmentRelation(source: RowSource, dialect: DuckDbDialect): Promise<string> {
  const columns = source.columns.map((column) => ({ name: column.name, ...readingOf(column, dialect) }));
  const selected = columns.map(({ name, value }) => {
    const type = source.types?.get(name);
    return `${value(dialect.quote(name))}${type === undefined ? "" : `::${type}`} AS ${dialect.quote(name)}`;
  });
  return `(SELECT ${selected.join(", ")} FROM ${readBlocks(source.files, columns, await longestLine(source.files), dialect)})`;
}

/** The same with every column as the text that is in the files. */
export async function textRelation({ columns, files }: RowSource, dialect: DuckDbDialect): Promise<string> {
  const types = columns.map(({ name }) => ({ name, type: "VARCHAR" }));
  return readBlocks(files, types, await longestLine(files), dialect);
}

interface ReadColumn {
  readonly name: string;
  readonly type: string;
}

/** The rows of the blocks in the files, see `RowBlock`: lists side by side, where a missing or shorter one is filled up with nulls. */
function readBlocks(
  files: readonly string[],
  columns: readonly ReadColumn[],
  lineBytes: number,
  dialect: DuckDbDialect,
): string {
  const list = files.map((file) => dialect.literal(file)).join(", ");
  const types = columns.map(({ name, type }) => `${dialect.quote(name)}: ${dialect.literal(`${type}[]`)}`).join(", ");
  const cells = columns.map(({ name }) => `unnest(${dialect.quote(name)}) AS ${dialect.quote(name)}`).join(", ");
  // A folder called `a=b` in the path would otherwise become a column.
  return `(SELECT ${cells} FROM read_json([${list}], format = 'newline_delimited', columns = {${types}}, maximum_object_size = ${lineBytes}, hive_partitioning = false))`;
}

/** The type that the file is read as, and the expression that makes the column's value of it. */
function readingOf(column: ColumnSchema, dialect: DuckDbDialect): { type: string; value: (name: string) => string } {
  const type = dialect.columnType(column);
  switch (column.data_type) {
    case "json": // Reading as JSON would rewrite the numbers in it (2.50 to 2.5).
      return { type: "VARCHAR", value: (name) => `${name}::JSON` };
    case "binary":
      return { type: "VARCHAR", value: (name) => `from_base64(${name})` };
    case "decimal":
    case "wei":
      return { type: "VARCHAR", value: (name) => decimalValue(name, type) };
    default:
      return { type, value: (name) => name };
  }
}

/** Casting to a 128-bit decimal is some ten times slower than to a 64-bit one, which is wide enough for most values. */
function decimalValue(name: string, type: string): string {
  const [, precision = 0, scale = 0] = (/^DECIMAL\((\d+),(\d+)\)$/.exec(type) ?? []).map(Number);
  if (precision <= 18 || scale > 18) return `${name}::${type}`;
  return `COALESCE(TRY_CAST(${name} AS DECIMAL(18,${scale}))::${type}, ${name}::${type})`;
}

/**
 * A bound for the longest line in bytes, at least DuckDB's default. Looks only at the ends of windows of that size: a
 * window that holds a line feed cannot begin a longer line.
 */
async function longestLine(files: readonly string[]): Promise<number> {
  let bound = LINE_BYTES;
  for (const path of files) {
    const file = await open(path, "r").catch((cause: unknown) => {
      if (cause instanceof Error && "code" in cause && cause.code === "ENOENT")
        throw new PackageError(`Rows of the work directory were removed while their run went on: there is no ${path}`, {
          cause,
          hint: "Nothing was published of this load and its cursor has not moved: run again, its rows are read afresh.",
        });
      throw new StatementError(`The segment cannot be read: ${messageOf(cause)}`, { cause });
    });
    try {
      bound = await longestLineOf(file, bound);
    } finally {
      await file.close();
    }
  }
  return bound;
}

async function longestLineOf(file: FileHandle, atLeast: number): Promise<number> {
  const { size } = await file.stat();
  let bound = atLeast;
  for (let start = 0; size - start > bound;) {
    const feed = await lastLineFeed(file, start, start + bound);
    if (feed === undefined) bound *= 2;
    else start = feed + 1;
  }
  return bound;
}

async function lastLineFeed(file: FileHandle, from: number, to: number): Promise<number | undefined> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let end = to; end > from; end -= CHUNK_BYTES) {
    const start = Math.max(from, end - CHUNK_BYTES);
    const { bytesRead } = await file.read(chunk, 0, end - start, start);
    const at = chunk.subarray(0, bytesRead).lastIndexOf(LINE_FEED);
    if (at !== -1) return start + at;
  }
  return undefined;
}
