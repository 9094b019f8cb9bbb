/** What an answer says is left of a limit of the API. */
export interface Left {
  /** Requests; 0 or more. */
  readonly requests: number;
  /** Milliseconds until the limit begins anew. */
  readonly ms: number;
}

/**
 * What is left of the API's own limit, as its newest answer says. As long as no more requests are in flight than that, none of
 * them is refused, whatever of them the API has counted already. Pure: the caller brings the time.
 */
export class Remaining {
  #left = Infinity;
  #sentAt = -Infinity;
  #resetsAt = Infinity;
  /** The most that there was at the beginning of a window, as far as is known. */
  #most = 0;

  /** Requests that may be in flight now: at least one, whose answer says more. */
  allowed(now: number): number {
    if (now >= this.#resetsAt) {
      this.#left = this.#most;
      this.#resetsAt = Infinity;
    }
    return Math.max(1, this.#left);
  }

  /** Takes over what the answer to a request says that was sent at `sentAt`. Answers overtake each other: one to an older request can only lower it. */
  note({ requests, ms }: Left, sentAt: number, now: number): void {
    // The request itself is counted.
    this.#most = Math.max(this.#most, requests + 1);
    if (sentAt < this.#sentAt && requests >= this.#left) return;
    this.#left = requests;
    this.#sentAt = Math.max(sentAt, this.#sentAt);
    this.#resetsAt = now + ms;
  }
}
