import type { ResolvedContract } from "../schema/contract.js";
import type { TableSchema } from "../schema/model.js";
import { SYSTEM_COLUMNS } from "../schema/system-tables.js";
import { Column } from "./column.js";
import type { Inference } from "./inference.js";
import { KeyGroup, type KeyNaming, type Slot } from "./key-group.js";
import type { RowCells } from "./row-cells.js";

/** Where the ids of a table's rows come from: chance, the primary key (upsert, insert-only), the content (scd2). */
export type RowIdKind = "random" | "key" | "content";

export interface RowTableOptions {
  readonly schema: TableSchema;
  /** The table whose rows have these rows in a list. */
  readonly parent: RowTable | undefined;
  /** False for a table below another that has a key of its own and is therefore loaded on its own, as in dlt. */
  readonly nested: boolean;
  /** Normalised path from the root table, not shortened. */
  readonly segments: readonly string[];
  readonly keyNaming: KeyNaming;
  readonly inference: Inference;
  readonly contract: ResolvedContract;
  /** No data before this run. */
  readonly isNew: boolean;
  /** Levels of nesting below its rows that become columns and tables, unless fewer are left of those of a table above; deeper values stay JSON. */
  readonly nesting: number;
  /** Rows carry `_dlt_root_id`, and so do the rows below them. */
  readonly rootIds: boolean;
  readonly rootIdsBelow: boolean;
  /** The id that rows below carry is that of this table's row, not one of a table above. */
  readonly isRoot: boolean;
  /** Columns whose type was declared. */
  readonly hinted: ReadonlySet<string>;
}

/** A table while rows are written to it: its columns, the keys seen in its rows, and what the current page did to it. */
export class RowTable {
  readonly name: string;
  readonly #fold: KeyNaming["fold"];
  /** By name, as far as the engine tells names apart. */
  readonly #columns: Map<string, Column>;
  readonly parent: RowTable | undefined;
  readonly nested: boolean;
  readonly segments: readonly string[];
  readonly inference: Inference;
  readonly contract: ResolvedContract;
  readonly isNew: boolean;
  readonly nesting: number;
  readonly rootIds: boolean;
  readonly rootIdsBelow: boolean;
  readonly isRoot: boolean;
  readonly rowIds: RowIdKind;
  readonly hinted: ReadonlySet<string>;
  readonly slots: Slot[] = [];
  readonly keys: KeyGroup;
  /** Number of columns that every row has to fill. */
  required = 0;
  /** Number of columns of the primary key. */
  keyColumns = 0;
  /** The system columns exist and the schema knows that there is data. */
  ready = false;
  /** Number of the last parent row that has a list here, and the key that it came from. */
  stamp = 0;
  writer: Slot | undefined;
  /** Rows of the current page. */
  rows = 0;
  /** Where its rows are written to; set with the first one. */
  cells: RowCells | undefined;

  constructor(options: RowTableOptions) {
    const { schema } = options;
    this.name = schema.name;
    this.parent = options.parent;
    this.nested = options.nested;
    this.segments = options.segments;
    this.inference = options.inference;
    this.contract = options.contract;
    this.isNew = options.isNew;
    this.nesting = options.nesting;
    this.rootIds = options.rootIds;
    this.rootIdsBelow = options.rootIdsBelow;
    this.isRoot = options.isRoot;
    this.hinted = options.hinted;
    this.rowIds = options.nested ? "random" : rowIdKind(schema);
    this.#fold = options.keyNaming.fold;
    this.#columns = new Map(
      Object.values(schema.columns).map((column) => [
        this.#fold(column.name),
        new Column(column, options.hinted.has(column.name)),
      ]),
    );
    this.keys = new KeyGroup(this, options.keyNaming);
    this.countRequired();
  }

  get columns(): Iterable<Column> {
    return this.#columns.values();
  }

  get columnCount(): number {
    return this.#columns.size;
  }

  /** The column that the engine takes for the one of that name. */
  columnNamed(name: string): Column | undefined {
    return this.#columns.get(this.#fold(name));
  }

  addColumn(column: Column): void {
    this.#columns.set(this.#fold(column.name), column);
  }

  dropColumn(name: string): void {
    this.#columns.delete(this.#fold(name));
  }

  /** To be called when a column came, went or changed. */
  countRequired(): void {
    this.required = 0;
    this.keyColumns = 0;
    for (const column of this.#columns.values()) {
      if (column.required && !isSystem(column.name)) this.required++;
      if (column.isKey) this.keyColumns++;
    }
  }

  /** The first required column without a value in row `stamp`. */
  missing(stamp: number): Column | undefined {
    for (const column of this.#columns.values()) {
      if (column.required && column.stamp !== stamp && !isSystem(column.name)) return column;
    }
    return undefined;
  }
}

const SYSTEM_NAMES: ReadonlySet<string> = new Set(Object.values(SYSTEM_COLUMNS));

function isSystem(column: string): boolean {
  return SYSTEM_NAMES.has(column);
}

function rowIdKind(schema: TableSchema): RowIdKind {
  if (schema.write_disposition !== "merge") return "random";
  const strategy = schema["x-merge-strategy"];
  if (strategy === "upsert" || strategy === "insert-only") return "key";
  return strategy === "scd2" ? "content" : "random";
}
