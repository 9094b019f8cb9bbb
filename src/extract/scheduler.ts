import { setImmediate as nextTick, setTimeout as delay } from "node:timers/promises";
import { CancelledError, messageOf } from "../core/errors.js";
import type { Chain, FetchedEntry } from "./chain.js";
import { extractError } from "./errors.js";
import { IterableFeed } from "./iterable-feed.js";
import type { FetchedPage, ReadContext } from "./reader.js";
import type { ResourceRun } from "./resource-run.js";

/** Pages that one chain may be ahead of its commits. */
const MAX_PAGES_AHEAD = 16;

/** How long the end of a run waits for generators that do not come back. */
const FEED_GRACE_MS = 500;

export interface SchedulerOptions {
  /** Requests in flight at the same time, over all resources. */
  readonly concurrency: number;
  /** Pages that may wait for an earlier one of their resource before no further request is sent. */
  readonly maxWaitingPages: number;
  /** Bytes of bodies that may wait so. */
  readonly maxWaitingBytes: number;
  readonly signal: AbortSignal;
  contextOf(run: ResourceRun, signal: AbortSignal, onWait: ReadContext["onWait"]): ReadContext;
  /** Commits one page; pages of one resource come in order, one at a time over all resources. */
  commit(run: ResourceRun, chain: Chain, entry: FetchedEntry): Promise<void>;
}

/**
 * Fetches pages of all resources over bounded workers and hands them on in order.
 *
 * Depth first: children before their parents' next page. Fetching runs ahead of committing within bounds, so that the
 * network works while rows are normalised; the chain at the head of a queue may always fetch, so nothing can deadlock.
 */
export class Scheduler {
  private readonly runs: readonly ResourceRun[];
  private readonly options: SchedulerOptions;
  private readonly inFlight = new Set<Promise<void>>();
  private requests = 0;
  private waitingPages = 0;
  private waitingBytes = 0;
  private failure: { readonly error: unknown } | undefined;
  private wake: () => void = () => undefined;
  private changed = false;
  /** Aborted when the user cancels or any page fails: nothing goes on in the background after `run` has ended. */
  private readonly abort = new AbortController();

  constructor(runs: readonly ResourceRun[], options: SchedulerOptions) {
    this.runs = [...runs].sort((a, b) => b.depth - a.depth || a.position - b.position);
    this.options = options;
  }

  /** Returns when every page is committed. Throws the first failure, after all requests in flight have ended. */
  async run(): Promise<void> {
    const { signal } = this.options;
    const cancel = (): void => {
      this.fail(
        new CancelledError("The run was cancelled", {
          hint: "What was committed is kept: run again to go on from there.",
        }),
      );
    };
    if (signal.aborted) cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      await this.loop();
    } catch (error) {
      this.fail(error);
    } finally {
      signal.removeEventListener("abort", cancel);
      // A user's generator may wait for something that never comes: it is told to end and given a moment.
      const ended = Promise.allSettled([...this.inFlight, this.closeFeeds()]);
      await (this.hasFeeds ? Promise.race([ended, delay(FEED_GRACE_MS, undefined, { ref: false })]) : ended);
    }
    if (this.failure !== undefined) throw this.failure.error;
  }

  private async loop(): Promise<void> {
    while (this.failure === undefined) {
      this.changed = false;
      this.startFetches();
      if (await this.commitOne()) await nextTick(); // Lets sockets be read between two pages of CPU work.
      else if (this.changed) continue; // A page came in while we looked.
      else if (this.inFlight.size === 0) return;
      else {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
    }
  }

  private async commitOne(): Promise<boolean> {
    for (const run of this.runs) {
      const chain = run.queue.head;
      const entry = chain?.ready.shift();
      if (chain === undefined || entry === undefined) continue;
      this.waitingPages -= 1;
      this.waitingBytes -= entry.page.bytes;
      await this.options.commit(run, chain, entry);
      return true;
    }
    return false;
  }

  private startFetches(): void {
    for (const run of this.runs) {
      const isFeed = run.reader instanceof IterableFeed; // Pulling a user's generator is not a request of ours.
      if (run.queue.isEmpty || this.isAheadOfChildren(run)) continue;
      for (const chain of run.queue) {
        if (!isFeed && this.requests >= this.options.concurrency) break;
        const isHead = chain === run.queue.head;
        if (!isHead && this.isFull) break;
        if (!this.mayFetch(run, chain, isHead)) continue;
        this.start(run, chain, isFeed);
      }
    }
  }

  private get isFull(): boolean {
    return this.waitingPages >= this.options.maxWaitingPages || this.waitingBytes >= this.options.maxWaitingBytes;
  }

  /** A parent waits with its next page until its children's queues are nearly drained: queues stay as small as a page. */
  private isAheadOfChildren(run: ResourceRun): boolean {
    return run.children.some((child) => child.queue.unstarted >= this.options.concurrency);
  }

  private mayFetch(run: ResourceRun, chain: Chain, isHead: boolean): boolean {
    if (chain.fetching || chain.ended) return false;
    if (chain.ready.length === 0) return true;
    // Reading ahead in a sequence: not where the rows themselves may end it, nor where they have children that go first.
    // The head needs no more than one page in hand, its commits follow at once; chains behind it use the time until they are head.
    if (run.definition.incremental?.rowOrder !== undefined || run.children.length > 0 || this.isFull) return false;
    return chain.ready.length < (isHead ? 2 : MAX_PAGES_AHEAD);
  }

  private start(run: ResourceRun, chain: Chain, isFeed: boolean): void {
    if (chain.page === 1) run.queue.markStarted();
    chain.fetching = true;
    if (!isFeed) this.requests += 1;
    const flight = this.fetch(run, chain).finally(() => {
      chain.fetching = false;
      if (!isFeed) this.requests -= 1;
      this.inFlight.delete(flight);
      this.changed = true;
      this.wake();
    });
    this.inFlight.add(flight);
  }

  private async fetch(run: ResourceRun, chain: Chain): Promise<void> {
    const { task } = chain;
    let waitedMs = 0;
    const context = this.options.contextOf(run, this.abort.signal, (_reason, ms) => {
      waitedMs += ms;
    });
    let page: FetchedPage;
    try {
      page = await run.reader.fetch(task, context);
    } catch (error) {
      if (this.failure !== undefined) return; // Ended by our own abort: the failure that caused it is already known.
      if (run.definition.onError === "fail") {
        this.fail(
          extractError(error, run.name, task.page, run.reader instanceof IterableFeed ? "the generator" : "reading"),
        );
        return;
      }
      page = skippedPage(run.name, task.page, error);
    }
    const limited = page.next !== null && run.definition.limit !== undefined && task.page >= run.definition.limit;
    if (limited) page = { ...page, next: null, stop: "limit" };
    chain.ready.push({ task, page, waitedMs });
    this.waitingPages += 1;
    this.waitingBytes += page.bytes;
    if (page.next === null) chain.ended = true;
    else {
      chain.state = page.next;
      chain.page += 1;
    }
  }

  private fail(error: unknown): void {
    if (this.failure !== undefined) return;
    this.failure = { error };
    this.abort.abort(error);
    this.changed = true;
    this.wake();
  }

  private get hasFeeds(): boolean {
    return this.runs.some((run) => run.reader instanceof IterableFeed);
  }

  private async closeFeeds(): Promise<void> {
    for (const { reader } of this.runs) {
      // A generator's `finally` must not hide why the run ended.
      if (reader instanceof IterableFeed) await reader.close().catch(() => undefined);
    }
  }
}

function skippedPage(resource: string, page: number, error: unknown): FetchedPage {
  const message = `Resource "${resource}", page ${page} could not be read and was skipped: ${messageOf(error)}`;
  return {
    items: [],
    next: null,
    stop: "skipped",
    warnings: [{ code: "skipped", message, resource }],
    requests: 0,
    retries: 0,
    bytes: 0,
  };
}
