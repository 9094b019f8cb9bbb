import type { JsonValue } from "../core/json.js";
import type { EarlyAnswer, PageTask } from "./reader.js";
import type { Waited } from "./wait-clock.js";

/** How the request of a page that was asked for early ended. */
export type EarlyOutcome = { readonly waited: Waited } & (
  | { readonly answer: EarlyAnswer }
  | { readonly answer: undefined; readonly error: unknown }
);

/** A page that was asked for before the page in front of it was read. */
export interface EarlyPage {
  readonly task: PageTask;
  /** Ends the request when nobody wants its answer any more. */
  readonly abort: AbortController;
  /** Undefined while the request is in flight. */
  outcome: EarlyOutcome | undefined;
  /** True when it turned out to be no page of the sequence. */
  dropped: boolean;
}

/**
 * The pages of one chain that were asked for early, in order. They are requests and answers, no more: the chain reads
 * them one by one when their turn comes, so that rows, guards and the end are those of a chain that reads page by page.
 */
export class LookAhead {
  private guesses: readonly JsonValue[] = [];
  private pages: EarlyPage[] = [];
  /** Requests whose answers were thrown away and that no page's cost has yet. */
  private wasted = 0;

  /** Pages asked for. */
  get length(): number {
    return this.pages.length;
  }

  get first(): EarlyPage | undefined {
    return this.pages[0];
  }

  /** True when one of them could not be had: those behind it are probably beyond the end. */
  get hasFailed(): boolean {
    return this.pages.some(({ outcome }) => outcome !== undefined && outcome.answer === undefined);
  }

  /** Takes over what the page before `next` said about the pages after `next`. */
  expect(guesses: readonly JsonValue[]): void {
    this.guesses = guesses;
  }

  /** The page to ask for next, when `next` is the page that the chain reads next; undefined when it is not known. */
  following(next: PageTask): PageTask | undefined {
    const distance = (this.pages.at(-1)?.task.page ?? next.page) + 1 - next.page;
    const state = this.guesses[distance - 1];
    return state === undefined ? undefined : { ...next, state, page: next.page + distance };
  }

  push(page: EarlyPage): void {
    this.pages.push(page);
  }

  /** Removes the first page: it is read now. */
  shift(): void {
    this.pages.shift();
  }

  /** Throws all of them away; what is in flight ends. */
  drop(): readonly EarlyPage[] {
    const dropped = this.pages;
    for (const page of dropped) {
      page.dropped = true;
      if (page.outcome === undefined) page.abort.abort();
      this.wasted += page.outcome?.answer?.requests ?? 1;
    }
    this.pages = [];
    this.guesses = [];
    return dropped;
  }

  /** Requests for nothing since the last call. */
  takeWasted(): number {
    const { wasted } = this;
    this.wasted = 0;
    return wasted;
  }
}
