import type { HttpResponse } from "../request.js";
import { refusalDelay, retryAfterMs, type RetryPolicy } from "../retry.js";
import { askedFor, pauseUntilReset } from "./announced.js";

/** Milliseconds after the first refusal that names no time, or names none to speak of; doubled with each that follows. */
const LEAST_PAUSE = 250;
/** Milliseconds. */
const LONGEST_LEAST_PAUSE = 60_000;

/** How long an origin pauses, and why. */
export interface Pause {
  readonly ms: number;
  /** `HTTP 429, Retry-After: 42`. */
  readonly why: string;
}

/** How long one request bears with the rate limit of its API: refusals are no failures while it lasts. */
export class Patience {
  readonly #policy: RetryPolicy;
  readonly #maxMs: number;
  #waitedMs = 0;
  #refusals = 0;
  #last: Pause | undefined;

  constructor(policy: RetryPolicy) {
    this.#policy = policy;
    this.#maxMs = policy.maxRateLimitWait * 1000;
  }

  /** Milliseconds that it has waited. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  /** Milliseconds that it would still wait. */
  get leftMs(): number {
    return Math.max(0, this.#maxMs - this.#waitedMs);
  }

  get maxMs(): number {
    return this.#maxMs;
  }

  /** How often the request was refused. */
  get refusals(): number {
    return this.#refusals;
  }

  /** What the last refusal asked for; undefined before the first. */
  get last(): Pause | undefined {
    return this.#last;
  }

  /** Counts milliseconds that were waited. */
  spend(ms: number): void {
    this.#waitedMs += ms;
  }

  /**
   * The pause that a refusal asks for. What the server says is obeyed in full, and a little more, so that not everybody
   * comes back at once; when it says nothing, or goes on to refuse, at least as long as before another attempt.
   * Undefined when that is more than what is left.
   */
  refused(response: HttpResponse): Pause | undefined {
    this.#refusals += 1;
    const asked = askedFor(response);
    const growing = Math.min(LEAST_PAUSE * 2 ** (this.#refusals - 1), LONGEST_LEAST_PAUSE);
    const least = growing * (1 + Math.random() / 2);
    const wanted = asked?.ms ?? refusalDelay(this.#policy, this.#refusals);
    const why = [`HTTP ${response.status}`, asked?.header].filter((part) => part !== undefined).join(", ");
    this.#last = { ms: wanted, why };
    if (wanted > this.leftMs || this.leftMs === 0) return undefined;
    const ms = Math.max(least, wanted + Math.random() * Math.min(wanted / 20, 500));
    return { ms: Math.min(ms, this.leftMs), why };
  }
}

/** The pause after an answer that is no refusal: the service is down for a time that it names (for at most `maxRetryDelay` seconds), or nothing is left. */
export function pauseAfter(response: HttpResponse, maxRetryDelay: number): Pause | undefined {
  const header = response.headers["retry-after"];
  const down = response.status === 503 ? (retryAfterMs(header, Date.now()) ?? 0) : 0;
  if (down > 0)
    return { ms: Math.min(down, maxRetryDelay * 1000), why: `HTTP 503, ${askedFor(response)?.header ?? ""}` };
  const reset = pauseUntilReset(response);
  return reset === undefined ? undefined : { ms: reset.ms, why: reset.header };
}
