import { HttpStatusError, PaginationError } from "../rest/errors.js";
import type { Chain } from "./chain.js";
import type { ResourceRun } from "./resource-run.js";

/** Answers by which APIs say that they do not know a page token (any more). Not those that are about credentials or pace. */
const EXPIRED_STATUS: ReadonlySet<number> = new Set([400, 404, 409, 410, 412, 416, 422]);

/** Ends an extraction whose resource cannot go on at the page where an earlier process stopped. */
export class PageExpired extends Error {
  readonly run: ResourceRun;
  constructor(run: ResourceRun, cause: Error) {
    super(cause.message, { cause });
    this.run = run;
  }
}

/**
 * The sequences of pages that go on in the middle, at a page whose token an earlier process was given. Between the two
 * runs it may have expired; when the first request with it is refused, the resource can only be read from its start.
 */
export class ResumedChains {
  /** The page at which each goes on. */
  private readonly pages = new Map<Chain, number>();

  /** Takes note of what a replayed journal left open: only the head of a queue can be in its middle. */
  constructor(runs: readonly ResourceRun[]) {
    for (const { queue } of runs)
      if (queue.head !== undefined && queue.head.page > 1) this.pages.set(queue.head, queue.head.page);
  }

  /** What to end with when `error`, of a request for the chain's page, means that its token has expired; else undefined. */
  expiry(run: ResourceRun, chain: Chain, error: unknown): PageExpired | undefined {
    if (this.pages.get(chain) !== chain.page) return undefined;
    const isExpired =
      (error instanceof HttpStatusError && EXPIRED_STATUS.has(error.status)) ||
      (error instanceof PaginationError && error.code === "SLUICE_PAGE_SEALED");
    return isExpired ? new PageExpired(run, error) : undefined;
  }
}
