import { redactUrl } from "../core/redaction.js";
import type { HttpResponse } from "./request.js";
import { pause, retryAfterMs, tellWait, type OnWait } from "./retry.js";

/** A declared limit: not more than `requests` in any `seconds`. */
export interface RateLimit {
  readonly requests: number;
  readonly seconds: number;
}

/** Seconds. A reset further away is not a window but a quota, or a clock that is wrong: waiting for it would look like hanging. */
const LONGEST_WINDOW = 3600;

/** The pace of each origin, shared by all clients of the process: a limit belongs to the API, not to the object that calls it. */
const paces = new Map<string, OriginPace>();

/** The shared pace of an origin. */
export function paceOf(origin: string): OriginPace {
  let pace = paces.get(origin);
  if (pace === undefined) {
    pace = new OriginPace(origin);
    paces.set(origin, pace);
  }
  return pace;
}

/** Decides when the next request to one origin may be sent. Times are milliseconds of `performance.now()`. */
class OriginPace {
  readonly #origin: string;
  #pausedUntil = 0;
  /** When the latest requests were (or will be) sent, oldest first; only as many as the largest declared limit needs. */
  readonly #slots: number[] = [];
  #slotsKept = 0;

  constructor(origin: string) {
    this.#origin = redactUrl(origin);
  }

  /** Waits until a request may be sent. */
  async turn(limit: RateLimit | undefined, signal: AbortSignal | undefined, onWait: OnWait | undefined): Promise<void> {
    const slot = limit === undefined ? 0 : this.#reserve(limit);
    // A pause may be set or prolonged while this request waits.
    for (;;) {
      const ms = Math.max(slot, this.#pausedUntil) - performance.now();
      if (ms < 1) return;
      tellWait(onWait, "rate-limit", ms, `rate limit of ${this.#origin}`);
      await pause(ms, signal);
    }
  }

  #reserve(limit: RateLimit): number {
    const now = performance.now();
    const before = this.#slots[this.#slots.length - limit.requests];
    const slot = before === undefined ? now : Math.max(now, before + limit.seconds * 1000);
    this.#slotsKept = Math.max(this.#slotsKept, limit.requests);
    this.#slots.push(slot);
    if (this.#slots.length > this.#slotsKept) this.#slots.shift();
    return slot;
  }

  /** Learns from an answer: a 429 or 503 with `Retry-After`, or rate limit headers that say nothing is left, stop all requests to the origin. */
  observe(response: HttpResponse, maxRetryDelay: number): void {
    const ms = pauseAskedFor(response, maxRetryDelay);
    if (ms > 0) this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + ms);
  }
}

export type { OriginPace };

/** True for a refusal that is a rate limit in disguise: GitHub and Salesforce answer 403. */
export function isRateLimited(response: HttpResponse): boolean {
  if (response.status === 429) return true;
  return (
    response.status === 403 && (response.headers["retry-after"] !== undefined || secondsToReset(response) !== undefined)
  );
}

function pauseAskedFor(response: HttpResponse, maxRetryDelay: number): number {
  const asked =
    isRateLimited(response) || response.status === 503
      ? retryAfterMs(response.headers["retry-after"], Date.now())
      : undefined;
  return Math.max(Math.min(asked ?? 0, maxRetryDelay * 1000), (secondsToReset(response) ?? 0) * 1000);
}

/**
 * Seconds to the reset when no requests are left: `X-RateLimit-*` (epoch seconds, epoch milliseconds or seconds),
 * `RateLimit-Remaining`/`-Reset` and the structured `RateLimit` field (draft-ietf-httpapi-ratelimit-headers).
 */
function secondsToReset(response: HttpResponse): number | undefined {
  const { headers } = response;
  const field = headers["ratelimit"] ?? "";
  const remaining =
    headers["x-ratelimit-remaining"] ??
    headers["x-rate-limit-remaining"] ??
    headers["ratelimit-remaining"] ??
    /(?:^|[;,\s])(?:r|remaining)=(\d+)/.exec(field)?.[1];
  if (remaining === undefined || !/^\s*0+\s*$/.test(remaining)) return undefined;
  const reset = Number(
    headers["x-ratelimit-reset"] ??
      headers["x-rate-limit-reset"] ??
      headers["ratelimit-reset"] ??
      /(?:^|[;,\s])(?:t|reset)=(\d+)/.exec(field)?.[1],
  );
  if (!Number.isFinite(reset) || reset < 0) return undefined;
  const now = Date.now() / 1000;
  const seconds = reset > 1e11 ? reset / 1000 - now : reset > 1e9 ? reset - now : reset;
  return seconds > 0 && seconds <= LONGEST_WINDOW ? seconds : undefined;
}
