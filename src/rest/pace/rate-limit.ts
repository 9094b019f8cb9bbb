import { ConfigError, excerpt } from "../../core/errors.js";
import { isPlainObject } from "../../core/json.js";

/** Seconds of the units that a limit can be declared in. */
const UNITS = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const;

export type RateLimitUnit = keyof typeof UNITS;

/**
 * A declared limit: not more than `requests` in any `per` (a unit, or seconds), not more than `concurrency` at the same
 * time, or both.
 *
 * @example
 * ```ts
 * { requests: 60, per: "minute", concurrency: 4 }
 * [{ requests: 10, per: "second" }, { requests: 1000, per: "hour" }]
 * ```
 */
export type RateLimit = LimitPerUnit | LimitPerSeconds | ConcurrencyLimit;

interface LimitPerUnit {
  readonly requests: number;
  /** A unit, or seconds. */
  readonly per: RateLimitUnit | number;
  readonly seconds?: never;
  readonly concurrency?: number | null;
}

/** The same with the window in seconds. */
interface LimitPerSeconds {
  readonly requests: number;
  readonly seconds: number;
  readonly per?: never;
  readonly concurrency?: number | null;
}

interface ConcurrencyLimit {
  /** Requests in flight at the same time. */
  readonly concurrency: number;
  readonly requests?: never;
  readonly per?: never;
  readonly seconds?: never;
}

/** Not more than `requests` in any `ms` milliseconds. */
export interface WindowLimit {
  readonly requests: number;
  readonly ms: number;
}

/** `60 per minute`, `5 per 0.5 s`. */
export function describeWindow({ requests, ms }: WindowLimit): string {
  const unit = Object.entries(UNITS).find(([, seconds]) => seconds * 1000 === ms)?.[0];
  return `${requests} per ${unit ?? `${ms / 1000} s`}`;
}

/** Declared limits in one form. All of them hold at once. */
export interface ResolvedRateLimit {
  readonly windows: readonly WindowLimit[];
  /** Infinity when none is declared. */
  readonly concurrency: number;
}

/** The form that a limit must have, in words: for messages. */
export const RATE_LIMIT_FORM =
  '`requests` with `per` ("second", "minute", "hour", "day" or seconds), `concurrency`, or all three';

/** True when the keys make one of the forms of {@link RateLimit}; values are not looked at. */
export function hasRateLimitForm(limit: Readonly<Record<string, unknown>>): boolean {
  const has = (key: string): boolean => limit[key] !== undefined && limit[key] !== null;
  if (!has("requests")) return has("concurrency") && !has("per") && !has("seconds");
  return has("per") !== has("seconds");
}

/**
 * One form of what was declared; undefined when that is nothing.
 *
 * @throws ConfigError with the path for anything that is no {@link RateLimit}.
 */
export function resolveRateLimit(option: unknown, path = "rateLimit"): ResolvedRateLimit | undefined {
  if (option === undefined || option === null) return undefined;
  const given: readonly unknown[] = Array.isArray(option) ? option : [option];
  const windows: WindowLimit[] = [];
  let concurrency = Infinity;
  for (const [i, limit] of given.entries()) {
    const at = Array.isArray(option) ? `${path}[${i}]` : path;
    if (!isPlainObject(limit) || !hasRateLimitForm(limit)) throw wrong(limit, at);
    const unknown = Object.keys(limit).find((key) => !["requests", "per", "seconds", "concurrency"].includes(key));
    if (unknown !== undefined) throw new ConfigError(`${at} has no option "${unknown}"`, { path: at, hint: HINT });
    const { requests, per, seconds, concurrency: most } = limit;
    if (requests !== undefined && requests !== null) {
      const unit = per ?? seconds;
      const length = isUnit(unit) ? UNITS[unit] : unit;
      if (!isCount(requests)) throw wrong(requests, `${at}.requests`);
      if (typeof length !== "number" || !(length > 0 && length < Infinity))
        throw wrong(unit, `${at}.${per === undefined || per === null ? "seconds" : "per"}`);
      windows.push({ requests, ms: length * 1000 });
    }
    if (most === undefined || most === null) continue;
    if (!isCount(most)) throw wrong(most, `${at}.concurrency`);
    concurrency = Math.min(concurrency, most);
  }
  return windows.length === 0 && concurrency === Infinity ? undefined : { windows, concurrency };
}

const HINT = `Give ${RATE_LIMIT_FORM}, for example \`{ requests: 100, per: "minute" }\`, or a list of those.`;

function isUnit(value: unknown): value is RateLimitUnit {
  return typeof value === "string" && Object.hasOwn(UNITS, value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function wrong(value: unknown, path: string): ConfigError {
  return new ConfigError(`${path} is ${excerpt(value)}`, { path, hint: HINT });
}
