import { SYSTEM_COLUMNS } from "../schema/system-tables.js";
import type { Cells, RowBlock } from "./row-block.js";
import { OCCURRENCE } from "./row-sink.js";

/** The block of a table and the columns in it that every row gets from us. */
export class RowCells {
  readonly block: RowBlock;
  readonly id: Cells;
  readonly parentId: Cells;
  readonly listIndex: Cells;
  readonly rootId: Cells;
  readonly occurrence: Cells;

  constructor(block: RowBlock) {
    this.block = block;
    this.id = block.cells(SYSTEM_COLUMNS.rowId);
    this.parentId = block.cells(SYSTEM_COLUMNS.parentId);
    this.listIndex = block.cells(SYSTEM_COLUMNS.listIndex);
    this.rootId = block.cells(SYSTEM_COLUMNS.rootId);
    this.occurrence = block.cells(OCCURRENCE);
  }
}
