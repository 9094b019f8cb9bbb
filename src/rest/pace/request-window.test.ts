import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RequestWindow } from "./request-window.js";

/** A request in virtual time: when it is asked for after the one before, how long it is on its way, how long its answer takes after that. */
interface Asked {
  readonly gap: number;
  readonly transit: number;
  readonly answer: number;
}

/** Sends every request as soon as the window allows, in order. Returns when each arrived. */
function arrivals(window: RequestWindow, requests: readonly Asked[]): number[] {
  const open: { readonly number: number; readonly at: number }[] = [];
  const arrived: number[] = [];
  let now = 0;
  for (const { gap, transit, answer } of requests) {
    now += gap;
    for (;;) {
      for (const done of open.filter(({ at }) => at <= now)) {
        window.answered(done.number, done.at);
        open.splice(open.indexOf(done), 1);
      }
      const opens = window.opensAt(now);
      if (opens <= now) break;
      now = Math.min(opens, ...open.map(({ at }) => at));
    }
    const number = window.send(now);
    arrived.push(now + transit);
    open.push({ number, at: now + transit + answer });
  }
  for (const done of open) window.answered(done.number, done.at);
  return arrived;
}

const limits = fc.record({ requests: fc.integer({ min: 1, max: 6 }), ms: fc.integer({ min: 50, max: 20_000 }) });

describe("a window of requests", () => {
  it("never has more at the server than the limit, however long each takes", () => {
    const asked = fc.record({
      gap: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3000 })),
      transit: fc.integer({ min: 0, max: 500 }),
      answer: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5000 })),
    });
    fc.assert(
      fc.property(limits, fc.array(asked, { maxLength: 60 }), (limit, requests) => {
        const seen = arrivals(new RequestWindow(limit), requests).sort((a, b) => a - b);
        for (let i = limit.requests; i < seen.length; i += 1)
          expect((seen[i] ?? 0) - (seen[i - limit.requests] ?? 0)).toBeGreaterThanOrEqual(limit.ms);
      }),
    );
  });

  it("is used to its full where answers come at once, and says so beforehand", () => {
    fc.assert(
      fc.property(limits, fc.integer({ min: 1, max: 3000 }), (limit, count) => {
        const window = new RequestWindow(limit);
        const requests = Array.from({ length: count }, () => ({ gap: 0, transit: 0, answer: 0 }));
        const seen = arrivals(window, requests);
        expect(seen).toEqual(requests.map((_, i) => Math.floor(i / limit.requests) * limit.ms));
        const last = seen.at(-1) ?? 0;
        // Those that would come next, told before any of them is sent.
        const told = Array.from({ length: 20 }, (_, ahead) => window.opensAt(last, ahead));
        expect(told).toEqual(told.map((_, i) => Math.floor((count + i) / limit.requests) * limit.ms));
      }),
      { numRuns: 30 },
    );
  });

  it("counts requests that did not ask it", () => {
    const window = new RequestWindow({ requests: 2, ms: 1000 });
    for (const at of [0, 100, 200]) window.answered(window.send(at), at);
    expect(window.opensAt(200)).toBe(1100);
  });
});
