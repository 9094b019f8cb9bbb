import { isLosslessNumber, parse, stringify } from "lossless-json";
import { RowBlock } from "../../src/normalize/row-block.js";
import type { RowSink } from "../../src/normalize/row-sink.js";

/** Keeps what a normaliser writes as one JSON object per row, with numbers as they were written. */
export class RowList implements RowSink {
  private readonly blocks = new Map<string, RowBlock>();
  private readonly written = new Map<string, string[]>();

  block(table: string): RowBlock {
    let block = this.blocks.get(table);
    if (block === undefined) {
      block = new RowBlock(() => this.take(table));
      this.blocks.set(table, block);
    }
    return block;
  }

  /** Rows by table. */
  get lines(): Map<string, string[]> {
    for (const table of this.blocks.keys()) this.take(table);
    return this.written;
  }

  private take(table: string): void {
    const block = this.blocks.get(table);
    if (block === undefined || block.rows === 0) return;
    const { rows } = block;
    const columns = Object.entries(parse(block.take()) as Record<string, unknown[]>).sort(
      ([a], [b]) => rank(a) - rank(b),
    );
    const lines = Array.from({ length: rows }, (_, i) => {
      const cells = columns.map(([name, values]) => [name, values[i]] as const).filter(([, value]) => isPresent(value));
      return stringify(Object.fromEntries(cells)) ?? "{}";
    });
    this.written.set(table, [...(this.written.get(table) ?? []), ...lines]);
  }
}

function isPresent(value: unknown): boolean {
  return isLosslessNumber(value) || (value !== null && value !== undefined);
}

/** Our columns come behind those of the data. */
function rank(column: string): number {
  return ["_dlt_root_id", "_dlt_parent_id", "_dlt_list_idx", "_dlt_id"].indexOf(column);
}
