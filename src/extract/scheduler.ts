import { setImmediate as nextTick, setTimeout as delay } from "node:timers/promises";
import { CancelledError } from "../core/errors.js";
import type { JsonValue } from "../core/json.js";
import { Budget, type BudgetLimits } from "./budget.js";
import type { Chain, FetchedEntry } from "./chain.js";
import { IterableFeed } from "./iterable-feed.js";
import { isFeed, PageFlights } from "./page-flights.js";
import type { ReadContext } from "./reader.js";
import type { ResourceRun } from "./resource-run.js";
import type { PageWaits } from "./wait-clock.js";

/** Rounds of requests for children that may wait while their parents go on: enough that no slow page of parents leaves a slot empty. */
const CHILD_ROUNDS = 8;

/** How long the end of a run waits for generators that do not come back. */
const FEED_GRACE_MS = 500;

export interface SchedulerOptions extends BudgetLimits {
  readonly signal: AbortSignal;
  contextOf(run: ResourceRun, bound: JsonValue, signal: AbortSignal, waits: PageWaits): ReadContext;
  /** What ends the run whatever the resource's `onError` says; undefined for ordinary failures. */
  expiry(run: ResourceRun, chain: Chain, error: unknown): Error | undefined;
  /** Commits one page; pages of one resource come in order, one at a time over all resources. */
  commit(run: ResourceRun, chain: Chain, entry: FetchedEntry): Promise<void>;
}

/**
 * Fetches pages of all resources over bounded workers and hands them on in order.
 *
 * Depth first: children before their parents' next page. Resources that have nothing to do with each other take turns, so that
 * none waits for the end of another. Fetching runs ahead of committing within bounds, so that the
 * network works while rows are normalised; the chain at the head of a queue may always fetch, so nothing can deadlock.
 * Slots that are left ask for pages early, where the reader knows which will follow.
 */
export class Scheduler {
  /** Deepest first. */
  private readonly runs: readonly ResourceRun[];
  /** The same by family; the one whose turn was longest ago comes first. */
  private readonly families: (readonly ResourceRun[])[];
  private readonly options: SchedulerOptions;
  private readonly budget: Budget;
  private readonly flights: PageFlights;
  private failure: { readonly error: unknown } | undefined;
  private wake: () => void = () => undefined;
  private changed = false;

  constructor(runs: readonly ResourceRun[], options: SchedulerOptions) {
    this.runs = [...runs].sort((a, b) => b.depth - a.depth || a.position - b.position);
    this.families = this.runs
      .filter((run) => run.parent === undefined)
      .map(({ family }) => this.runs.filter((run) => family.includes(run)));
    this.options = options;
    this.budget = new Budget(options);
    this.flights = new PageFlights({
      budget: this.budget,
      contextOf: (run, bound, signal, waits) => options.contextOf(run, bound, signal, waits),
      expiry: (run, chain, error) => options.expiry(run, chain, error),
      onLanding: () => this.notice(),
      fail: (error) => this.fail(error),
      hasFailed: () => this.failure !== undefined,
    });
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
      const ended = Promise.all([this.flights.ended(), this.closeFeeds()]);
      await (this.hasFeeds ? Promise.race([ended, delay(FEED_GRACE_MS, undefined, { ref: false })]) : ended);
    }
    if (this.failure !== undefined) throw this.failure.error;
  }

  private async loop(): Promise<void> {
    while (this.failure === undefined) {
      this.changed = false;
      this.startFetches();
      if (this.runs.some(({ queue }) => queue.head?.hasNews === true)) {
        await this.letGo();
        await this.commitOne();
      } else if (this.changed) continue; // A page came in while we looked.
      else if (this.flights.isEmpty) return;
      else {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
    }
  }

  /** Requests that were just started reach the network, and sockets are read, before rows take the CPU. */
  private async letGo(): Promise<void> {
    await nextTick();
    // undici looks for one turn whether the server has closed the idle socket that it is about to use.
    if (!this.flights.isEmpty) await nextTick();
  }

  private async commitOne(): Promise<void> {
    for (const [i, family] of this.families.entries()) {
      const run = family.find(({ queue }) => queue.head?.hasNews === true);
      const chain = run?.queue.head;
      if (run === undefined || chain === undefined) continue;
      const entry = chain.ready.shift();
      if (entry === undefined) return this.fail(chain.failure?.error);
      this.families.push(...this.families.splice(i, 1));
      this.budget.release(entry.page.bytes);
      run.pagesUnderWay -= 1;
      return this.options.commit(run, chain, entry);
    }
  }

  private startFetches(): void {
    for (const family of this.families) this.startFamily(family);
    for (const run of this.runs) this.refill(run);
    for (const run of this.runs) this.startChains(run);
    for (const run of this.runs) this.askAhead(run);
  }

  /** A family of which nothing is under way gets the first slot that is free: a long list beside many children goes on all the time. */
  private startFamily(family: readonly ResourceRun[]): void {
    if (family.some((run) => run.pagesUnderWay > 0)) return;
    for (const run of family) if (this.startHead(run)) return;
  }

  /** The next page of parents goes before their children when few of those are left: its answer would come too late otherwise. */
  private refill(run: ResourceRun): void {
    if (run.children.length > 0 && !this.isAheadOfChildren(run, 0)) this.startHead(run);
  }

  /** Fetches the next page of the chain that is to be committed, if that may be. Returns whether it is. */
  private startHead(run: ResourceRun): boolean {
    const { head } = run.queue;
    if (head === undefined || !this.hasSlotFor(run) || !this.mayFetch(run, head)) return false;
    this.flights.start(run, head);
    return true;
  }

  private startChains(run: ResourceRun): void {
    const { queue } = run;
    for (const chain of queue) {
      if (!this.hasSlotFor(run)) return;
      const isHead = chain === queue.head;
      if (!isHead && this.budget.isFull) return;
      if (this.isAheadOfChildren(run, isHead ? 0 : run.pagesUnderWay)) return;
      if (this.mayFetch(run, chain)) this.flights.start(run, chain);
    }
  }

  /** Uses slots that nobody needs for pages whose requests are known already. */
  private askAhead(run: ResourceRun): void {
    const { early } = run.reader;
    if (early === undefined || run.endsByRows) return;
    for (const chain of run.queue) {
      if (chain.isUntouched) return; // None of those behind it has begun either.
      for (;;) {
        const { ahead } = chain;
        if (ahead === undefined || !(chain.fetching || ahead.length > 0)) break;
        if (!this.hasSlotFor(run) || this.budget.isFull || this.isAheadOfChildren(run, run.pagesUnderWay)) return;
        if (ahead.length + chain.ready.length >= this.budget.mostAhead || ahead.hasFailed) break;
        const task = ahead.following(chain.task);
        if (task === undefined || task.page > chain.target.limit) break;
        this.flights.ask(run, chain, ahead, task);
      }
    }
  }

  private hasSlotFor(run: ResourceRun): boolean {
    return isFeed(run) || (this.budget.hasSlot && !this.flights.isHeld(run));
  }

  /** Parents wait with their next page until few of their children do, so that queues stay as small as a page. */
  private isAheadOfChildren(run: ResourceRun, pagesUnderWay: number): boolean {
    if (run.children.length === 0) return false;
    const expected = pagesUnderWay * run.rowsPerPage;
    const most = CHILD_ROUNDS * this.budget.allowance;
    return run.children.some((child) => child.queue.unstarted + expected >= most);
  }

  private mayFetch(run: ResourceRun, chain: Chain): boolean {
    if (chain.fetching || chain.ended || (chain.ahead?.length ?? 0) > 0) return false;
    if (chain.ready.length === 0) return true;
    // Reading ahead in a sequence: not where the rows themselves may end it, nor where they have children that go first.
    // The head needs no more than one page in hand, its commits follow at once; chains behind it use the time until they are head.
    if (run.endsByRows || run.children.length > 0 || this.budget.isFull) return false;
    return chain.ready.length < (chain === run.queue.head ? 2 : this.budget.mostAhead);
  }

  private fail(error: unknown): void {
    if (this.failure !== undefined) return;
    this.failure = { error };
    this.flights.cancel(error); // Nothing goes on in the background after `run` has ended.
    this.notice();
  }

  private notice(): void {
    this.changed = true;
    this.wake();
  }

  private get hasFeeds(): boolean {
    return this.runs.some(isFeed);
  }

  private async closeFeeds(): Promise<void> {
    for (const { reader } of this.runs) {
      // A generator's `finally` must not hide why the run ended.
      if (reader instanceof IterableFeed) await reader.close().catch(() => undefined);
    }
  }
}
