import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../core/errors.js";
import { redact } from "../core/redaction.js";
import type { WaitReason } from "../core/waits.js";
import { ConnectionError, ResponseParseError } from "./errors.js";
import type { HttpMethod } from "./request.js";
import { isCertificateCode, throwIfAborted } from "./transport.js";

/** When and how long a client waits before it sends a request again. */
export interface RetryPolicy {
  /** How often a request is sent at most. Answers that say "too many requests" do not count. */
  readonly maxAttempts: number;
  /** Seconds; the n-th wait is a random time of at most `backoffFactor * 2^(n-1)`. */
  readonly backoffFactor: number;
  /** Seconds that the `Retry-After` of a server error may ask for at most. */
  readonly maxRetryDelay: number;
  /** Seconds that one request waits at most for the API's rate limit to be lifted. */
  readonly maxRateLimitWait: number;
}

/** Which failures of a request are worth another attempt. */
export interface RetryRules {
  /** True for statuses that may pass. */
  readonly retriesStatus: (status: number) => boolean;
  /** True for methods that may be sent again although the API may have acted on the first request. */
  readonly retriesMethod: (method: HttpMethod) => boolean;
  /** Seconds from the first attempt after which none is begun; waits for rate limits do not count. */
  readonly maxRetrySeconds: number;
}

/** Reports a wait before it begins, with the time that it will take as far as is known. One that throws changes nothing about the request. */
export type OnWait = (reason: WaitReason, ms: number, detail: string) => void;

/** Reports the end of a wait. */
export type OnWaited = (reason: WaitReason) => void;

/** Failures of a connection that another attempt would only repeat. */
const PERMANENT: ReadonlySet<string | undefined> = new Set([
  "CONTENT_ENCODING",
  "ORIGIN_NOT_ALLOWED",
  "PRIVATE_ADDRESS",
  "REDIRECT",
]);

/** Callbacks that have thrown: each is reported once. */
const thrown = new WeakSet<OnWait>();

/** Milliseconds. A longer computed wait helps nobody; only the server may ask for more. */
const MAX_BACKOFF = 60_000;
/** Milliseconds. `Retry-After: 0` would otherwise use up all attempts at once. */
const MIN_RETRY_AFTER = 250;

/** The beginnings of HTTP dates (RFC 9110, 5.6.7) and of ISO 8601. */
const DATE = /^(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? |\d{4}-\d\d-\d\d)/i;

/** Request Timeout, Too Early, and every server error. Too Many Requests (429) is a rate limit, which is waited out. */
export const RETRY_STATUSES: readonly (number | string)[] = [408, 425, "5xx"];

/** Failures after which it is certain that the API has seen nothing of the request. */
const NEVER_SENT: ReadonlySet<string | undefined> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** True for failures before anything was sent: another attempt repeats nothing, whatever the method. */
export function wasNeverSent(error: unknown): boolean {
  return error instanceof ConnectionError && NEVER_SENT.has(error.reasonCode);
}

/** True for failures that another attempt may not meet: the network, a timeout, a body that was cut off. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ResponseParseError) return error.truncated;
  if (!(error instanceof ConnectionError)) return false;
  return !isCertificateCode(error.reasonCode) && !PERMANENT.has(error.reasonCode);
}

/**
 * Milliseconds before attempt `attempt + 1`, with full jitter: clients that failed together do not come back together.
 * `retryAfter`, the server's wish in milliseconds, wins over the computed time.
 */
export function retryDelay(policy: RetryPolicy, attempt: number, retryAfter?: number): number {
  if (retryAfter !== undefined) return Math.min(Math.max(retryAfter, MIN_RETRY_AFTER), policy.maxRetryDelay * 1000);
  return backoff(policy, attempt) * Math.random();
}

/** Milliseconds before a refused origin is asked again when it does not say when: at least half of the wait, since all requests to it wait together. */
export function refusalDelay(policy: RetryPolicy, refusals: number): number {
  return backoff(policy, refusals) * (0.5 + Math.random() / 2);
}

function backoff({ backoffFactor }: RetryPolicy, attempt: number): number {
  return Math.min(backoffFactor * 1000 * 2 ** (attempt - 1), MAX_BACKOFF);
}

/** A `Retry-After` header (RFC 9110, 10.2.3) in milliseconds from `now`: seconds or an HTTP date. Undefined when absent or unreadable. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? "";
  if (text === "") return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  // `Date.parse` makes a date of nearly every text with a number in it.
  const date = DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Calls `onWait`. What it throws is no failure of the request: it becomes a warning of the process. */
export function tellWait(onWait: OnWait | undefined, ...wait: Parameters<OnWait>): void {
  if (onWait === undefined) return;
  try {
    onWait(...wait);
  } catch (error) {
    if (!thrown.has(onWait)) process.emitWarning(redact(`sluice: the onWait callback threw: ${messageOf(error)}`));
    thrown.add(onWait);
  }
}

/** Waits; ends at once with a CancelledError when `signal` is aborted. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  throwIfAborted(signal);
  try {
    // Timers cut fractions off and would end a little early.
    await delay(Math.ceil(ms), undefined, { signal });
  } catch (error) {
    throwIfAborted(signal, error);
    throw error;
  }
}
