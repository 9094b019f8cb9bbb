import { excerpt } from "../core/errors.js";
import { plainValue } from "../core/json-text.js";
import { SYSTEM_COLUMNS } from "../schema/system-tables.js";
import type { Column } from "./column.js";
import type { ColumnEvolution, PlacedValue } from "./column-evolution.js";
import { MissingValueError, TABLE_LIMITS, TableLimitError } from "./errors.js";
import { isCanonicalTimestamp } from "./iso-timestamp.js";
import { KeyGroup, type Rejection, type Slot } from "./key-group.js";
import type { PageContext } from "./page-context.js";
import { contentRowId, keyRowId, nestedRowId, randomRowId } from "./row-id.js";
import type { CellValue } from "./row-block.js";
import { RowCells } from "./row-cells.js";
import type { RowSink } from "./row-sink.js";
import type { RowTable } from "./row-table.js";
import { type Dict, isDict, isList } from "./shapes.js";
import type { TableCatalog } from "./table-catalog.js";
import { isStorable, storable } from "./text-token.js";

/** What nested rows take from the row that they hang on. */
interface ParentRow {
  readonly id: string;
  /** The ids as they can be stored. */
  readonly storedId: string;
  readonly rootId: string;
  /** The id follows from the data, so those of nested rows have to follow as well. */
  readonly deterministic: boolean;
  /** Goes into every row of the document; see `OCCURRENCE`. */
  readonly occurrence: string | undefined;
}

/** An object that waits until the scalars of its row are written, as in dlt; the last one found goes first. */
interface PendingObject {
  readonly keys: KeyGroup;
  readonly object: Dict;
}

interface PendingList {
  readonly slot: Slot;
  readonly items: readonly unknown[];
}

export interface RowWriterParts {
  readonly catalog: TableCatalog;
  readonly evolution: ColumnEvolution;
  readonly page: PageContext;
  readonly sink: RowSink;
}

/**
 * Writes documents as rows: objects become columns, lists become rows of nested tables. In one pass, without a row object in
 * between; a value whose column is known and has its type costs one look at the slot of its key.
 */
export class RowWriter {
  readonly #catalog: TableCatalog;
  readonly #evolution: ColumnEvolution;
  readonly #page: PageContext;
  readonly #sink: RowSink;
  /** Numbers rows, so that a column knows whether the current row has filled it. */
  #stamp = 0;

  constructor(parts: RowWriterParts) {
    this.#catalog = parts.catalog;
    this.#evolution = parts.evolution;
    this.#page = parts.page;
    this.#sink = parts.sink;
  }

  /** Writes a root row and everything nested in it. */
  writeRoot(table: RowTable, row: Dict): void {
    this.#write(table, row, table.nesting, undefined, 0);
  }

  /** `level`: how many levels of nesting below this row may still become columns and tables. */
  #write(table: RowTable, row: Dict, level: number, parent: ParentRow | undefined, index: number): void {
    const stamp = ++this.#stamp;
    const ours = (table.cells ??= new RowCells(this.#sink.block(table.name)));
    const { block } = ours;
    let filled = 0;
    let ownId: string | undefined;
    let key: Record<string, unknown> | undefined;
    let objects: PendingObject[] | undefined;
    let lists: PendingList[] | undefined;
    let keys = table.keys;
    let object = row;

    for (;;) {
      const { order } = keys;
      let at = 0;
      for (const name of Object.keys(object)) {
        let slot = order[at];
        if (slot === undefined || slot.key !== name) {
          if (table.slots.length > TABLE_LIMITS.keys)
            throw new TableLimitError("keys", name, this.#page.place(table.name));
          slot = keys.slotAt(at, name);
        }
        at++;
        let value = object[name];
        let { column } = slot;

        if (column !== undefined && column.stamp !== stamp && isDirect(column, value)) {
          const cells = (column.cells ??= block.cells(column.name));
          if (typeof value === "string") cells.putText(value);
          else cells.put(value);
        } else {
          if (typeof value === "object") value = plainValue(value);
          if (value === null) {
            if (!slot.nullSeen) this.#evolution.placeNull(slot);
            continue;
          }
          if (value === undefined || typeof value === "function" || typeof value === "symbol") continue;
          if (isList(value) && !keepsWhole(slot, level)) {
            if (value.length > 0) (lists ??= []).push(this.#listBelow(slot, value));
            continue;
          }
          if (isDict(value) && !keepsWhole(slot, level)) {
            (objects ??= []).push({ keys: this.#keysBelow(slot, value), object: value });
            continue;
          }
          if (slot.role === "row-id" && typeof value === "string" && value !== "") {
            ownId = value;
            continue;
          }
          const placed = this.#place(slot, value, stamp);
          if (placed === "discard_row") {
            block.dropRow();
            return this.#page.discardRows(table.name);
          }
          if (placed === "discard_value") {
            this.#page.discardValue(table.name);
            continue;
          }
          if (placed === undefined) continue;
          ({ column } = placed);
          (column.cells ??= block.cells(column.name)).putToken(placed.token);
        }

        column.stamp = stamp;
        column.writer = slot;
        if (column.required) filled++;
        if (column.isKey && table.rowIds === "key") (key ??= {})[column.name] = value;
      }
      const next = objects?.pop();
      if (next === undefined) break;
      ({ keys, object } = next);
    }

    if (filled < table.required) this.#refuse(table, stamp, row);
    const here = this.#identify(table, ownId, key, row, parent, index);
    this.#complete(table, ours, here, parent, index);
    if (lists === undefined) return;
    for (const { slot, items } of lists) {
      const nested = this.#catalog.child(slot, stamp, items);
      if (nested !== undefined) this.#writeList(nested, items, Math.min(level - 1, nested.nesting), here);
    }
  }

  #writeList(table: RowTable, items: readonly unknown[], level: number, parent: ParentRow): void {
    let index = 0;
    for (const raw of items) {
      const item = plainValue(raw);
      if (isDict(item)) this.#write(table, item, level, parent, index);
      else if (isList(item)) this.#write(table, { list: item }, level - 1, parent, index);
      else this.#write(table, { value: item }, level, parent, index);
      index++;
    }
  }

  #keysBelow(slot: Slot, value: Dict): KeyGroup {
    if (Object.keys(value).length > 0) this.#evolution.dropNullColumn(slot);
    return (slot.children ??= new KeyGroup(slot.group.table, slot.group.keyNaming, slot));
  }

  #listBelow(slot: Slot, items: readonly unknown[]): PendingList {
    this.#evolution.dropNullColumn(slot);
    return { slot, items };
  }

  /** Where a value goes that could not be written directly; undefined when nothing of it is to be written. */
  #place(slot: Slot, value: unknown, stamp: number): PlacedValue | Rejection | undefined {
    const { table } = slot.group;
    if (slot.role !== "data") {
      this.#page.warn(
        "system-column",
        `Key "${slot.key}" of table "${table.name}" names a system column; its values are not those of the data`,
        table.name,
        slot.name,
      );
      return undefined;
    }
    if (typeof value === "number" && !Number.isFinite(value)) {
      this.#page.nonFinite(table.name, slot.name);
      return undefined;
    }
    if (value instanceof Date && Number.isNaN(value.getTime())) {
      this.#page.warn(
        "value-replaced",
        `Column "${slot.name}" of table "${table.name}": an invalid Date became null`,
        table.name,
        slot.name,
      );
      return undefined;
    }
    return this.#evolution.place(slot, value, stamp);
  }

  /** The row's id: its own, or by chance, key or content; below a row whose id follows from the data, by position. `key`: values of key columns. */
  #identify(
    table: RowTable,
    given: string | undefined,
    key: Dict | undefined,
    row: Dict,
    above: ParentRow | undefined,
    index: number,
  ): ParentRow {
    const parent = table.nested ? above : undefined;
    const ownId = given !== undefined && this.#isOwn(table, given) ? given : undefined;
    let id = ownId;
    let deterministic = true;
    if (id !== undefined) deterministic = true;
    else if (parent !== undefined && parent.deterministic) id = nestedRowId(parent.id, table.name, index);
    else if (parent === undefined && table.rowIds === "key" && hasWholeKey(table, key)) id = keyRowId(key);
    else if (parent === undefined && table.rowIds === "content") id = contentRowId(row);
    else {
      id = randomRowId();
      deterministic = false;
    }
    const storedId =
      ownId === undefined ? id : storable(id, (count) => this.#page.replaced(table.name, SYSTEM_COLUMNS.rowId, count));
    const occurrence = parent === undefined && table.rowIds === "key" ? randomRowId() : parent?.occurrence;
    const rootId = above === undefined || table.isRoot ? storedId : above.rootId;
    return { id, storedId, rootId, deterministic, occurrence };
  }

  #isOwn({ name }: RowTable, given: string): boolean {
    const isFirst = this.#page.givenIds.take(name, given);
    if (!isFirst) this.#page.repeatedId(name, given);
    return isFirst;
  }

  #complete(table: RowTable, cells: RowCells, row: ParentRow, parent: ParentRow | undefined, index: number): void {
    if (!table.ready) this.#catalog.complete(table);
    cells.id.put(row.storedId);
    if (parent !== undefined) {
      if (table.nested) {
        cells.parentId.put(parent.storedId);
        cells.listIndex.put(index);
      }
      if (table.rootIds) cells.rootId.put(parent.rootId);
    }
    if (row.occurrence !== undefined) cells.occurrence.put(row.occurrence);
    cells.block.endRow();
    this.#page.countRow(table);
  }

  #refuse(table: RowTable, stamp: number, row: Dict): never {
    const column = table.missing(stamp);
    const isKey = column?.schema.primary_key === true || column?.schema.merge_key === true;
    const slot = table.slots.find(({ name, group }) => group === table.keys && name === column?.name);
    const value = slot === undefined ? undefined : plainValue(row[slot.key]);
    const isNested = isDict(value) || isList(value);
    const what = isNested
      ? "its value in this row is an object or a list, which becomes columns or rows"
      : "this row has no value for it";
    throw new MissingValueError(this.#page.place(table.name, column?.name), `${what}: ${excerpt(row)}`, {
      hint: isNested
        ? "Name the column of a field of it (user__id), or put a plain value in its place in a map step."
        : isKey
          ? "Name a key that every row has, or filter such rows out."
          : "Declare the column nullable, or filter such rows out.",
    });
  }
}

/** A row whose key has a null is the same as no other: ids made of what is left of it would mix their nested rows up. */
function hasWholeKey({ keyColumns }: RowTable, key: Dict | undefined): key is Dict {
  return key !== undefined && Object.keys(key).length === keyColumns;
}

/** True for a value that has the column's type and can be written as it is; others need a second look. */
function isDirect(column: Column, value: unknown): value is CellValue {
  switch (column.direct) {
    case "text":
      return typeof value === "string" && isStorable(value);
    case "bigint":
      return typeof value === "number" && Number.isSafeInteger(value);
    case "double":
      return typeof value === "number" && Number.isFinite(value);
    case "bool":
      return typeof value === "boolean";
    case "timestamp":
      return typeof value === "string" && isCanonicalTimestamp(value);
    default:
      return false;
  }
}

/** Objects and lists stay JSON where the nesting ends and where the column is JSON. */
function keepsWhole(slot: Slot, level: number): boolean {
  return (
    level <= slot.group.depth || slot.whole || (slot.column ?? slot.group.table.columnNamed(slot.name))?.type === "json"
  );
}
