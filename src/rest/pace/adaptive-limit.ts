/** As many as the transport has sockets for one origin: from here on there is nothing to limit. */
const MOST = 100;

/** How a request ended, as far as the pace is concerned. `refused`: 429 and its kind, or 503. */
export type Outcome = "succeeded" | "refused" | "other";

/** A request in flight. */
export interface Flight {
  readonly sentAt: number;
  /** The most that were in flight at the same time with it. */
  most: number;
}

/**
 * How many requests an origin bears at the same time, learnt from its answers: halved when it refuses, raised by one for
 * every round of successes (additive increase, multiplicative decrease, as TCP does it). Unlimited until the first
 * refusal, since the callers bound what they send. Pure: the caller brings the time.
 */
export class AdaptiveLimit {
  readonly #flights = new Set<Flight>();
  #limit = Infinity;
  #loweredAt = -Infinity;
  /** Successes since the last change. */
  #successes = 0;

  /** A whole number from 1, or Infinity. */
  get value(): number {
    return this.#limit;
  }

  /** True when one more request may be sent. */
  get hasRoom(): boolean {
    return this.#flights.size < this.#limit;
  }

  /** A request is sent now. */
  send(now: number): Flight {
    const flight = { sentAt: now, most: 0 };
    this.#flights.add(flight);
    flight.most = this.#flights.size;
    // Beyond what is ever limited the exact number does not matter, and would cost the more the more there are.
    if (flight.most <= MOST) for (const other of this.#flights) other.most = Math.max(other.most, flight.most);
    return flight;
  }

  /** It was answered, or has failed. */
  end(flight: Flight, outcome: Outcome, now: number): void {
    this.#flights.delete(flight);
    // What was sent before the last lowering tells of the same overload, or of the time before it.
    if (flight.sentAt < this.#loweredAt || outcome === "other") return;
    if (outcome === "refused") this.#lower(flight, now);
    // Where fewer were under way than allowed, success says nothing of more.
    else if (this.#limit < Infinity && flight.most >= this.#limit) this.#raise();
  }

  #lower(flight: Flight, now: number): void {
    this.#limit = Math.max(1, Math.floor(Math.min(this.#limit, flight.most) / 2));
    this.#loweredAt = now;
    this.#successes = 0;
  }

  #raise(): void {
    this.#successes += 1;
    if (this.#successes < this.#limit) return;
    this.#successes = 0;
    this.#limit = this.#limit >= MOST ? Infinity : this.#limit + 1;
  }
}
