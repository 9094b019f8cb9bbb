import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PageWaits, WaitClock } from "./wait-clock.js";

describe("the clock of waits", () => {
  it("counts every moment in which somebody waits, once", () => {
    const wait = fc.record({ from: fc.nat(100), to: fc.nat(100) }).filter(({ from, to }) => from < to);
    fc.assert(
      fc.property(fc.array(wait, { maxLength: 20 }), (waits) => {
        const clock = new WaitClock();
        let counted = 0;
        for (let now = 0; now <= 100; now += 1) {
          for (const { to } of waits) if (to === now) counted += clock.end("throttled", now);
          for (const { from } of waits) if (from === now) clock.begin("throttled", now);
        }
        const moments = Array.from({ length: 100 }, (_, at) => at);
        expect(counted).toBe(moments.filter((at) => waits.some(({ from, to }) => from <= at && at < to)).length);
      }),
    );
  });

  it("counts a moment in which requests wait for several reasons once in all", () => {
    const clock = new WaitClock();
    const pages = [1, 2].map(() => new PageWaits(clock, () => undefined));
    pages[0]?.begin("retry");
    pages[1]?.begin("throttled");
    const until = performance.now() + 5;
    while (performance.now() < until);
    const waited = pages.map((page) => page.finish());
    const sum = (of: (page: (typeof waited)[number]) => number): number =>
      waited.reduce((all, page) => all + of(page), 0);
    const [all, retry, throttled] = [
      sum(({ ms }) => ms),
      sum(({ times }) => times.retry),
      sum(({ times }) => times.throttled),
    ];
    expect(all).toBeGreaterThanOrEqual(Math.max(retry, throttled, 5));
    expect(all).toBeLessThan(retry + throttled);
  });

  it("keeps reasons apart", () => {
    const clock = new WaitClock();
    clock.begin("retry", 10);
    clock.begin("rate-limit", 20);
    expect([clock.end("retry", 30), clock.end("rate-limit", 50), clock.end("throttled", 60)]).toEqual([20, 30, 0]);
  });
});
