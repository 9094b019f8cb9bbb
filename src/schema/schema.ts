import type { JsonValue } from "../core/json.js";
import { applyPatch, columnsWith, isComplete, putColumn } from "./column-merge.js";
import { contractOf, type ResolvedContract } from "./contract.js";
import { SchemaError } from "./errors.js";
import { ExactnessLedger, type Exactness } from "./exactness.js";
import type { ColumnSchema, StoredSchema, TableSchema } from "./model.js";
import { namingConvention } from "./naming/registry.js";
import type { NamingConvention } from "./naming/naming.js";
import { NormalizerConfig } from "./normalizer-config.js";
import { copyDocument, newDocument, settleVersion } from "./stored-document.js";
import { readChanges, type SchemaChange, type SchemaDefaults, type TablePatch } from "./schema-change.js";
import { STATE_TABLE, stateTable, SYSTEM_PREFIX } from "./system-tables.js";

/**
 * A schema that evolves during one run: tables and columns are added, never renamed. What it was when the run started
 * decides what is new (contracts, exactness of integers), so a resumed run starts from the same document and replays the
 * recorded changes.
 */
export class Schema {
  readonly name: string;
  /** By normalised name, in order of creation. Read only: every change goes through the methods, which record it. */
  readonly tables: Record<string, TableSchema>;
  readonly #stored: StoredSchema;
  readonly #config: NormalizerConfig;
  readonly #exactness: ExactnessLedger;
  /** Tables that held data when the run started, with their columns. */
  readonly #loaded: ReadonlyMap<string, ReadonlySet<string>>;
  #changes: SchemaChange[] = [];
  #revision = 0;

  private constructor(stored: StoredSchema) {
    this.#stored = stored;
    this.name = stored.name;
    this.tables = withoutPrototype(stored.tables);
    for (const table of Object.values(this.tables)) table.columns = withoutPrototype(table.columns);
    const loaded = Object.values(this.tables).filter((table) => table["x-normalizer"]?.["seen-data"] === true);
    this.#loaded = new Map(
      loaded.map((table) => [
        table.name,
        new Set(
          Object.values(table.columns)
            .filter(isComplete)
            .map((column) => column.name),
        ),
      ]),
    );
    this.#config = new NormalizerConfig(stored.normalizers);
    this.#exactness = new ExactnessLedger(loaded);
  }

  /**
   * A new schema with the system tables `_dlt_version` and `_dlt_loads`, whose names follow the convention `naming` (default
   * snake_case). Throws `SchemaError` unless `name` is an identifier of at most 64 characters.
   */
  static create(name: string, naming?: string): Schema {
    const document = newDocument(name);
    if (naming !== undefined) document.normalizers.names = naming;
    return new Schema(document);
  }

  /** The schema as it was stored, by sluice or by dlt. Throws `SchemaError` for documents of another engine version. */
  static fromStored(stored: StoredSchema): Schema {
    return new Schema(copyDocument(stored));
  }

  get settings(): StoredSchema["settings"] {
    return this.#stored.settings;
  }

  /** Grows with every change; what was derived from an older revision is out of date. */
  get revision(): number {
    return this.#revision;
  }

  /** Nesting limit of tables that have none of their own; undefined: no limit. */
  get maxNesting(): number | undefined {
    return this.#config.maxNesting;
  }

  /** The schema's naming convention for a destination with identifiers of at most `maxLength` characters. */
  naming(maxLength?: number): NamingConvention {
    return namingConvention(this.#stored.normalizers.names, maxLength);
  }

  /** False when dlt brought the schema from an engine that did not split names at the path separator. */
  get breaksPaths(): boolean {
    return this.#stored.normalizers.use_break_path_on_normalize ?? true;
  }

  /** Adds `_dlt_pipeline_state`, which the pipeline's default schema holds. Does nothing when it is there. */
  ensureStateTable(): void {
    if (this.tables[STATE_TABLE] !== undefined) return;
    const { name, columns, ...props } = stateTable();
    this.mergeTable({ name, props, columns: Object.values(columns) });
  }

  /** Sets what the source says for all its tables. */
  setDefaults(defaults: SchemaDefaults): void {
    this.#record({ op: "defaults", defaults });
  }

  /**
   * Adds a table, or merges the patch into the one that is there, as dlt does (4.5b): nothing is removed by absence, but a
   * compound hint such as `primary_key` replaces the columns that had it. Throws `SchemaError` when the parent is missing or another.
   */
  mergeTable(patch: TablePatch): void {
    const { parent } = patch.props;
    const present = this.tables[patch.name];
    if (typeof parent === "string" && this.tables[parent] === undefined)
      throw new SchemaError(`The parent "${parent}" of table "${patch.name}" does not exist`);
    if (present !== undefined && parent !== undefined && (present.parent ?? null) !== parent) {
      throw new SchemaError(
        `Table "${patch.name}" cannot be nested in "${parent}": it ${present.parent === undefined ? "is a table of its own" : `belongs to "${present.parent}"`}`,
      );
    }
    this.#record({ op: "merge-table", patch });
  }

  /** Merges a schema that somebody wrote: its settings, and its tables as {@link mergeTable} does. What it does not name stays. */
  mergeSchema({ settings, tables }: StoredSchema): void {
    this.#record({ op: "settings", settings: { ...this.settings, ...settings } });
    const depth = (table: TableSchema | undefined): number =>
      table?.parent === undefined || table.parent === table.name ? 0 : 1 + depth(tables[table.parent]);
    for (const table of Object.values(tables).sort((a, b) => depth(a) - depth(b))) {
      if (table.name.startsWith(SYSTEM_PREFIX)) continue;
      const { name, columns, "x-normalizer": notes, ...props } = table;
      const nesting = notes?.max_nesting === undefined ? {} : { "x-normalizer": { max_nesting: notes.max_nesting } };
      this.mergeTable({ name, props: { ...props, ...nesting }, columns: Object.values(columns) });
    }
  }

  /** Takes the contracts from all tables, so that the schema's own holds for them. */
  forgetTableContracts(): void {
    for (const { name, schema_contract } of Object.values(this.tables))
      if (schema_contract !== undefined) this.mergeTable({ name, props: { schema_contract: null }, columns: [] });
  }

  /** Adds a column at the end of its table, or replaces the one of that name. */
  setColumn(table: string, column: ColumnSchema): void {
    this.#record({ op: "set-column", table, column });
  }

  /** Forgets a column that was added in this run and holds no data. */
  dropColumn(table: string, column: string): void {
    this.#record({ op: "drop-column", table, column });
  }

  /** Forgets tables (`refresh`); nested ones have to be named too. */
  dropTables(tables: readonly string[]): void {
    this.#record({ op: "drop-tables", tables });
  }

  /** Whether every integer of a bigint column, loaded and in this run, is exact as double; `unknown` until the destination was asked. */
  exactness(table: string, column: string): Exactness {
    return this.#exactness.get(table, column);
  }

  /** The destination's answer for rows loaded before (true or false), or false for a value of this run. */
  setExactness(table: string, column: string, exact: boolean): void {
    this.#record({ op: "exactness", table, column, exact });
  }

  /** True for tables without data before this run: their columns come freely the first time, whatever the contract says. */
  isNewTable(table: string): boolean {
    return !this.#loaded.has(table);
  }

  /** True for columns that the destination does not have before this run is published. */
  isNewColumn(table: string, column: string): boolean {
    return this.#loaded.get(table)?.has(column) !== true;
  }

  /** The table's contract, or that of the table that it is nested in, or the schema's. */
  contractOf(table: string): ResolvedContract {
    return contractOf(this.tables[table], this.tables, this.settings.schema_contract);
  }

  /** True when nested rows of `rootTable` carry the id of their root: for merges, which find nested rows by it, and on demand. */
  needsRootId(rootTable: string): boolean {
    const table = this.tables[rootTable];
    if (table === undefined) return false;
    const merged = table.write_disposition === "merge" && table["x-merge-strategy"] !== "scd2";
    if (this.#config.rootKey ?? merged) return true;
    return this.descendants(rootTable).some((nested) => columnsWith(nested.columns, "root_key").length > 0);
  }

  /** Tables nested in `table`, parents before children. */
  descendants(table: string): TableSchema[] {
    const children = Object.values(this.tables).filter((candidate) => candidate.parent === table);
    return children.flatMap((child) => [child, ...this.descendants(child.name)]);
  }

  /** What changed since the last call, as JSON for the journal; undefined when nothing did. */
  takeChanges(): JsonValue | undefined {
    if (this.#changes.length === 0) return undefined;
    const changes: JsonValue = JSON.parse(JSON.stringify(this.#changes));
    this.#changes = [];
    return changes;
  }

  /** Replays a record of `takeChanges`. Throws `SchemaError` when it is none. */
  applyChanges(changes: JsonValue): void {
    for (const change of readChanges(changes)) this.#apply(structuredClone(change));
    this.#revision++;
  }

  /** dlt's stored form. When the content differs from what was loaded: version + 1, the old hash in front of `previous_hashes`. */
  toStored(): StoredSchema {
    return settleVersion(JSON.parse(JSON.stringify({ ...this.#stored, tables: this.tables })));
  }

  #record(change: SchemaChange): void {
    if (!this.#apply(structuredClone(change))) return;
    this.#changes.push(change);
    this.#revision++;
  }

  /** False when nothing changed. The one place where the schema is modified, so that a replay does what the run did. */
  #apply(change: SchemaChange): boolean {
    switch (change.op) {
      case "merge-table":
        return this.#applyMerge(change.patch);
      case "set-column":
        putColumn(this.#tableOf(change.table).columns, change.column);
        this.#exactness.columnSet(change.table, change.column);
        break;
      case "drop-column":
        delete this.#tableOf(change.table).columns[change.column];
        break;
      case "drop-tables":
        for (const table of change.tables) {
          delete this.tables[table];
          this.#config.propagateRootId(table, false);
        }
        break;
      case "defaults":
        return this.#applyDefaults(change.defaults);
      case "settings":
        if (JSON.stringify(this.settings) === JSON.stringify(change.settings)) return false;
        this.#stored.settings = change.settings;
        break;
      case "exactness":
        this.#exactness.set(change.table, change.column, change.exact);
    }
    return true;
  }

  #applyMerge(patch: TablePatch): boolean {
    const before = JSON.stringify([this.tables[patch.name], this.#stored.normalizers]);
    const table = (this.tables[patch.name] ??= { name: patch.name, columns: withoutPrototype({}) });
    applyPatch(table, patch, this.#loaded.has(patch.name));
    if (table.parent === undefined && !table.name.startsWith(SYSTEM_PREFIX)) {
      this.#config.propagateRootId(table.name, this.needsRootId(table.name));
    }
    return JSON.stringify([table, this.#stored.normalizers]) !== before;
  }

  #applyDefaults(defaults: SchemaDefaults): boolean {
    const before = JSON.stringify([this.#stored.normalizers, this.settings]);
    this.#config.setDefaults(defaults);
    if (defaults.contract === null) delete this.settings.schema_contract;
    else this.settings.schema_contract = defaults.contract;
    return JSON.stringify([this.#stored.normalizers, this.settings]) !== before;
  }

  #tableOf(name: string): TableSchema {
    const table = this.tables[name];
    if (table === undefined) throw new SchemaError(`Table "${name}" is not in schema "${this.name}"`);
    return table;
  }
}

/** Names come from data: `__proto__` has to be a key like any other. */
function withoutPrototype<V>(record: Record<string, V>): Record<string, V> {
  const copy: Record<string, V> = Object.create(null);
  for (const [key, value] of Object.entries(record)) copy[key] = value;
  return copy;
}
