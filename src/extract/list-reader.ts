import type { FetchedPage, PagedReader, PageTask } from "./reader.js";

/** Rows of a list that are committed together. */
const ROWS_PER_PAGE = 1000;

/**
 * A list in memory as a resource that can be resumed: the state is the position of the next row. Elements that are
 * lists themselves count as pages of rows.
 */
export class ListReader implements PagedReader {
  readonly kind = "paged";
  private readonly rows: readonly unknown[];

  constructor(rows: readonly unknown[]) {
    this.rows = rows.some((row) => Array.isArray(row)) ? rows.flat(1) : rows;
  }

  /** The rows in pages. */
  *pages(): Generator<readonly unknown[]> {
    for (let from = 0; from < this.rows.length; from += ROWS_PER_PAGE)
      yield this.rows.slice(from, from + ROWS_PER_PAGE);
  }

  fetch(task: PageTask): Promise<FetchedPage> {
    const from = typeof task.state === "number" ? task.state : 0;
    const items = this.rows.slice(from, from + ROWS_PER_PAGE);
    const end = from + items.length;
    const last = end >= this.rows.length;
    return Promise.resolve({
      items,
      next: last ? null : end,
      ...(last ? { stop: "exhausted" as const } : {}),
      warnings: [],
      requests: 0,
      retries: 0,
      bytes: 0,
    });
  }
}
