import { messageOf } from "../core/errors.js";
import type { JsonValue } from "../core/json.js";
import { AuthError, RateLimitError } from "../rest/errors.js";
import type { Budget } from "./budget.js";
import type { Chain } from "./chain.js";
import { extractError } from "./errors.js";
import { IterableFeed } from "./iterable-feed.js";
import { type EarlyOutcome, type EarlyPage, LookAhead } from "./look-ahead.js";
import type { FetchedPage, PageTask, ReadContext } from "./reader.js";
import type { ResourceRun } from "./resource-run.js";
import { type LimitReason, PageWaits, type Waited } from "./wait-clock.js";

export interface FlightOptions {
  readonly budget: Budget;
  contextOf(run: ResourceRun, bound: JsonValue, signal: AbortSignal, waits: PageWaits): ReadContext;
  /** What ends the run whatever the resource's `onError` says; undefined for ordinary failures. */
  expiry(run: ResourceRun, chain: Chain, error: unknown): Error | undefined;
  /** A request has ended, and what came of it is where it belongs; or slots have become free. */
  onLanding(): void;
  /** The run ends with this error. */
  fail(error: unknown): void;
  hasFailed(): boolean;
}

/**
 * The requests of a run, from the moment they are sent until their pages stand in their chains, ready to be committed.
 * Pages that were asked for early are read in the order of their chain, whenever they came.
 */
export class PageFlights {
  private readonly options: FlightOptions;
  private readonly inFlight = new Set<Promise<void>>();
  private readonly abort = new AbortController();
  /** Early requests in flight: each can be ended on its own. */
  private readonly early = new Set<EarlyPage>();
  /** Requests that wait for a rate limit, by origin or resource: they take no slot from others. */
  private readonly held = new Map<ResourceRun | string, number>();

  constructor(options: FlightOptions) {
    this.options = options;
  }

  get isEmpty(): boolean {
    return this.inFlight.size === 0;
  }

  /** Resolves when all that are in flight now have ended. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.inFlight);
  }

  /** Ends all of them. */
  cancel(reason: unknown): void {
    this.abort.abort(reason);
    for (const page of this.early) page.abort.abort(reason);
  }

  /**
   * True while a request of the resource waits for a declared limit, or one to the same origin because the API asked for
   * it: another one would only wait behind it.
   */
  isHeld(run: ResourceRun): boolean {
    const { origin } = run.reader;
    return this.held.has(run) || (origin !== undefined && this.held.has(origin));
  }

  /** Fetches the chain's next page. */
  start(run: ResourceRun, chain: Chain): void {
    if (chain.page === 1) run.queue.markStarted();
    chain.fetching = true;
    const { task } = chain;
    this.fly(run, async () => {
      const waits = this.waitsOf(run);
      const context = this.contextOf(run, task.bound, this.abort.signal, waits);
      const page = await run.reader.fetch(task, context).catch((error: unknown) => this.missed(run, chain, error));
      const waited = waits.finish();
      chain.fetching = false;
      if (page === undefined) return;
      this.arrive(run, chain, page, waited);
      this.readAhead(run, chain);
    });
  }

  /** Asks for a page early. */
  ask(run: ResourceRun, chain: Chain, ahead: LookAhead, task: PageTask): void {
    const page: EarlyPage = { task, abort: new AbortController(), outcome: undefined, dropped: false };
    ahead.push(page);
    this.early.add(page);
    this.fly(run, async () => {
      const waits = this.waitsOf(run);
      const context = this.contextOf(run, task.bound, page.abort.signal, waits);
      try {
        const answer = await run.reader.early?.ask(task, context);
        if (answer !== undefined) page.outcome = { answer, waited: waits.finish() };
      } catch (error) {
        page.outcome = { answer: undefined, error, waited: waits.finish() };
      }
      this.early.delete(page);
      if (page.dropped) return;
      this.options.budget.hold(bytesOf(page));
      this.readAhead(run, chain);
    });
  }

  /** Keeps count of a request, or of a pull at a generator, until it has ended. */
  private fly(run: ResourceRun, send: () => Promise<void>): void {
    const flight = isFeed(run) ? undefined : this.options.budget.takeOff(run.pageBytes);
    run.pagesUnderWay += 1;
    const flown = send()
      .catch((error: unknown) => this.options.fail(error))
      .finally(() => {
        if (flight !== undefined) this.options.budget.land(flight);
        this.inFlight.delete(flown);
        this.options.onLanding();
      });
    this.inFlight.add(flown);
  }

  /** Reads the pages that came early, as far as their turn has come. */
  private readAhead(run: ResourceRun, chain: Chain): void {
    while (!chain.fetching) {
      const first = chain.ahead?.first;
      if (first?.outcome === undefined) return;
      chain.ahead?.shift();
      this.options.budget.release(bytesOf(first));
      const page = this.readEarly(run, chain, first.outcome);
      if (page === undefined) return;
      this.arrive(run, chain, page, first.outcome.waited);
    }
  }

  private readEarly(run: ResourceRun, chain: Chain, outcome: EarlyOutcome): FetchedPage | undefined {
    if (outcome.answer === undefined) return this.missed(run, chain, outcome.error);
    try {
      return outcome.answer.read(chain.task);
    } catch (error) {
      return this.missed(run, chain, error);
    }
  }

  /** A page came, and is the next one of its chain. */
  private arrive(run: ResourceRun, chain: Chain, fetched: FetchedPage, waited: Waited): void {
    const { task } = chain;
    const limited = fetched.next !== null && task.page >= chain.target.limit;
    const page: FetchedPage = limited ? { ...fetched, next: null, stop: "limit" } : fetched;
    if (page.next === null) chain.ended = true;
    else {
      chain.state = page.next;
      chain.page += 1;
    }
    this.adjustAhead(run, chain, page);
    const requests = page.requests + (chain.ahead?.takeWasted() ?? 0);
    chain.ready.push({ task, page: { ...page, requests }, waited });
    this.options.budget.hold(page.bytes);
    run.sawPage(page.bytes);
  }

  /** What was asked for early is kept while it is what the sequence goes on with. */
  private adjustAhead(run: ResourceRun, chain: Chain, page: FetchedPage): void {
    const { early } = run.reader;
    if (early === undefined) return;
    const first = chain.ahead?.first;
    if (first !== undefined) {
      const context = this.contextOf(run, first.task.bound, this.abort.signal, this.waitsOf(run));
      if (chain.ended || !early.asksSame(first.task, chain.task, context)) this.dropAhead(run, chain);
    }
    if (page.ahead !== undefined && !chain.ended) chain.ahead ??= new LookAhead();
    chain.ahead?.expect(page.ahead ?? []);
  }

  private dropAhead(run: ResourceRun, chain: Chain): void {
    for (const page of chain.ahead?.drop() ?? []) {
      run.pagesUnderWay -= 1;
      if (page.outcome !== undefined) this.options.budget.release(bytesOf(page));
    }
  }

  /** The page in whose place a failure stands; undefined when it ends the run. */
  private missed(run: ResourceRun, chain: Chain, error: unknown): FetchedPage | undefined {
    if (this.options.hasFailed()) return undefined; // Ended by our own abort: the failure that caused it is already known.
    const expired = this.options.expiry(run, chain, error);
    if (expired !== undefined) {
      this.options.fail(expired);
      return undefined;
    }
    if (run.definition.onError === "skip" && !isOfAllPages(error)) return skippedPage(run.name, chain.page, error);
    const failure = extractError(error, run.name, chain.page, isFeed(run) ? "the generator" : "reading");
    chain.ended = true;
    this.dropAhead(run, chain);
    // What came before it is committed first, so that the next run has less to do.
    if (chain === run.queue.head && chain.ready.length > 0) chain.failure = { error: failure };
    else this.options.fail(failure);
    return undefined;
  }

  private contextOf(run: ResourceRun, bound: JsonValue, signal: AbortSignal, waits: PageWaits): ReadContext {
    const context = this.options.contextOf(run, bound, signal, waits);
    return run.endsByRows ? context : { ...context, ahead: this.options.budget.mostAhead };
  }

  private waitsOf(run: ResourceRun): PageWaits {
    return new PageWaits(run.waits, (reason, isHeld) => this.setHeld(run, reason, isHeld));
  }

  private setHeld(run: ResourceRun, reason: LimitReason, isHeld: boolean): void {
    if (isFeed(run)) return; // It never had a slot.
    if (isHeld) this.options.budget.standBy();
    else this.options.budget.goOn();
    // A declared limit may be that of one endpoint alone.
    const key = reason === "throttled" ? (run.reader.origin ?? run) : run;
    const count = (this.held.get(key) ?? 0) + (isHeld ? 1 : -1);
    if (count === 0) this.held.delete(key);
    else this.held.set(key, count);
    this.options.onLanding();
  }
}

/**
 * True for failures that are no fault of the page. A quota that is used up: it can be had later, when the run goes on. A
 * token that cannot be had: page after page would be skipped, down to an empty load that looks like a success.
 */
function isOfAllPages(error: unknown): boolean {
  return error instanceof RateLimitError || error instanceof AuthError;
}

/** Pulling a user's generator is not a request of ours. */
export function isFeed({ reader }: ResourceRun): boolean {
  return reader instanceof IterableFeed;
}

function bytesOf({ outcome }: EarlyPage): number {
  return outcome?.answer?.bytes ?? 0;
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
