import type { FetchedPage, PagedReader, PageTask, ReadContext } from "./reader.js";

/** Rows of a list that are committed together. */
const ROWS_PER_PAGE = 1000;

/**
 * A list in memory as a resource that can be resumed: the state is the position of the next row. Elements that are
 * lists themselves count as pages of rows.
 */
export class ListReader implements PagedReader {
  readonly kind = "paged";
  private readonly elements: readonly unknown[];
  private readonly rows: readonly unknown[];

  constructor(elements: readonly unknown[]) {
    this.elements = elements;
    this.rows = flat(elements);
  }

  /** The rows in pages. */
  *pages(): Generator<readonly unknown[]> {
    for (let from = 0; from < this.rows.length; from += ROWS_PER_PAGE)
      yield this.rows.slice(from, from + ROWS_PER_PAGE);
  }

  fetch(task: PageTask, { limit = Infinity }: ReadContext): Promise<FetchedPage> {
    // A limit counts elements, as it counts what a generator yields.
    const isCut = limit < this.elements.length;
    const most = isCut ? flat(this.elements.slice(0, limit)).length : this.rows.length;
    const from = typeof task.state === "number" ? task.state : 0;
    const items = this.rows.slice(from, Math.min(from + ROWS_PER_PAGE, most));
    const end = from + items.length;
    const last = end >= most;
    return Promise.resolve({
      items,
      next: last ? null : end,
      ...(last ? { stop: isCut ? ("limit" as const) : ("exhausted" as const) } : {}),
      warnings: [],
      requests: 0,
      retries: 0,
      bytes: 0,
    });
  }
}

function flat(elements: readonly unknown[]): readonly unknown[] {
  return elements.some((element) => Array.isArray(element)) ? elements.flat(1) : elements;
}
