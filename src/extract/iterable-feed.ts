import type { StopReason } from "../core/stop.js";
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
  /** What was taken from the iterator so far: with a limit, each list and each row counts as one. */
  private taken = 0;

  constructor(reader: IterableReader) {
    this.reader = reader;
  }

  async fetch(task: PageTask, context: ReadContext): Promise<FetchedPage> {
    if (task.page === 1) {
      this.iterator = iteratorOf(this.reader.open(context));
      this.held = undefined;
      this.taken = 0;
    }
    if (this.held !== undefined) {
      const items = this.held;
      this.held = undefined;
      return page(items, MORE);
    }
    const rows: unknown[] = [];
    const { limit = Infinity } = context;
    while (rows.length < ROWS_PER_PAGE) {
      if (this.taken === limit) return page(rows, null, "limit");
      this.taken += 1;
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

function page(items: readonly unknown[], next: string | null, stop: StopReason = "exhausted"): FetchedPage {
  return {
    items,
    next,
    ...(next === null ? { stop } : {}),
    warnings: [],
    requests: 0,
    retries: 0,
    bytes: 0,
  };
}

function iteratorOf(iterable: AsyncIterable<unknown> | Iterable<unknown>): AsyncIterator<unknown> | Iterator<unknown> {
  return Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]();
}
