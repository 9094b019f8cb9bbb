import { constants } from "node:buffer";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { ConfigError, excerpt, messageOf } from "../core/errors.js";
import { registerSecret } from "../core/redaction.js";
import { type RateLimit, resolveRateLimit, type ResolvedRateLimit } from "./pace/rate-limit.js";
import { HTTP_METHODS, type HttpMethod } from "./request.js";
import { RETRY_STATUSES, type RetryPolicy, type RetryRules } from "./retry.js";
import { statusMatcher } from "./response-actions.js";

/** How requests are sent. All of it can be given in a declarative configuration. */
export interface HttpOptions {
  /** Seconds to the first byte of the answer, and between two parts of a body. Default 60. */
  readonly timeout?: number;
  /** Seconds to connect. Default: `timeout`. */
  readonly connectTimeout?: number;
  /** How often a request is sent before its failure counts. Default 5. Refusals because of a rate limit do not count. */
  readonly maxAttempts?: number;
  /** Statuses after which a request is sent again: numbers, or classes such as "5xx". Default 408, 425 and "5xx". 429 is a rate limit and always waited out. */
  readonly retryStatuses?: readonly (number | string)[];
  /**
   * Methods that may be sent again although the API may have acted on the first request (it broke off, or failed with a
   * retryable status). Default: all, as the requests of a source read. What was never sent is sent again in any case.
   */
  readonly retryMethods?: readonly HttpMethod[];
  /** Seconds; the n-th wait is a random time of at most `backoffFactor * 2^(n-1)` (full jitter). Default 1. */
  readonly backoffFactor?: number;
  /** Seconds from the first attempt after which none is begun any more; waits for rate limits do not count. Default 900. */
  readonly maxRetrySeconds?: number;
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
  /** Address of an HTTP proxy, such as `http://user:password@proxy.example.com:3128`; false: none. Default: HTTP_PROXY and HTTPS_PROXY of the environment. NO_PROXY holds in any case. */
  readonly proxy?: string | false;
  /** File of certificates (PEM) that are trusted besides those that Node.js trusts, for APIs of an organisation of your own. */
  readonly caFile?: string;
  /** Limits to keep to, one or several; requests of the whole process to one origin share them. Default: as fast as the API's headers and 429s allow. */
  readonly rateLimit?: RateLimit | readonly RateLimit[];
}

/** How a connection is made. */
export interface ConnectionOptions {
  /** Seconds to connect, the TLS handshake included. */
  readonly connectTimeout: number;
  /** Address of a proxy for all requests; "": none; undefined: what the environment says. */
  readonly proxy: string | undefined;
  /** Certificates in PEM that are trusted besides those that Node.js trusts. */
  readonly ca: string | undefined;
}

/** {@link HttpOptions} with every default filled in. */
export interface ResolvedHttpOptions extends RetryPolicy, RetryRules, ConnectionOptions {
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
 * Fills in the defaults, and reads `caFile`.
 *
 * @throws ConfigError for a value that is out of range, a file that holds no certificates.
 */
export function resolveHttpOptions(options: HttpOptions): ResolvedHttpOptions {
  const timeout = within("timeout", options.timeout ?? 60, [0.001, LONGEST_TIMER]);
  return {
    timeout,
    connectTimeout: within("connectTimeout", options.connectTimeout ?? timeout, [0.001, LONGEST_TIMER]),
    maxAttempts: atLeast("maxAttempts", options.maxAttempts ?? 5, 1),
    retriesStatus: statusesOf(options.retryStatuses ?? RETRY_STATUSES),
    retriesMethod: methodsOf(options.retryMethods),
    backoffFactor: atLeast("backoffFactor", options.backoffFactor ?? 1, 0),
    maxRetryDelay: atLeast("maxRetryDelay", options.maxRetryDelay ?? 300, 0),
    maxRetrySeconds: atLeast("maxRetrySeconds", options.maxRetrySeconds ?? 900, 0),
    maxRateLimitWait: atLeast("maxRateLimitWait", options.maxRateLimitWait ?? 7200, 0),
    maxResponseBytes: within("maxResponseBytes", options.maxResponseBytes ?? 256 * 1024 * 1024, [1, LONGEST_TEXT]),
    maxResponseSeconds: within("maxResponseSeconds", options.maxResponseSeconds ?? 300, [0.001, LONGEST_TIMER]),
    userAgent: options.userAgent ?? `sluice/${VERSION}`,
    proxy: proxyOf(options.proxy),
    ca: options.caFile === undefined ? undefined : certificatesOf(options.caFile),
    rateLimit: resolveRateLimit(options.rateLimit),
  };
}

function statusesOf(given: unknown): (status: number) => boolean {
  const path = "retryStatuses";
  if (!Array.isArray(given))
    throw new ConfigError(`retryStatuses is ${excerpt(given)}`, { path, hint: 'Give a list such as [408, "5xx"].' });
  const matchers = given.map((status: unknown, i) => statusMatcher(status, `${path}[${i}]`));
  for (let success = 200; success < 300; success += 1) {
    const at = matchers.findIndex((matches) => matches(success));
    if (at === -1) continue;
    throw new ConfigError(`${path}[${at}] is ${excerpt(given[at])}: it would ask again for what has succeeded`, {
      path,
      hint: "To retry by what a body says, use responseActions.",
    });
  }
  return (status) => matchers.some((matches) => matches(status));
}

function methodsOf(given: unknown): (method: HttpMethod) => boolean {
  if (given === undefined) return () => true;
  if (Array.isArray(given) && given.every((method) => HTTP_METHODS.some((known) => known === method)))
    return (method) => given.includes(method);
  throw new ConfigError(`retryMethods is ${excerpt(given)}`, {
    path: "retryMethods",
    hint: `Give a list of ${HTTP_METHODS.join(", ")}.`,
  });
}

/** Its address may hold a password, so that no message quotes it. */
function proxyOf(given: unknown): string | undefined {
  if (given === undefined) return undefined;
  if (given === false) return "";
  const url = typeof given === "string" && URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new ConfigError("proxy is no address of an HTTP proxy", {
      path: "proxy",
      hint: "Give an address such as http://proxy.example.com:3128, or false for none.",
    });
  if (url.password !== "") registerSecret(decodeURIComponent(url.password));
  return url.href;
}

function certificatesOf(file: unknown): string {
  try {
    if (typeof file !== "string" || file === "") throw new Error("it is the name of no file");
    const pem = readFileSync(file, "utf8");
    // Reads the first one: text that is no certificate would fail with the first request only.
    void new X509Certificate(pem);
    return pem;
  } catch (cause) {
    throw new ConfigError(`caFile is ${excerpt(file)}, which cannot be used: ${messageOf(cause)}`, {
      path: "caFile",
      cause,
      hint: "Give a file with certificates in PEM (-----BEGIN CERTIFICATE-----), relative to the working directory.",
    });
  }
}

function atLeast(name: string, value: number, least: number): number {
  if (typeof value === "number" && value >= least) return value;
  throw new ConfigError(`${name} is ${excerpt(value)}`, { path: name, hint: `Give a number from ${least}.` });
}

function within(name: string, value: number, [least, most]: readonly [number, number]): number {
  if (typeof value === "number" && value >= least && value <= most) return value;
  throw new ConfigError(`${name} is ${excerpt(value)}`, {
    path: name,
    hint: `Give a number from ${least} to ${most}.`,
  });
}
