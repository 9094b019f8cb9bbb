import { describeWindow, type WindowLimit } from "./rate-limit.js";

/** Milliseconds for which an unanswered request is taken to be still on its way: a tenth of the window, within these bounds. */
const LEAST_TRANSIT = 500;
const MOST_TRANSIT = 10_000;

/** Entries that have left the window before they are let go in bulk. */
const BULK = 1024;

/**
 * The requests of one sliding window. Pure: the caller brings the time, in milliseconds of any steady clock.
 *
 * The limit is kept as the server counts it. A request arrives there some time between its sending and its answer, so
 * it counts from its answer, or from half a second (for long windows up to ten) after it was sent, whichever comes first:
 * as long as no request is longer on its way than that, no `limit.ms` at the server sees more than `limit.requests`.
 */
export class RequestWindow {
  readonly #limit: WindowLimit;
  readonly #transit: number;
  /** From when each request counts, in the order of sending. */
  #counted: number[] = [];
  /** Position in `#counted` of the first request that still matters. */
  #first = 0;
  /** Requests that are no longer in `#counted`. */
  #gone = 0;

  constructor(limit: WindowLimit) {
    this.#limit = limit;
    this.#transit = Math.min(Math.max(LEAST_TRANSIT, Math.ceil(limit.ms / 10)), MOST_TRANSIT);
  }

  /** `10 per second`. */
  get text(): string {
    return describeWindow(this.#limit);
  }

  /** When the next request may be sent, if `ahead` others go before it: `now` or later. */
  opensAt(now: number, ahead = 0): number {
    this.#forget(now);
    const { requests, ms } = this.#limit;
    const rounds = Math.floor(ahead / requests);
    // The request that must have left the window first: as many before the new one as may be in it.
    const before = this.#counted[this.#counted.length - requests + (ahead % requests)];
    const inLog = this.#counted.length - requests + (ahead % requests) >= this.#first;
    return (before === undefined || !inLog ? now : Math.max(now, before + ms)) + rounds * ms;
  }

  /** Notes a request that is sent now. The number it returns is for `answered`. */
  send(now: number): number {
    this.#forget(now);
    this.#counted.push(now + this.#transit);
    return this.#gone + this.#counted.length - 1;
  }

  /** Notes that request `number` was answered, or has failed. */
  answered(number: number, now: number): void {
    const at = number - this.#gone;
    const counted = this.#counted[at];
    if (counted !== undefined && now < counted) this.#counted[at] = now;
  }

  /** Lets go what has left the window, and what more requests came after than the limit has. */
  #forget(now: number): void {
    const { requests, ms } = this.#limit;
    const counted = this.#counted;
    this.#first = Math.max(this.#first, counted.length - requests);
    while (this.#first < counted.length && (counted[this.#first] ?? 0) + ms <= now) this.#first += 1;
    if (this.#first < BULK || this.#first * 2 < counted.length) return;
    this.#counted = counted.slice(this.#first);
    this.#gone += this.#first;
    this.#first = 0;
  }
}
