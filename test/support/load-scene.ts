import { parse, stringify } from "lossless-json";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Destination, DestinationSession, StateRow } from "../../src/destinations/destination.js";
import { duckdb } from "../../src/destinations/duckdb/index.js";
import { publish } from "../../src/load/publish.js";
import type { PublishPlan, PublishResult, SourcePlan } from "../../src/load/plan.js";
import type { ColumnSchema, StoredSchema, TableSchema } from "../../src/schema/model.js";

export type Line = Record<string, unknown>;
type Hints = Omit<Partial<ColumnSchema>, "name">;
type Columns = Record<string, ColumnSchema["data_type"] | Hints>;

/** A root table with the system columns that the normaliser adds. */
export function rootTable(name: string, columns: Columns, props: Partial<TableSchema> = {}): TableSchema {
  return {
    name,
    resource: name,
    "x-normalizer": { "seen-data": true },
    ...props,
    columns: { ...columnsOf(columns), ...columnsOf({ _dlt_load_id: key(), _dlt_id: key({ row_key: true }) }) },
  };
}

/** A nested table; merged roots give it `_dlt_root_id`. */
export function nestedTable(name: string, parent: string, columns: Columns): TableSchema {
  const system = {
    _dlt_root_id: { data_type: "text", root_key: true },
    _dlt_parent_id: key({ parent_key: true }),
    _dlt_list_idx: { data_type: "bigint", nullable: false },
    _dlt_id: key({ row_key: true }),
  } as const;
  return {
    name,
    parent,
    "x-normalizer": { "seen-data": true },
    columns: { ...columnsOf(columns), ...columnsOf(system) },
  };
}

/** Columns of a table with scd2, as dlt stores them. */
export function historyTable(name: string, columns: Columns, props: Partial<TableSchema> = {}): TableSchema {
  const validity: Columns = {
    _dlt_valid_from: { data_type: "timestamp", "x-valid-from": true },
    _dlt_valid_to: { data_type: "timestamp", "x-valid-to": true, "x-active-record-timestamp": null },
  };
  const table = rootTable(
    name,
    { ...validity, ...columns },
    { write_disposition: "merge", "x-merge-strategy": "scd2", ...props },
  );
  table.columns["_dlt_id"] = {
    name: "_dlt_id",
    data_type: "text",
    nullable: false,
    row_key: false,
    "x-row-version": true,
  };
  return table;
}

/** A row nested in the root row `parent`; its id follows from the parent's, as dlt's do. */
export function nestedRow(parent: string, index: number, value: unknown, extra: Line = {}): Line {
  return {
    v: value,
    _dlt_parent_id: parent,
    _dlt_root_id: parent,
    _dlt_list_idx: index,
    _dlt_id: `${parent}.${index}`,
    ...extra,
  };
}

export function primaryKey(type: NonNullable<ColumnSchema["data_type"]> = "bigint"): Hints {
  return { data_type: type, nullable: false, primary_key: true };
}

function key(hints: Hints = {}): Hints {
  return { data_type: "text", nullable: false, ...hints };
}

function columnsOf(columns: Columns): Record<string, ColumnSchema> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [
      name,
      { name, ...(typeof column === "string" ? { data_type: column } : column) },
    ]),
  );
}

export function storedSchema(tables: readonly TableSchema[], version = "v1", name = "shop"): StoredSchema {
  return {
    version: 1,
    version_hash: version,
    engine_version: 11,
    name,
    tables: Object.fromEntries(tables.map((table) => [table.name, table])),
    settings: {},
    normalizers: { names: "snake_case", json: { module: "dlt.common.normalizers.json.relational" } },
    previous_hashes: [],
  };
}

export interface LoadOptions extends Partial<Omit<SourcePlan, "schema" | "segments">> {
  readonly loadId?: string;
  readonly startedAt?: string;
  readonly version?: string;
  readonly state?: StateRow;
  readonly dataset?: string;
}

/** A database in a folder of its own, and loads into it made of plain rows. */
export class LoadScene {
  readonly folder: string;
  readonly database: string;
  readonly destination: Destination;
  private loads = 0;

  private constructor(folder: string, database: string) {
    this.folder = folder;
    this.database = database;
    this.destination = duckdb(database);
  }

  static async create(fileName = "shop.duckdb"): Promise<LoadScene> {
    const folder = await mkdtemp(join(tmpdir(), "sluice-load-"));
    return new LoadScene(folder, join(folder, fileName));
  }

  /** For a database that another scene made; segments are written beside it. */
  static async at(database: string): Promise<LoadScene> {
    return new LoadScene(await mkdtemp(join(dirname(database), "segments-")), database);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async withSession<T>(use: (session: DestinationSession) => Promise<T>): Promise<T> {
    const session = await this.destination.open();
    try {
      return await use(session);
    } finally {
      await session.close();
    }
  }

  /** Writes the rows as segments (a list of lists: several files) and describes their publish. */
  async plan(
    tables: readonly TableSchema[],
    rows: Readonly<Record<string, readonly (Line | string)[] | readonly (readonly Line[])[]>>,
    options: LoadOptions = {},
  ): Promise<PublishPlan> {
    const {
      loadId = `17000000${String(++this.loads).padStart(2, "0")}.5`,
      startedAt = `2024-01-0${Math.min(this.loads + 1, 9)}T00:00:00Z`,
      dataset = "ds",
    } = options;
    const segments = [];
    for (const [table, content] of Object.entries(rows)) {
      const parts =
        content.every((part) => Array.isArray(part)) && content.length > 0
          ? (content as readonly (readonly Line[])[])
          : [content as readonly (Line | string)[]];
      const files: string[] = [];
      for (const [i, part] of parts.entries()) {
        const file = join(this.folder, `${segments.length}-${i}-${loadId}.jsonl`);
        await writeFile(file, part.map((line) => `${blockOf(line)}\n`).join(""));
        files.push(file);
      }
      segments.push({ table, files, rows: parts.flat().length });
    }
    const { replaced = [], dropTables = [], truncateTables = [] } = options;
    return {
      dataset,
      loadId,
      startedAt,
      sources: [{ schema: storedSchema(tables, options.version), segments, replaced, dropTables, truncateTables }],
      state: options.state,
    };
  }

  async load(...args: Parameters<LoadScene["plan"]>): Promise<PublishResult> {
    const plan = await this.plan(...args);
    return this.withSession((session) => publish(session, plan));
  }

  /** Loads several sources in one publish: sources `s0`, `s1`, … with their own schemas. */
  async loadTogether(...parts: readonly Parameters<LoadScene["plan"]>[]): Promise<PublishResult> {
    const [first, ...others] = await Promise.all(parts.map((part) => this.plan(...part)));
    if (first === undefined) throw new RangeError("nothing to load");
    const sources = [first, ...others].flatMap((plan, i) =>
      plan.sources.map((source) => ({ ...source, schema: { ...source.schema, name: `s${i}` } })),
    );
    return this.withSession((session) => publish(session, { ...first, sources }));
  }

  async query(sql: string): Promise<Line[]> {
    return this.withSession(async (session) => {
      const rows: Line[] = [];
      for await (const row of session.query(sql, { dataset: "ds" })) rows.push(row);
      return rows;
    });
  }

  /** First column of every row. */
  async values(sql: string): Promise<unknown[]> {
    return (await this.query(sql)).map((row) => Object.values(row)[0]);
  }

  /** Changes the database as its users may. */
  async change(...statements: readonly string[]): Promise<void> {
    await this.withSession((session) =>
      session.transaction(async (transaction) => {
        for (const sql of statements) await transaction.execute(sql);
      }),
    );
  }

  /** Everything in the dataset, to prove that nothing has changed. */
  async contents(): Promise<Record<string, Line[]>> {
    const all: Record<string, Line[]> = {};
    for (const table of await this.withSession((session) => session.tables("ds"))) {
      all[table] = await this.query(`SELECT * FROM "${table.replaceAll('"', '""')}" ORDER BY ALL`);
    }
    return all;
  }
}

/** A block of one row, as segments hold it. Text is for numbers that JavaScript would round, and for what is no JSON. */
function blockOf(line: Line | string): string {
  if (typeof line !== "string") return blockText(line);
  const row = parsed(line);
  return row === undefined ? line : blockText(row);
}

function blockText(row: Line): string {
  return stringify(Object.fromEntries(Object.entries(row).map(([name, value]) => [name, [value]]))) ?? "";
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
