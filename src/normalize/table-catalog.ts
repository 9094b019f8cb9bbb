import { ConfigError, excerpt } from "../core/errors.js";
import type { DeclaredHints } from "../extract/hints.js";
import { expandContract } from "../schema/contract.js";
import { columnsWith } from "../schema/column-merge.js";
import type { ColumnSchema, TableSchema } from "../schema/model.js";
import type { Schema } from "../schema/schema.js";
import { LOADS_TABLE, STATE_TABLE, SYSTEM_COLUMNS, VERSION_TABLE } from "../schema/system-tables.js";
import { Column } from "./column.js";
import { TABLE_LIMITS, TableLimitError } from "./errors.js";
import { Inference } from "./inference.js";
import type { KeyNaming, Rejection, Slot } from "./key-group.js";
import type { PageContext } from "./page-context.js";
import { RowTable } from "./row-table.js";
import { contractHint, hasKey, type TableHints, tablePatch } from "./table-hints.js";
import type { TablePatch } from "../schema/schema-change.js";

/** dlt's default; also what keeps hostile documents from exhausting the call stack. */
const MAX_NESTING = 1000;
const SYSTEM_TABLES: ReadonlySet<string> = new Set([VERSION_TABLE, LOADS_TABLE, STATE_TABLE]);

/** How an engine takes names. */
export interface Identifiers {
  readonly maxIdentifierLength: number;
  /** True: names that differ in nothing but case are one name. Default: they are two. */
  readonly ignoresCase?: boolean;
}

/** The tables that rows go to, compiled from the schema as they are met. Tables that the schema lacks are added, if their contract allows. */
export class TableCatalog {
  readonly #schema: Schema;
  readonly #page: PageContext;
  readonly #hints: ReadonlyMap<string, DeclaredHints>;
  readonly #inference: Inference;
  readonly keyNaming: KeyNaming;
  readonly #folds: boolean;
  readonly #tables = new Map<string, RowTable>();
  readonly #roots = new Map<string, Map<string, RowTable | Rejection>>();
  /** Tables below each root table. */
  readonly #nested = new Map<string, number>();

  constructor(schema: Schema, hints: ReadonlyMap<string, DeclaredHints>, page: PageContext, identifiers: Identifiers) {
    this.#schema = schema;
    this.#hints = hints;
    this.#page = page;
    this.#inference = new Inference(schema.settings);
    const naming = schema.naming(identifiers.maxIdentifierLength);
    this.#folds = identifiers.ignoresCase === true && naming.caseSensitive;
    this.keyNaming = {
      naming,
      breaksPaths: schema.breaksPaths,
      fold: this.#folds ? (name) => name.toLowerCase() : (name) => name,
    };
  }

  /** The root table of that name for a resource, with the resource's hints; or what its contract says to do with the rows. */
  root(resource: string, tableName: string, row: unknown): RowTable | Rejection {
    let known = this.#roots.get(resource);
    if (known === undefined) this.#roots.set(resource, (known = new Map()));
    let table = known.get(tableName);
    if (table === undefined) known.set(tableName, (table = this.#openRoot(resource, tableName, row)));
    return table;
  }

  /** Merges a resource's hints into the schema, warns of those that cannot be followed, and tells which columns have a declared type. */
  declareRoot(resource: string, name: string): ReadonlySet<string> {
    const parent = this.#schema.tables[name]?.parent;
    if (parent !== undefined || SYSTEM_TABLES.has(name)) {
      const what = parent === undefined ? "is a system table" : `holds the nested rows of "${parent}"`;
      throw new ConfigError(`Resource "${resource}" cannot load into table "${name}", which ${what}`, {
        resource,
        hint: "Give the resource another `tableName`.",
      });
    }
    const hints = this.#hints.get(resource) ?? {};
    const sayer = hints.writeDisposition === undefined ? this.#sayerOf(name, resource) : undefined;
    if (sayer === undefined) return this.#merge(tablePatch(name, { resource }, hints, this.keyNaming.naming));
    const [owner, { writeDisposition }] = sayer;
    const agreed = { ...hints, ...(writeDisposition === undefined ? {} : { writeDisposition }) };
    return this.#merge(tablePatch(name, { resource: owner }, agreed, this.keyNaming.naming));
  }

  /**
   * Another resource that loads into the table and says how, where a function of the row names the table of one of them: its
   * word holds for those that say nothing. (Where both have a fixed name, the run has settled it before.)
   */
  #sayerOf(table: string, resource: string): readonly [resource: string, hints: DeclaredHints] | undefined {
    return [...this.#hints].find(([other, { tableName = other, writeDisposition }]) => {
      if (other === resource || writeDisposition === undefined) return false;
      if (typeof tableName === "function") return this.#schema.tables[table]?.resource === other;
      return this.rootName(tableName) === table;
    });
  }

  /** Tables below those of a resource that have a key of their own. */
  keyedBelow(resource: string): ReadonlySet<string> {
    const { naming } = this.keyNaming;
    const { nestedHints = {} } = this.#hints.get(resource) ?? {};
    const paths = Object.entries(nestedHints)
      .filter(([, hints]) => hasKey(hints))
      .map(([path]) => path.split("."));
    const roots = Object.values(this.#schema.tables).filter((table) => table.resource === resource);
    return new Set(
      roots.flatMap(({ name }) =>
        paths.map((path) => this.#spelled(naming.join([name, ...path.map((part) => naming.path(part))]))),
      ),
    );
  }

  /** The normalised name of a root table. Throws `ConfigError` when nothing is left of it. */
  rootName(tableName: string): string {
    const name = this.keyNaming.naming.path(tableName);
    if (name === "")
      throw new ConfigError(`${excerpt(tableName)} cannot name a table`, {
        resource: this.#page.resource,
        hint: "Use at least one letter or digit in `tableName`.",
      });
    return this.#spelled(name);
  }

  /** The name as the schema spells it, if it has a table of that name for the engine. */
  #spelled(name: string): string {
    const { tables } = this.#schema;
    const { fold } = this.keyNaming;
    if (tables[name] !== undefined || !this.#folds) return name;
    const folded = fold(name);
    return Object.keys(tables).find((known) => fold(known) === folded) ?? name;
  }

  /** The table for the lists under `slot` of parent row `stamp`; undefined, and the rows counted as discarded, when the contract drops them. */
  child(slot: Slot, stamp: number, items: readonly unknown[]): RowTable | undefined {
    const { list } = slot;
    const table =
      list !== undefined && (list.stamp !== stamp || list.writer === slot) ? list : this.#openChild(slot, stamp, items);
    if (table === undefined) return undefined;
    slot.list = table;
    table.stamp = stamp;
    table.writer = slot;
    return table;
  }

  /** Gives a table the system columns that it lacks, after the data columns of its first row, and marks it as holding data. */
  complete(table: RowTable): void {
    const { rowId, loadId, parentId, listIndex, rootId } = SYSTEM_COLUMNS;
    const ensure = (column: ColumnSchema): void => {
      const present = table.columnNamed(column.name)?.schema;
      if (present?.data_type !== undefined) return;
      const schema = { ...column, ...present };
      this.#schema.setColumn(table.name, schema);
      table.addColumn(new Column(schema, true));
    };
    if (table.rootIds) ensure({ name: rootId, data_type: "text", nullable: false, root_key: true });
    if (!table.nested) ensure({ name: loadId, data_type: "text", nullable: false });
    else {
      ensure({ name: parentId, data_type: "text", nullable: false, parent_key: true });
      ensure({ name: listIndex, data_type: "bigint", nullable: false });
    }
    ensure({ name: rowId, data_type: "text", nullable: false, unique: true, row_key: true });
    this.#schema.mergeTable({ name: table.name, props: { "x-normalizer": { "seen-data": true } }, columns: [] });
    table.ready = true;
  }

  #openRoot(resource: string, tableName: string, row: unknown): RowTable | Rejection {
    const name = this.rootName(tableName);
    if (this.#schema.tables[name] === undefined) {
      const hint = this.#hints.get(resource)?.schemaContract;
      const { tables } = expandContract(
        hint === undefined ? this.#schema.settings.schema_contract : contractHint(hint),
      );
      if (tables === "freeze") throw this.#page.violation("tables", name, undefined, row);
      if (tables !== "evolve") return tables;
    }
    const hinted = this.declareRoot(resource, name);
    return this.#tables.get(name) ?? this.#compile(name, undefined, [name], hinted);
  }

  #openChild(slot: Slot, stamp: number, items: readonly unknown[]): RowTable | undefined {
    const parent = slot.group.table;
    const segments = [...parent.segments, ...slot.path];
    const preferred = this.#spelled(this.keyNaming.naming.join(segments));
    const hints = this.#nestedHints(segments);
    const keyed = hasKey(hints);
    let name = preferred;
    for (let n = 2; !this.#isFree(name, slot, stamp, keyed); n++)
      name = this.#spelled(this.keyNaming.naming.join([`${preferred}_${n}`]));
    if (!this.#tables.has(name)) this.#countNested(slot, segments);
    if (this.#schema.tables[name] === undefined) {
      const own = hints?.schemaContract;
      const { tables } = own === undefined ? parent.contract : expandContract(contractHint(own));
      if (tables === "freeze") throw this.#page.violation("tables", name, undefined, items);
      if (tables !== "evolve") {
        this.#page.discardRows(name, items.length);
        return undefined;
      }
      const link = keyed ? { resource: this.#page.resource } : { parent: parent.name };
      this.#schema.mergeTable({
        name,
        props: { ...link, ...(name === preferred ? {} : { "x-source": slot.pointer }) },
        columns: [],
      });
    }
    if (name !== preferred) {
      this.#claim(preferred, slot);
      this.#page.collision(parent.name, preferred, slot.pointer, name);
    }
    const hinted = this.#mergeNestedHints(name, parent, hints);
    return this.#tables.get(name) ?? this.#compile(name, parent, segments, hinted);
  }

  #countNested(slot: Slot, [root = ""]: readonly string[]): void {
    const count = (this.#nested.get(root) ?? 0) + 1;
    if (count > TABLE_LIMITS.tables) throw new TableLimitError("tables", slot.key, this.#page.place(root));
    this.#nested.set(root, count);
  }

  /** True when lists of `slot` may go to table `name`: it does not exist, or is theirs and no other key's in this row. */
  #isFree(name: string, slot: Slot, stamp: number, keyed: boolean): boolean {
    const present = this.#schema.tables[name];
    if (present === undefined) return true;
    const source = present["x-source"];
    const parent = keyed ? undefined : slot.group.table.name;
    if (keyed && present.parent === slot.group.table.name)
      throw this.#keyTooLate(name, "holds nested rows without a key");
    if (!keyed && present.parent === undefined && present.resource === this.#page.resource && holdsKey(present))
      throw this.#keyTooLate(name, "was loaded with a key of its own");
    if (present.parent !== parent || (source !== undefined && source !== slot.pointer)) return false;
    const table = this.#tables.get(name);
    return table === undefined || table.stamp !== stamp || table.writer === slot;
  }

  #keyTooLate(table: string, what: string): ConfigError {
    return new ConfigError(`Table "${table}" ${what}, which \`nestedHints\` cannot change now`, {
      resource: this.#page.resource,
      table,
      hint: 'Give it the hints that it was loaded with, or load the resource anew with refresh: "drop_resources".',
    });
  }

  /** Keeps table `name` for the key that has it, now that `rival` wants it too. */
  #claim(name: string, rival: Slot): void {
    const owner = this.#tables.get(name)?.writer;
    if (
      owner === undefined ||
      owner.group.table !== rival.group.table ||
      this.#schema.tables[name]?.["x-source"] !== undefined
    )
      return;
    this.#schema.mergeTable({ name, props: { "x-source": owner.pointer }, columns: [] });
    for (const slot of owner.group.table.slots) if (slot !== owner && slot.list?.name === name) slot.list = undefined;
  }

  /** What the resource says of the nested table at that path. */
  #nestedHints([, ...below]: readonly string[]): TableHints | undefined {
    const { naming } = this.keyNaming;
    const path = naming.join(below);
    const nested = Object.entries(this.#hints.get(this.#page.resource)?.nestedHints ?? {});
    return nested.find(([key]) => naming.join(key.split(".").map((part) => naming.path(part))) === path)?.[1];
  }

  /** As in dlt a nested table with a key of its own is loaded on its own; without a disposition it takes that of its resource. */
  #mergeNestedHints(name: string, parent: RowTable, hints: TableHints | undefined): ReadonlySet<string> {
    if (hints === undefined) return new Set();
    const { naming } = this.keyNaming;
    if (!hasKey(hints)) return this.#merge(tablePatch(name, { parent: parent.name }, hints, naming));
    const { resource } = this.#page;
    const { writeDisposition } = this.#hints.get(resource) ?? {};
    const own = { ...(writeDisposition === undefined ? {} : { writeDisposition }), ...hints };
    return this.#merge(tablePatch(name, { resource }, own, naming));
  }

  #compile(
    name: string,
    parent: RowTable | undefined,
    segments: readonly string[],
    hinted: ReadonlySet<string>,
  ): RowTable {
    const schema = this.#schema.tables[name] ?? { name, columns: {} };
    const isRoot = schema.parent === undefined && this.#schema.needsRootId(name);
    const table = new RowTable({
      schema,
      parent,
      nested: schema.parent !== undefined,
      segments,
      hinted,
      keyNaming: this.keyNaming,
      inference: this.#inference,
      contract: this.#schema.contractOf(name),
      isNew: this.#schema.isNewTable(name),
      nesting: Math.min(schema["x-normalizer"]?.max_nesting ?? this.#schema.maxNesting ?? MAX_NESTING, MAX_NESTING),
      rootIds: parent?.rootIdsBelow === true,
      rootIdsBelow: parent?.rootIdsBelow === true || isRoot,
      isRoot,
    });
    this.#tables.set(name, table);
    return table;
  }

  /** The patch with the names of columns as the schema spells them. */
  #withKnownNames(patch: TablePatch): TablePatch {
    const { fold } = this.keyNaming;
    const known = Object.keys(this.#schema.tables[patch.name]?.columns ?? {});
    const spelled = new Map(known.map((name) => [fold(name), name]));
    return { ...patch, columns: patch.columns.map((c) => ({ ...c, name: spelled.get(fold(c.name)) ?? c.name })) };
  }

  #merge(given: TablePatch): ReadonlySet<string> {
    const patch = this.#folds ? this.#withKnownNames(given) : given;
    this.#schema.mergeTable(patch);
    const typed = patch.columns.filter((column) => column.data_type !== undefined);
    for (const { name, data_type } of typed) {
      const type = this.#schema.tables[patch.name]?.columns[name]?.data_type;
      if (type === data_type) continue;
      this.#page.warn(
        "type-hint-ignored",
        `Column "${name}" of table "${patch.name}" holds data as ${type}; the hint ${data_type} cannot change that`,
        patch.name,
        name,
      );
    }
    return new Set(typed.map((column) => column.name));
  }
}

function holdsKey({ columns }: TableSchema): boolean {
  return columnsWith(columns, "primary_key").length > 0 || columnsWith(columns, "merge_key").length > 0;
}
