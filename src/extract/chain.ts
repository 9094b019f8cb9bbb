import type { JsonValue } from "../core/json.js";
import type { WaitTimes } from "../core/waits.js";
import type { LookAhead } from "./look-ahead.js";
import type { FetchedPage, PageTask } from "./reader.js";

/** A page that was fetched and waits for its turn to be committed. */
export interface FetchedEntry {
  readonly task: PageTask;
  readonly page: FetchedPage;
  /** That passed for this page and for no other. */
  readonly waited: WaitTimes;
}

/** A sequence of pages: of a resource without a parent, or of a child resource for one parent row. */
export class Chain {
  /** Number within the resource, in the order of the parents' rows. */
  readonly id: number;
  readonly bound: JsonValue;
  /** The page to fetch next. */
  state: JsonValue = null;
  page = 1;
  /** True while `page` is being fetched. */
  fetching = false;
  /** True when no further page is to be fetched. */
  ended = false;
  /** Fetched pages in order; only the chain at the head of its queue commits them. */
  readonly ready: FetchedEntry[] = [];
  /** Pages from `page` on (from the one after it while that is being fetched) that were asked for early. */
  ahead: LookAhead | undefined;
  /** Why the page after the ready ones cannot be had: it comes out when they are committed. */
  failure: { readonly error: unknown } | undefined;

  constructor(id: number, bound: JsonValue) {
    this.id = id;
    this.bound = bound;
  }

  /** True while nothing has been asked for. */
  get isUntouched(): boolean {
    return this.page === 1 && !this.fetching && !this.ended;
  }

  /** True when a page can be committed, or a failure has come out. */
  get hasNews(): boolean {
    return this.ready.length > 0 || this.failure !== undefined;
  }

  get task(): PageTask {
    return { bound: this.bound, state: this.state, page: this.page };
  }
}

/**
 * The open chains of one resource in the order in which they are committed. Commits follow this order whatever the
 * network does, so that inferred types, "last seen" and row order do not depend on which response came first.
 */
export class ChainQueue {
  private chains: Chain[] = [];
  private first = 0;
  private nextId = 0;
  private untouched = 0;

  /** Appends a chain. */
  add(bound: JsonValue): void {
    this.chains.push(new Chain(this.nextId, bound));
    this.nextId += 1;
    this.untouched += 1;
  }

  get head(): Chain | undefined {
    return this.chains[this.first];
  }

  get isEmpty(): boolean {
    return this.first === this.chains.length;
  }

  /** Chains of which no page was asked for yet. */
  get unstarted(): number {
    return this.untouched;
  }

  /** To be called when the first page of a chain is asked for. */
  markStarted(): void {
    this.untouched -= 1;
  }

  /** Removes the head: its last page is committed. */
  shift(): void {
    this.first += 1;
    if (this.first < 1024 || this.first * 2 < this.chains.length) return;
    this.chains = this.chains.slice(this.first); // Finished chains are let go in bulk, so that shifting stays cheap.
    this.first = 0;
  }

  /** Open chains in commit order. */
  *[Symbol.iterator](): Generator<Chain> {
    for (let i = this.first; i < this.chains.length; i++) {
      const chain = this.chains[i];
      if (chain !== undefined) yield chain;
    }
  }

  /** Forgets everything: the resource starts again. */
  clear(): void {
    this.chains = [];
    this.first = 0;
    this.nextId = 0;
    this.untouched = 0;
  }
}
