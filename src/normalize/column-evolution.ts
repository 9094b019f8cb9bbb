import { excerpt } from "../core/errors.js";
import { ExactNumber } from "../core/exact-number.js";
import type { ContractMode, ColumnSchema, DataType } from "../schema/model.js";
import type { Schema } from "../schema/schema.js";
import { coerce } from "./coerce.js";
import { Column } from "./column.js";
import { type ContractEntity, ExactnessUnknown, MissingValueError, TABLE_LIMITS, TableLimitError } from "./errors.js";
import type { KeyNaming, Rejection, Slot } from "./key-group.js";
import { isExactAsDouble } from "./number-text.js";
import type { PageContext } from "./page-context.js";
import type { RowTable } from "./row-table.js";
import { detectType, MAX_INTEGER_DIGITS, valueType } from "./value-type.js";

/** A value in its column, as the JSON token that goes into the row. */
export interface PlacedValue {
  readonly column: Column;
  readonly token: string;
}

/** Types that keep all digits of a number. */
const EXACT_TYPES: ReadonlySet<string | undefined> = new Set(["decimal", "wei", "text"]);
/** Beyond so many characters an integer may be one that a double cannot hold. */
const EXACT_LENGTH = 15;
const INTEGER_DECIMAL = { data_type: "decimal", precision: MAX_INTEGER_DIGITS, scale: 0 } as const;

/**
 * Finds the column for a value that cannot be written without a second look: the column is new, has no type yet, has another
 * type, or its name is taken by another key of the same row. Columns are added, widened in place or given a variant.
 */
export class ColumnEvolution {
  readonly #schema: Schema;
  readonly #page: PageContext;
  readonly #keyNaming: KeyNaming;

  constructor(schema: Schema, page: PageContext, keyNaming: KeyNaming) {
    this.#schema = schema;
    this.#page = page;
    this.#keyNaming = keyNaming;
  }

  /**
   * The place of a value (not null, not NaN, as `plainValue` gives it) in row `stamp`; `discard_value` when there is none,
   * `discard_row` when the contract drops the whole row. Throws `ContractViolationError`, `ExactnessUnknown`.
   */
  place(slot: Slot, given: unknown, stamp: number): PlacedValue | Rejection {
    if (slot.rejected !== undefined) return slot.rejected;
    let value = given instanceof ExactNumber ? Number(given) : given;
    let column = this.#bind(slot);
    if (column !== undefined && column.stamp === stamp) column = this.#separate(slot, column);
    if (column?.type === undefined) {
      const defined = this.#define(slot, column, value);
      if (typeof defined === "string") return (slot.rejected = defined);
      column = defined;
    }
    if (given instanceof ExactNumber && EXACT_TYPES.has(column.type)) value = given.digits;
    const token = this.#fit(slot.group.table, column, value);
    return token === undefined ? this.#placeMisfit(slot, column, value, stamp) : { column, token };
  }

  /** A key whose value is null: a nullable text column that waits for its first value, unless the key holds objects or lists. */
  placeNull(slot: Slot): void {
    slot.nullSeen = true;
    if (slot.role !== "data") return;
    const { table } = slot.group;
    const present = this.#bind(slot);
    if (present?.schema.data_type !== undefined || slot.children !== undefined || slot.list !== undefined) return;
    if (!table.isNew && table.contract.columns !== "evolve") return;
    if (present === undefined && this.#isNested(slot, table)) return;
    if (present?.required === true) return;
    const hints = present?.schema ?? table.inference.defaultHints(slot.name);
    this.#set(
      table,
      {
        ...hints,
        ...this.#claim(slot),
        name: present?.name ?? slot.name,
        data_type: "text",
        nullable: true,
        "x-null-only": true,
      },
      slot,
    );
  }

  /** The key holds objects or lists: a column that was made for its nulls in this run is not needed. */
  dropNullColumn(slot: Slot): void {
    const { table } = slot.group;
    const column = slot.column ?? table.columnNamed(slot.name);
    if (column?.schema["x-null-only"] !== true || !this.#schema.isNewColumn(table.name, column.name)) return;
    this.#schema.dropColumn(table.name, column.name);
    table.dropColumn(column.name);
    for (const other of table.slots) if (other.column === column) other.column = undefined;
  }

  /** The column that the key has so far; settles the key's name when another key owns the one it would have. */
  #bind(slot: Slot): Column | undefined {
    if (slot.column !== undefined) return slot.column;
    const { table } = slot.group;
    const wanted = slot.name;
    for (let n = 2; ; n++) {
      const column = table.columnNamed(slot.name);
      const owner = column?.schema["x-source"];
      const isShared = owner === undefined && slot.name === wanted && column?.schema.variant !== true;
      const isFree = column === undefined || owner === slot.pointer || isShared;
      if (isFree) {
        if (slot.name !== wanted) this.#page.collision(table.name, wanted, slot.pointer, slot.name);
        return (slot.column = column);
      }
      slot.name = this.#keyNaming.naming.join([`${wanted}_${n}`]);
    }
  }

  /** Another key of this row has the column already: each gets a column of its own, from now on and in later runs. */
  #separate(slot: Slot, column: Column): Column | undefined {
    const { table } = slot.group;
    const owner = column.writer;
    if (owner === undefined || owner === slot) return column;
    if (column.schema["x-source"] === undefined)
      this.#set(table, { ...column.schema, "x-source": owner.pointer }, owner);
    for (const other of table.slots) if (other !== owner && other.column === column) other.column = undefined;
    return this.#bind(slot);
  }

  #define(slot: Slot, column: Column | undefined, value: unknown): Column | Rejection {
    const { table } = slot.group;
    const mode = table.isNew ? "evolve" : table.contract.columns;
    if (mode !== "evolve") return this.#reject("columns", mode, slot, value);
    const { name } = column ?? slot;
    const { "x-null-only": _, data_type: __, ...given } = column?.schema ?? { name };
    const hints = { ...table.inference.defaultHints(name), ...given };
    const type = table.inference.preferredType(name) ?? detectType(value, table.inference.detections);
    return this.#set(
      table,
      {
        ...hints,
        ...this.#claim(slot),
        name,
        ...(type === "decimal" && typeof value === "bigint" ? INTEGER_DECIMAL : { data_type: type }),
      },
      slot,
    );
  }

  /** The token, after widening the column if that is needed and possible. */
  #fit(table: RowTable, column: Column, value: unknown): string | undefined {
    const losses = this.#page.losses(table, column);
    const token = coerce(value, column.schema, losses);
    if (token !== undefined) {
      if (isNumberAsTime(table, column, value)) losses.converted();
      if (column.type === "bigint" && token.length > EXACT_LENGTH) this.#noteInteger(table, column, BigInt(token));
      return token;
    }
    const widened = this.#widened(table, column, value);
    if (widened === undefined || table.contract.data_type !== "evolve") return undefined;
    this.#set(table, widened);
    return coerce(value, widened, this.#page.losses(table, column));
  }

  /** bigint takes a fraction as double and a longer integer as decimal(38, 0), as long as no integer is rounded. */
  #widened(table: RowTable, column: Column, value: unknown): ColumnSchema | undefined {
    if (column.type !== "bigint" || column.hinted) return undefined;
    const { precision: _, ...schema } = column.schema;
    if (typeof value === "bigint")
      return valueType(value) === "decimal" ? { ...schema, ...INTEGER_DECIMAL } : undefined;
    if (typeof value !== "number") return undefined;
    const exactness = this.#schema.exactness(table.name, column.name);
    if (exactness === "unknown" && table.contract.data_type === "evolve")
      throw new ExactnessUnknown(table.name, column.name);
    return exactness === "exact" ? { ...schema, data_type: "double" } : undefined;
  }

  #noteInteger(table: RowTable, column: Column, integer: bigint): void {
    if (!isExactAsDouble(integer) && this.#schema.exactness(table.name, column.name) !== "inexact")
      this.#schema.setExactness(table.name, column.name, false);
  }

  /** The value goes to a variant, `amount__v_text`; text takes what not even a variant of its own type can hold. */
  #placeMisfit(slot: Slot, column: Column, value: unknown, stamp: number): PlacedValue | Rejection {
    const { table } = slot.group;
    const mode = table.contract.data_type;
    // A variant would leave the column itself empty, which it may not be.
    if (column.required && (mode === "evolve" || mode === "discard_value")) throw this.#misfit(table, column, value);
    if (mode !== "evolve") return this.#reject("data_type", mode, slot, value);
    let variant = column;
    for (const type of [valueType(value), "text"] as const) {
      variant = this.#variant(slot, column, type, value, stamp);
      const token = this.#fit(table, variant, value);
      if (token !== undefined) return { column: variant, token };
    }
    // The variant for text was made for a timestamp: other text stands beside it.
    const text = this.#variant(slot, variant, "text", undefined, stamp);
    const token = this.#fit(table, text, value);
    if (token !== undefined) return { column: text, token };
    throw this.#page.violation("data_type", table.name, column.name, value);
  }

  #misfit(table: RowTable, column: Column, value: unknown): MissingValueError {
    const afresh = table.isNew ? "" : "; a table that holds data has to be loaded afresh for that";
    return new MissingValueError(
      this.#page.place(table.name, column.name),
      `the value ${excerpt(value)} of type ${valueType(value)} does not fit its type ${column.type}`,
      {
        hint: `Make it text in a map step, or declare columns: { ${column.name}: { data_type: "text" } }${afresh}.`,
      },
    );
  }

  /** The column's variant of that name, beside a key that has the name; a new one for text has the type that a new column would have, as in dlt. */
  #variant(slot: Slot, column: Column, type: DataType, value: unknown, stamp: number): Column {
    const { table } = slot.group;
    const { naming } = this.#keyNaming;
    const name = naming.join([column.name, `v_${type}`]);
    let free = name;
    for (let n = 2; ; n++) {
      const present = table.columnNamed(free);
      if (present === undefined || (present.stamp !== stamp && !isOfKey(present, table))) break;
      free = naming.join([`${name}_${n}`]);
    }
    const owner = free === name ? undefined : table.columnNamed(name);
    if (owner !== undefined && isOfKey(owner, table)) this.#page.collision(table.name, name, slot.pointer, free);
    return (
      table.columnNamed(free) ??
      this.#set(table, {
        name: free,
        ...(type === "decimal"
          ? INTEGER_DECIMAL
          : {
              data_type:
                type === "text" && typeof value === "string" ? detectType(value, table.inference.detections) : type,
            }),
        nullable: true,
        variant: true,
      })
    );
  }

  #reject(entity: ContractEntity, mode: Exclude<ContractMode, "evolve">, slot: Slot, value: unknown): Rejection {
    if (mode === "freeze") throw this.#page.violation(entity, slot.group.table.name, slot.name, value);
    return mode;
  }

  #set(table: RowTable, schema: ColumnSchema, slot?: Slot): Column {
    let column = table.columnNamed(schema.name);
    if (column === undefined && table.columnCount >= TABLE_LIMITS.columns)
      throw new TableLimitError("columns", slot?.key ?? schema.name, this.#page.place(table.name));
    this.#schema.setColumn(table.name, schema);
    if (column === undefined) table.addColumn((column = new Column(schema, table.hinted.has(schema.name))));
    else column.update(schema);
    if (slot !== undefined) slot.column = column;
    table.countRequired();
    return column;
  }

  /** Marks a column whose name has a suffix as that of its key. */
  #claim(slot: Slot): Partial<ColumnSchema> {
    return slot.name === this.#keyNaming.naming.join(slot.path) ? {} : { "x-source": slot.pointer };
  }

  #isNested(slot: Slot, table: RowTable): boolean {
    const { naming } = this.#keyNaming;
    const prefix = `${slot.name}${naming.separator}`;
    for (const { name } of table.columns) if (name.startsWith(prefix)) return true;
    return this.#schema.tables[naming.join([...table.segments, ...slot.path])]?.parent === table.name;
  }
}

/** Seconds since 1970 where nobody said so. */
function isNumberAsTime({ inference }: RowTable, { type, hinted }: Column, value: unknown): boolean {
  if (type !== "timestamp" || hinted || inference.detections.includes("timestamp")) return false;
  return typeof value === "number" || typeof value === "bigint";
}

/** Not a variant, nor declared for one: a key of its own has the column. */
function isOfKey(column: Column, { slots }: RowTable): boolean {
  if (column.schema.variant === true) return false;
  return !column.hinted || slots.some((slot) => slot.column === column);
}
