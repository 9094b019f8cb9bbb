import type { ContractMode } from "../schema/model.js";
import { isBlank, type NamingConvention } from "../schema/naming/naming.js";
import { SYSTEM_COLUMNS } from "../schema/system-tables.js";
import type { Column } from "./column.js";
import type { RowTable } from "./row-table.js";

/** Stands for keys that are empty, as in dlt. */
const EMPTY_KEY = "_empty";

/** What a schema contract does with data that it does not admit. */
export type Rejection = Exclude<ContractMode, "evolve" | "freeze">;

/** How names are made: the convention, and whether keys are split at its separator first. */
export interface KeyNaming {
  readonly naming: NamingConvention;
  readonly breaksPaths: boolean;
  /** The part of a name by which the engine tells it from others: without its case, where that does not count. */
  readonly fold: (name: string) => string;
}

/** One key at one place of a table's rows, and what is known of the values under it. Found by the exact key as the API wrote it. */
export class Slot {
  readonly key: string;
  readonly group: KeyGroup;
  /** The key as one normalised identifier. */
  readonly fragment: string;
  /** JSON pointer (RFC 6901) from the row to the value: what the stored schema says of colliding names. */
  readonly pointer: string;
  /** Name of the column for scalars. */
  name: string;
  column: Column | undefined;
  /** Keys of the objects found here; their values are columns of the same table. */
  children: KeyGroup | undefined;
  /** Table of the lists found here. */
  list: RowTable | undefined;
  /** `row-id`: the row brings its own `_dlt_id`. `ignored`: a system column that is always set by us. */
  readonly role: "data" | "row-id" | "ignored";
  /** A null was seen and dealt with. */
  nullSeen = false;
  /** A preferred type says json: objects and lists are kept whole. */
  readonly whole: boolean;
  rejected: Rejection | undefined;

  constructor(group: KeyGroup, key: string) {
    const { keyNaming, path, table } = group;
    this.group = group;
    this.key = key;
    this.fragment = fragmentOf(key, keyNaming);
    this.pointer = `${group.pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    this.name = path.length === 0 ? this.fragment : keyNaming.naming.join([...path, this.fragment]);
    this.role = roleOf(this.name, table, keyNaming.fold);
    this.whole = table.inference.preferredType(this.name) === "json";
    this.column = undefined;
    this.children = undefined;
    this.list = undefined;
  }

  /** Path below the table's rows, for the keys of an object found here. */
  get path(): readonly string[] {
    return [...this.group.path, this.fragment];
  }
}

/** The keys of the objects at one place. */
export class KeyGroup {
  readonly table: RowTable;
  readonly keyNaming: KeyNaming;
  readonly path: readonly string[];
  readonly pointer: string;
  /** Slots in the order of the last object: the next one most likely has the same keys in the same order. */
  readonly order: Slot[] = [];
  readonly #slots = new Map<string, Slot>();

  constructor(table: RowTable, keyNaming: KeyNaming, parent?: Slot) {
    this.table = table;
    this.keyNaming = keyNaming;
    this.path = parent?.path ?? [];
    this.pointer = parent?.pointer ?? "";
  }

  /** The slot of `key`, remembered as the one at position `at`. */
  slotAt(at: number, key: string): Slot {
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = new Slot(this, key);
      this.#slots.set(key, slot);
      this.table.slots.push(slot);
    }
    this.order[at] = slot;
    return slot;
  }

  /** Depth of these objects below the row. */
  get depth(): number {
    return this.path.length;
  }
}

function fragmentOf(key: string, { naming, breaksPaths }: KeyNaming): string {
  if (isBlank(key)) return EMPTY_KEY;
  const fragment = breaksPaths ? naming.path(key) : naming.identifier(key);
  return fragment === "" ? EMPTY_KEY : fragment;
}

function roleOf(given: string, table: RowTable, fold: KeyNaming["fold"]): Slot["role"] {
  const name = fold(given);
  if (name === SYSTEM_COLUMNS.rowId) return "row-id";
  const { loadId, parentId, listIndex, rootId } = SYSTEM_COLUMNS;
  if (name === loadId) return "ignored";
  if (table.nested && (name === parentId || name === listIndex)) return "ignored";
  if (table.parent !== undefined && name === rootId) return "ignored";
  const schema = table.columnNamed(name)?.schema;
  return schema?.["x-valid-from"] === true || schema?.["x-valid-to"] === true ? "ignored" : "data";
}
