import { SluiceError } from "../core/errors.js";
import type { Piecework } from "../core/piecework.js";
import type { WarningLog } from "../core/warnings.js";
import type { DeclaredHints, SchemaContractHint } from "../extract/hints.js";
import { isBlank } from "../schema/naming/naming.js";
import { plainValue } from "../core/json-text.js";
import type { Schema } from "../schema/schema.js";
import { ColumnEvolution } from "./column-evolution.js";
import { PageContext } from "./page-context.js";
import type { PageCounts, RowSink } from "./row-sink.js";
import { RowWriter } from "./row-writer.js";
import { type Dict, isDict } from "./shapes.js";
import { type Identifiers, TableCatalog } from "./table-catalog.js";
import { contractHint } from "./table-hints.js";

export { ContractViolationError, ExactnessUnknown, MissingValueError } from "./errors.js";

/** What a source says for all its resources; a `Source` is one. */
export interface NormalizerDefaults {
  /** Nesting limit of resources that have none. Default: 1000. */
  readonly maxTableNesting?: number | undefined;
  /** True: every nested table gets `_dlt_root_id`. Default: where the disposition needs it. */
  readonly rootKey?: boolean | undefined;
  readonly schemaContract?: SchemaContractHint | undefined;
}

export interface NormalizerOptions {
  readonly schema: Schema;
  readonly sink: RowSink;
  readonly warnings: WarningLog;
  /** How the destination takes names; its capabilities say it. */
  readonly identifiers: Identifiers;
  readonly defaults?: NormalizerDefaults;
}

interface Machinery {
  readonly catalog: TableCatalog;
  readonly writer: RowWriter;
}

/** Root rows between two breaks: some ten milliseconds. */
const ROWS_PER_PIECE = 2000;

/** Turns documents into rows of root and nested tables. One instance per source and run. */
export class Normalizer {
  readonly #options: NormalizerOptions;
  readonly #page: PageContext;
  readonly #hints = new Map<string, DeclaredHints>();
  #machinery: Machinery;
  /** Revision of the schema that the machinery knows of. */
  #revision: number;

  constructor(options: NormalizerOptions) {
    this.#options = options;
    const { schema, defaults = {} } = options;
    schema.setDefaults({
      maxNesting: defaults.maxTableNesting ?? null,
      rootKey: defaults.rootKey === true ? true : null,
      contract: defaults.schemaContract === undefined ? null : contractHint(defaults.schemaContract),
    });
    this.#page = new PageContext(options.warnings);
    this.#machinery = this.#build();
    this.#revision = schema.revision;
  }

  /**
   * Merges the hints into the schema (keys, columns, disposition), as dlt 4.5b. Call once per resource and run, also after a
   * resume. A table that does not exist yet is added with its first row, so that a resource without rows leaves no trace.
   */
  declareResource(resource: string, hints: DeclaredHints): void {
    this.#hints.set(resource, hints);
    this.#page.resource = resource;
    const { tableName = resource } = hints;
    if (typeof tableName === "function") return;
    const { catalog } = this.#current();
    const name = catalog.rootName(tableName);
    if (this.#options.schema.tables[name] !== undefined) catalog.declareRoot(resource, name);
    this.#machinery = this.#build(); // Hints may change what was compiled.
    this.#revision = this.#options.schema.revision;
  }

  /**
   * Flattens, types and writes the rows of one page; an item that is no object becomes `{ value: item }`. When it throws, rows
   * may have reached the sink, which the caller takes back; changes of the schema stay, they only add. No other page may be
   * written between its pieces.
   * Throws `ExactnessUnknown`, `ContractViolationError`, `MissingValueError`.
   */
  *writePage(resource: string, items: readonly unknown[]): Piecework<PageCounts> {
    const { catalog, writer } = this.#current();
    const tableName = this.#hints.get(resource)?.tableName ?? resource;
    this.#page.resource = resource;
    this.#page.takeCounts(); // What a page that failed had counted.
    this.#page.givenIds.forgetPage();
    try {
      for (const [row, item] of items.entries()) {
        this.#page.row = row;
        const plain = toRow(item);
        const name = typeof tableName === "string" ? tableName : this.#route(tableName, plain, resource);
        const table = catalog.root(resource, name, plain);
        if (typeof table === "string") this.#page.discardRows(catalog.rootName(name));
        else writer.writeRoot(table, plain);
        if (row % ROWS_PER_PIECE === ROWS_PER_PIECE - 1) yield;
      }
    } finally {
      this.#revision = this.#options.schema.revision;
    }
    this.#page.givenIds.keepPage();
    return this.#page.takeCounts();
  }

  /** The destination's answer to `ExactnessUnknown`: whether all integers of the column are exact as double. */
  setExactness(table: string, column: string, exact: boolean): void {
    this.#options.schema.setExactness(table, column, exact);
    this.#revision = this.#options.schema.revision;
  }

  /** Tables (root and nested) that belong to a resource, root first. */
  tablesOf(resource: string): readonly string[] {
    const { schema } = this.#options;
    const { tableName = resource } = this.#hints.get(resource) ?? {};
    const own = typeof tableName === "string" ? this.#machinery.catalog.rootName(tableName) : undefined; // Resources that share a table both have it.
    const roots = Object.values(schema.tables).filter(
      (table) => table.parent === undefined && (table.resource === resource || table.name === own),
    );
    return roots.flatMap((root) => [root.name, ...schema.descendants(root.name).map((table) => table.name)]);
  }

  /**
   * Root tables of a resource that this load replaces: those that its rows go to when `all` are, and those below them that
   * have a key and a disposition of their own.
   */
  replacedTablesOf(resource: string, all: boolean): readonly string[] {
    const { tables } = this.#options.schema;
    const own = this.#machinery.catalog.keyedBelow(resource);
    return this.tablesOf(resource).filter((name) => {
      const table = tables[name];
      if (table === undefined || table.parent !== undefined) return false;
      return own.has(name) ? table.write_disposition === "replace" : all;
    });
  }

  /** A replay changes the schema behind our back; what was compiled from it is then made anew. */
  #current(): Machinery {
    const { revision } = this.#options.schema;
    if (revision !== this.#revision) {
      this.#machinery = this.#build();
      this.#revision = revision;
    }
    return this.#machinery;
  }

  #build(): Machinery {
    const { schema, sink, identifiers } = this.#options;
    const catalog = new TableCatalog(schema, this.#hints, this.#page, identifiers);
    const evolution = new ColumnEvolution(schema, this.#page, catalog.keyNaming);
    return { catalog, writer: new RowWriter({ catalog, evolution, page: this.#page, sink }) };
  }

  #route(tableName: (row: Record<string, unknown>) => string, row: Dict, resource: string): string {
    const name: unknown = tableName(row);
    if (typeof name === "string" && !isBlank(name)) return name;
    throw new SluiceError("SLUICE_TABLE_NAME", `The tableName function of resource "${resource}" returned no name`, {
      ...this.#page.place(String(name)),
      hint: "It has to return a non-empty string for every row.",
    });
  }
}

function toRow(item: unknown): Dict {
  const plain = plainValue(item);
  return isDict(plain) ? plain : { value: plain };
}
