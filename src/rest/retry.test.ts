import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolveHttpOptions } from "./http-options.js";
import { refusalDelay, retryAfterMs, retryDelay } from "./retry.js";

const policy = { maxAttempts: 5, backoffFactor: 1, maxRetryDelay: 300, maxRateLimitWait: 7200 };

describe("retryDelay", () => {
  it("is any time up to a bound that doubles, up to a minute; of a refusal at least half of it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), (attempt) => {
        const whole = Math.min(1000 * 2 ** (attempt - 1), 60_000);
        const ms = retryDelay(policy, attempt);
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThanOrEqual(whole);
        expect(refusalDelay(policy, attempt)).toBeGreaterThanOrEqual(whole / 2);
        expect(refusalDelay(policy, attempt)).toBeLessThanOrEqual(whole);
      }),
    );
  });

  it("is spread over the whole of it (full jitter)", () => {
    const waits = Array.from({ length: 200 }, () => retryDelay(policy, 4));
    expect(Math.min(...waits)).toBeLessThan(2000);
    expect(Math.max(...waits)).toBeGreaterThan(6000);
  });

  it("obeys the server within bounds", () => {
    expect(retryDelay(policy, 1, 7000)).toBe(7000);
    expect(retryDelay(policy, 1, 0)).toBe(250);
    expect(retryDelay(policy, 1, 86_400_000)).toBe(300_000);
  });
});

describe("retryAfterMs", () => {
  const now = Date.parse("2024-05-01T12:00:00Z");
  it.each([
    ["4", 4000],
    ["0", 0],
    ["1.5", 1500],
    ["Wed, 01 May 2024 12:00:30 GMT", 30_000],
    ["Wed, 01 May 2024 11:00:00 GMT", 0],
    ["soon", undefined],
    ["-5", undefined],
    ["in 5 minutes", undefined],
    ["2024-05-01T12:01:00Z", 60_000],
    ["Wednesday, 01-May-24 12:00:30 GMT", 30_000],
    ["", undefined],
    [undefined, undefined],
  ])("%j", (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });
});

describe("retryStatuses", () => {
  const all = [200, 301, 400, 401, 403, 404, 408, 409, 425, 500, 501, 502, 503, 504, 529];
  it("are by default those that may pass", () => {
    expect(all.filter(resolveHttpOptions({}).retriesStatus)).toEqual([408, 425, 500, 501, 502, 503, 504, 529]);
  });

  it("are numbers, texts and classes", () => {
    expect(all.filter(resolveHttpOptions({ retryStatuses: [404, "409", "3XX"] }).retriesStatus)).toEqual([
      301, 404, 409,
    ]);
    expect(() => resolveHttpOptions({ retryStatuses: [503, "200-299"] })).toThrow(/retryStatuses\[1\].*has succeeded/);
    expect(() => resolveHttpOptions({ retryStatuses: ["often"] })).toThrow(/retryStatuses\[0\] is "often"/);
  });
});
