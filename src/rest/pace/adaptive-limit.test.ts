import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AdaptiveLimit, type Flight, type Outcome } from "./adaptive-limit.js";

/** Sends so many at `sentAt` and ends them at `endedAt`, in that order. */
function round(limit: AdaptiveLimit, sentAt: number, endedAt: number, outcomes: readonly Outcome[]): void {
  const flights = outcomes.map((outcome) => ({ outcome, flight: limit.send(sentAt) }));
  for (const { flight, outcome } of flights) limit.end(flight, outcome, endedAt);
}

const times = (count: number, outcome: Outcome): Outcome[] => Array.from({ length: count }, () => outcome);

describe("the adaptive limit", () => {
  it("is halved once for all refusals of a burst, and again for those that follow", () => {
    const limit = new AdaptiveLimit();
    expect(limit.value).toBe(Infinity);
    round(limit, 0, 10, [...times(4, "succeeded"), ...times(4, "refused")]);
    expect(limit.value).toBe(4);
    round(limit, 20, 30, times(4, "refused"));
    expect(limit.value).toBe(2);
    round(limit, 40, 50, times(2, "refused"));
    round(limit, 60, 70, times(1, "refused"));
    expect(limit.value).toBe(1);
  });

  it("rises by one for every round of successes, where it was used up", () => {
    const limit = new AdaptiveLimit();
    round(limit, 0, 1, times(4, "refused"));
    for (let i = 0; i < 10; i += 1) round(limit, 2, 3, times(1, "succeeded"));
    expect(limit.value).toBe(2);
    round(limit, 2, 3, times(2, "succeeded"));
    expect(limit.value).toBe(3);
    round(limit, 2, 3, times(3, "succeeded"));
    expect(limit.value).toBe(4);
    round(limit, 0, 3, times(4, "succeeded")); // Sent before the lowering.
    round(limit, 2, 3, times(4, "other"));
    round(limit, 2, 3, times(3, "succeeded"));
    expect(limit.value).toBe(4);
  });

  it("is always a whole number from 1, lets no more go than that, and is unlimited again in the end", () => {
    const step = fc.constantFrom("send", "succeeded", "refused", "other");
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const limit = new AdaptiveLimit();
        const open: Flight[] = [];
        for (const [now, what] of steps.entries()) {
          if (what !== "send") {
            const flight = open.shift();
            if (flight !== undefined) limit.end(flight, what, now);
          } else if (limit.hasRoom) {
            open.push(limit.send(now));
            expect(open.length).toBeLessThanOrEqual(limit.value);
          }
          expect(limit.value === Infinity || (Number.isInteger(limit.value) && limit.value >= 1)).toBe(true);
        }
        for (const flight of open) limit.end(flight, "other", steps.length);
        for (let i = 0; i < 100 && limit.value < Infinity; i += 1)
          round(limit, steps.length, steps.length, times(limit.value, "succeeded"));
        expect(limit.value).toBe(Infinity);
      }),
      { numRuns: 50 },
    );
  });
});
