import type { FetchedPage, IterableReader, PagedReader, PageTask, ReadContext } from "./reader.js";

/** Rows of a generator that yields single rows are committed in groups of this many. */
const ROWS_PER_PAGE = 1000;

/** Stands in the `next` field while the iterator is not at its end; an iterator has no state that could be stored. */
const MORE = "more";

/**
 * Makes pages of a user's iterable: a yielded list is a page, single rows are gathered. It cannot start in the middle;
 * on resume the resource is reset and read again.
 */
export class IterableFeed implements PagedReader {
  readonly kind = "paged";
  private readonly reader: IterableReader;
  private iterator: AsyncIterator<unknown> | Iterator<unknown> | undefined;
  /** A list that came while single rows were being gathered. */
  private held: readonly unknown[] | undefined;

  constructor(reader: IterableReader) {
    this.reader = reader;
  }

  async fetch(task: PageTask, context: ReadContext): Promise<FetchedPage> {
    if (task.page === 1) {
      this.iterator = iteratorOf(this.reader.open(context));
      this.held = undefined;
    }
    if (this.held !== undefined) {
      const items = this.held;
      this.held = undefined;
      return page(items, MORE);
    }
    const rows: unknown[] = [];
    while (rows.length < ROWS_PER_PAGE) {
      const step = await this.iterator?.next();
      if (step === undefined || step.done === true) return page(rows, null);
      const { value } = step;
      if (!Array.isArray(value)) {
        if (value !== null && value !== undefined) rows.push(value);
      } else if (rows.length === 0) return page(value, MORE);
      else {
        this.held = value;
        break;
      }
    }
    return page(rows, MORE);
  }

  /** Tells the user's generator that no more is wanted (limit, cancel, failure), so that its `finally` runs. */
  async close(): Promise<void> {
    await this.iterator?.return?.();
  }
}

function page(items: readonly unknown[], next: string | null): FetchedPage {
  return {
    items,
    next,
    ...(next === null ? { stop: "exhausted" as const } : {}),
    warnings: [],
    requests: 0,
    retries: 0,
    bytes: 0,
  };
}

function iteratorOf(iterable: AsyncIterable<unknown> | Iterable<unknown>): AsyncIterator<unknown> | Iterator<unknown> {
  return Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]();
}
