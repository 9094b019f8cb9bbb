import { shorten } from "../../core/errors.js";
import type { HttpResponse } from "../request.js";
import { retryAfterMs } from "../retry.js";
import type { Left } from "./remaining.js";

/** A wait that an answer asks for. */
export interface Announced {
  /** From now on; 0 or more. */
  readonly ms: number;
  /** The header that says so, for messages: `Retry-After: 42`. */
  readonly header: string;
}

/** Milliseconds. When nothing is left until a reset further away than this, the next refusal decides: it may be a quota of another kind, or a clock that is wrong. */
const LONGEST_WINDOW = 3_600_000;

/** Milliseconds. A server's clock that is further off than this is taken for what it is. */
const CLOCK_SKEW = 5000;

/** What headers begin with, and end with. */
const HEADERS: readonly (readonly [string, string?])[] = [
  ["x-ratelimit-"],
  ["x-rate-limit-"],
  ["ratelimit-"],
  ["x-ratelimit-", "-requests"],
];

/** `1h2m3.5s`, `120ms`. */
const SPAN = /^(?=\d)(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;

/** What an answer says of one limit. */
interface Policy {
  /** Requests; below 0: nothing, or no limit at all. */
  readonly left: number;
  /** The time to its reset; undefined when it names none that can be read, or one that has passed. */
  readonly reset: Announced | undefined;
}

/** True for a refusal that is a rate limit: 429, or 403 with the headers of one, as GitHub and Salesforce answer. */
export function isRateLimited(response: HttpResponse): boolean {
  if (response.status !== 403) return response.status === 429;
  return (
    response.headers["retry-after"] !== undefined ||
    // Below 0 without a reset is how some say that there is no limit.
    policies(response).some(({ left, reset }) => left === 0 || (left < 0 && reset !== undefined))
  );
}

/**
 * What a refusal asks for: `Retry-After`, else the reset of the limit that is used up. `Retry-After` goes first
 * (draft-ietf-httpapi-ratelimit-headers, 5.1). Undefined when it says nothing that can be read.
 */
export function askedFor(response: HttpResponse): Announced | undefined {
  const header = response.headers["retry-after"];
  const ms = retryAfterMs(header, serverTime(response));
  if (ms !== undefined) return { ms, header: `Retry-After: ${shorten(header ?? "", 60)}` };
  return latest(policies(response).filter(({ left }) => left <= 0));
}

/** The pause to make after an answer that says nothing is left. */
export function pauseUntilReset(response: HttpResponse): Announced | undefined {
  const reset = latest(policies(response).filter(({ left }) => left === 0));
  return reset === undefined || reset.ms === 0 || reset.ms > LONGEST_WINDOW ? undefined : reset;
}

/** What is left of the limit of which the least is left, among those that say when they begin anew. */
export function leftOf(response: HttpResponse): Left | undefined {
  let least: Left | undefined;
  for (const { left, reset } of policies(response)) {
    if (left < 0 || reset === undefined || reset.ms > LONGEST_WINDOW) continue;
    if (least === undefined || left < least.requests) least = { requests: Math.floor(left), ms: reset.ms };
  }
  return least;
}

/**
 * The limits that an answer tells of: `X-RateLimit-*` (resets as epoch seconds, epoch milliseconds, seconds, a date, or
 * `6m0s`), `RateLimit-Remaining`/`-Reset`, the first also with `-Requests` as OpenAI sends them, and the structured `RateLimit` field (draft-ietf-httpapi-ratelimit-headers).
 */
function policies(response: HttpResponse): readonly Policy[] {
  const { headers } = response;
  for (const [prefix, suffix = ""] of HEADERS) {
    const remaining = headers[`${prefix}remaining${suffix}`];
    if (remaining === undefined) continue;
    const name = [`${prefix}reset-after`, `${prefix}reset${suffix}`].find((key) => headers[key] !== undefined) ?? "";
    const resets = inList(headers[name] ?? "");
    // A header that came several times is a list.
    return inList(remaining).flatMap((left, i) => policy(left, resets[i] ?? resets[0], name, response));
  }
  const field = headers["ratelimit"]?.slice(0, 2000);
  if (field === undefined) return [];
  // The older form is one policy with commas between its parts, the newer a list of policies with semicolons inside.
  const parts = /(?:^|[,\s])remaining=/.test(field) ? [field] : field.split(",");
  return parts.flatMap((part) =>
    policy(
      /(?:^|[;,\s])(?:r|remaining)=(\d+)/.exec(part)?.[1],
      /(?:^|[;,\s])(?:t|reset)=(\d+)/.exec(part)?.[1],
      "ratelimit",
      response,
    ),
  );
}

function policy(left: string | undefined, reset: string | undefined, name: string, response: HttpResponse): Policy[] {
  if (left === undefined || !/^-?\d+(\.\d+)?$/.test(left)) return [];
  return [{ left: Number(left), reset: reset === undefined ? undefined : until(reset, name, response) }];
}

/** The values of a header that came several times. Dates have commas of their own. */
function inList(header: string): readonly string[] {
  const text = header.trim();
  return /^[-\d.,\s]+$/.test(text) ? text.split(/\s*,\s*/) : [text];
}

function latest(limits: readonly Policy[]): Announced | undefined {
  const resets = limits.map(({ reset }) => reset).filter((reset) => reset !== undefined);
  return resets.sort((a, b) => b.ms - a.ms)[0];
}

function until(text: string, name: string, response: HttpResponse): Announced | undefined {
  const now = serverTime(response);
  const number = text.trim() === "" ? Number.NaN : Number(text);
  const ms = Number.isNaN(number)
    ? (spanMs(text.trim()) ?? retryAfterMs(text, now))
    : number > 1e11
      ? number - now
      : number > 1e9
        ? number * 1000 - now
        : number * 1000;
  // A reset that has passed says that there is something left by now.
  return ms === undefined || !Number.isFinite(ms) || ms < 0
    ? undefined
    : { ms, header: `${name}: ${shorten(response.headers[name] ?? "", 60)}` };
}

function spanMs(text: string): number | undefined {
  const [whole, hours = 0, minutes = 0, seconds = 0, ms = 0] = SPAN.exec(text) ?? [];
  if (whole === undefined) return undefined;
  return Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000 + Number(ms);
}

/** The server's clock where it differs from ours, since its dates are dates of that clock. */
function serverTime(response: HttpResponse): number {
  const now = Date.now();
  const theirs = Date.parse(response.headers["date"] ?? "");
  return Number.isNaN(theirs) || Math.abs(theirs - now) < CLOCK_SKEW ? now : theirs;
}
