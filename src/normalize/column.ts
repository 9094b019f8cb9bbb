import type { ColumnSchema, DataType } from "../schema/model.js";
import type { Slot } from "./key-group.js";
import type { Cells } from "./row-block.js";

/** A column compiled for writing rows. */
export class Column {
  readonly name: string;
  schema: ColumnSchema;
  /** Undefined while the column has no type: hinted only, or nothing but nulls so far. */
  type: DataType | undefined;
  /** The type, if values of that type can be written without another look at the column. */
  direct: DataType | undefined;
  /** May not be null. */
  required: boolean;
  /** Part of the primary key. */
  isKey: boolean;
  /** The type was declared, so it is not widened. */
  readonly hinted: boolean;
  /** Number of the last row that has a value here, and the key that it came from. */
  stamp = 0;
  writer: Slot | undefined;
  /** Where its values are written to; set with the first one. */
  cells: Cells | undefined;

  constructor(schema: ColumnSchema, hinted: boolean) {
    this.name = schema.name;
    this.hinted = hinted;
    this.schema = schema;
    this.cells = undefined;
    this.type = undefined;
    this.direct = undefined;
    this.required = false;
    this.isKey = false;
    this.update(schema);
  }

  update(schema: ColumnSchema): void {
    this.schema = schema;
    this.type = schema["x-null-only"] === true ? undefined : schema.data_type;
    // Of these a precision says which values fit.
    const limited = schema.data_type === "timestamp" || schema.data_type === "bigint";
    this.direct = limited && schema.precision !== undefined ? undefined : this.type;
    this.required = schema.nullable === false;
    this.isKey = schema.primary_key === true;
  }
}
