import { excerpt } from "../../core/errors.js";
import type { HttpResponse } from "../request.js";
import { retryAfterMs } from "../retry.js";

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

/** True for a refusal that is a rate limit: 429, or 403 with the headers of one, as GitHub and Salesforce answer. */
export function isRateLimited(response: HttpResponse): boolean {
  if (response.status === 429) return true;
  return (
    response.status === 403 && (response.headers["retry-after"] !== undefined || exhausted(response) !== undefined)
  );
}

/**
 * What a refusal asks for: `Retry-After`, else the reset of the limit that is used up. `Retry-After` goes first
 * (draft-ietf-httpapi-ratelimit-headers, 5.1). Undefined when it says nothing that can be read.
 */
export function askedFor(response: HttpResponse): Announced | undefined {
  const header = response.headers["retry-after"];
  const ms = retryAfterMs(header, serverTime(response));
  if (ms !== undefined) return { ms, header: `Retry-After: ${unquoted(header ?? "")}` };
  return exhausted(response);
}

/** The pause to make after an answer that says nothing is left. */
export function pauseUntilReset(response: HttpResponse): Announced | undefined {
  const reset = exhausted(response);
  return reset === undefined || reset.ms === 0 || reset.ms > LONGEST_WINDOW ? undefined : reset;
}

/**
 * The time to the reset when no requests are left: `X-RateLimit-*` (epoch seconds, epoch milliseconds, seconds, or a
 * date), `RateLimit-Remaining`/`-Reset`, and the structured `RateLimit` field (draft-ietf-httpapi-ratelimit-headers),
 * of whose policies the one with the latest reset counts.
 */
function exhausted(response: HttpResponse): Announced | undefined {
  const { headers } = response;
  for (const prefix of ["x-ratelimit-", "x-rate-limit-", "ratelimit-"]) {
    const remaining = headers[`${prefix}remaining`];
    if (remaining === undefined) continue;
    const name = [`${prefix}reset-after`, `${prefix}reset`].find((key) => headers[key] !== undefined);
    return isNothing(remaining) && name !== undefined ? until(headers[name] ?? "", name, response) : undefined;
  }
  const field = headers["ratelimit"];
  if (field === undefined) return undefined;
  // The older form is one policy with commas between its parts, the newer a list of policies with semicolons inside.
  const policies = /(?:^|[,\s])remaining=/.test(field) ? [field] : field.slice(0, 2000).split(",");
  const resets = policies
    .filter((policy) => isNothing(/(?:^|[;,\s])(?:r|remaining)=(\d+)/.exec(policy)?.[1] ?? ""))
    .map((policy) => until(/(?:^|[;,\s])(?:t|reset)=(\d+)/.exec(policy)?.[1] ?? "", "ratelimit", response))
    .filter((reset) => reset !== undefined);
  return resets.sort((a, b) => b.ms - a.ms)[0];
}

function isNothing(remaining: string): boolean {
  return /^\s*0+(\.0+)?\s*$/.test(remaining);
}

function until(text: string, name: string, response: HttpResponse): Announced | undefined {
  const now = serverTime(response);
  const number = text.trim() === "" ? Number.NaN : Number(text);
  const ms = Number.isNaN(number)
    ? retryAfterMs(text, now)
    : number > 1e11
      ? number - now
      : number > 1e9
        ? number * 1000 - now
        : number * 1000;
  // A reset that has passed says that there is something left by now.
  return ms === undefined || !Number.isFinite(ms) || ms < 0
    ? undefined
    : { ms, header: `${name}: ${unquoted(response.headers[name] ?? "")}` };
}

/** The server's clock where it differs from ours, since its dates are dates of that clock. */
function serverTime(response: HttpResponse): number {
  const now = Date.now();
  const theirs = Date.parse(response.headers["date"] ?? "");
  return Number.isNaN(theirs) || Math.abs(theirs - now) < CLOCK_SKEW ? now : theirs;
}

function unquoted(value: string): string {
  return excerpt(value, 60).replace(/^"|"$/g, "");
}
