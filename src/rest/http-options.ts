import { constants } from "node:buffer";
import { ConfigError, excerpt } from "../core/errors.js";
import { type RateLimit, resolveRateLimit, type ResolvedRateLimit } from "./pace/rate-limit.js";
import type { RetryPolicy } from "./retry.js";

/** How requests are sent. All of it can be given in a declarative configuration. */
export interface HttpOptions {
  /** Seconds to connect, to the first byte of the answer, and between two parts of a body. Default 60. */
  readonly timeout?: number;
  /** How often a request is sent before its failure counts. Default 5. Refusals because of a rate limit do not count. */
  readonly maxAttempts?: number;
  /** Seconds; the n-th wait is between half of and the whole of `backoffFactor * 2^(n-1)`. Default 1. */
  readonly backoffFactor?: number;
  /** Seconds for which the `Retry-After` of a server error (503) is obeyed at most. Default 300. */
  readonly maxRetryDelay?: number;
  /**
   * Seconds that one request waits at most, in all, for a rate limit that the API enforces: 429, `Retry-After`, headers that
   * say nothing is left. Default 7200. 0: the first refusal is an error. Waits for `rateLimit` have no limit.
   */
  readonly maxRateLimitWait?: number;
  /** Bytes of one body after decompression. Default 256 MiB. */
  readonly maxResponseBytes?: number;
  /** Seconds from the head of an answer to the last byte of its body. Default 300. */
  readonly maxResponseSeconds?: number;
  /** Default `sluice/<version>`. */
  readonly userAgent?: string;
  /** Limits to keep to, one or several; requests of the whole process to one origin share them. Default: as fast as the API's headers and 429s allow. */
  readonly rateLimit?: RateLimit | readonly RateLimit[];
}

/** {@link HttpOptions} with every default filled in. */
export interface ResolvedHttpOptions extends RetryPolicy {
  readonly timeout: number;
  readonly maxResponseBytes: number;
  readonly maxResponseSeconds: number;
  readonly userAgent: string;
  readonly rateLimit: ResolvedRateLimit | undefined;
}

/** Seconds: Node.js ends longer timers at once. */
const LONGEST_TIMER = 2_147_483;
/** Characters of the longest string that JavaScript can hold, 512 MiB. */
const LONGEST_TEXT = constants.MAX_STRING_LENGTH;

const VERSION = "0.1.0";

/**
 * Fills in the defaults.
 *
 * @throws ConfigError for a value that is out of range.
 */
export function resolveHttpOptions(options: HttpOptions): ResolvedHttpOptions {
  return {
    timeout: atLeast("timeout", options.timeout ?? 60, 0.001),
    maxAttempts: atLeast("maxAttempts", options.maxAttempts ?? 5, 1),
    backoffFactor: atLeast("backoffFactor", options.backoffFactor ?? 1, 0),
    maxRetryDelay: atLeast("maxRetryDelay", options.maxRetryDelay ?? 300, 0),
    maxRateLimitWait: atLeast("maxRateLimitWait", options.maxRateLimitWait ?? 7200, 0),
    maxResponseBytes: within("maxResponseBytes", options.maxResponseBytes ?? 256 * 1024 * 1024, [1, LONGEST_TEXT]),
    maxResponseSeconds: within("maxResponseSeconds", options.maxResponseSeconds ?? 300, [0.001, LONGEST_TIMER]),
    userAgent: options.userAgent ?? `sluice/${VERSION}`,
    rateLimit: resolveRateLimit(options.rateLimit),
  };
}

function atLeast(name: string, value: number, least: number): number {
  if (typeof value === "number" && value >= least) return value;
  throw new ConfigError(`${name} is ${excerpt(value)}`, { hint: `Give a number from ${least}.` });
}

function within(name: string, value: number, [least, most]: readonly [number, number]): number {
  if (typeof value === "number" && value >= least && value <= most) return value;
  throw new ConfigError(`${name} is ${excerpt(value)}`, { hint: `Give a number from ${least} to ${most}.` });
}
