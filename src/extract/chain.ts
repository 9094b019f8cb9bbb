import type { JsonValue } from "../core/json.js";
import type { CursorWindow } from "./incremental/windows.js";
import type { LookAhead } from "./look-ahead.js";
import type { FetchedPage, PageTask } from "./reader.js";
import type { Waited } from "./wait-clock.js";

/** A page that was fetched and waits for its turn to be committed. */
export interface FetchedEntry {
  readonly task: PageTask;
  readonly page: FetchedPage;
  readonly waited: Waited;
}

/** What a chain reads. */
export interface ChainTarget {
  /** What the parent link bound; null without a parent. */
  readonly bound: JsonValue;
  /** The part of the cursor's range; undefined: all of it. */
  readonly window?: CursorWindow | undefined;
  /** Pages that may be read. */
  readonly limit: number;
  /** Windows to be read one after the other, once this one is through. */
  readonly following?: readonly CursorWindow[];
}

/** A sequence of pages: of a resource without a parent, of a child resource for one parent row, of one window of either. */
export class Chain {
  /** Number within the resource, in the order of the parents' rows. */
  readonly id: number;
  readonly target: ChainTarget;
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

  constructor(id: number, target: ChainTarget) {
    this.id = id;
    this.target = target;
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
    const { bound, window } = this.target;
    return { bound, state: this.state, page: this.page, ...(window && { window }) };
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
  add(target: ChainTarget): void {
    this.chains.push(this.newChain(target));
  }

  /** Removes the head, whose last page is committed; what goes on from it takes its place. */
  replaceHead(target: ChainTarget): void {
    this.chains[this.first] = this.newChain(target);
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

  private newChain(target: ChainTarget): Chain {
    this.untouched += 1;
    this.nextId += 1;
    return new Chain(this.nextId - 1, target);
  }

  /** Forgets everything: the resource starts again. */
  clear(): void {
    this.chains = [];
    this.first = 0;
    this.nextId = 0;
    this.untouched = 0;
  }
}
