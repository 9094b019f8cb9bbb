import { describe, expect, it } from "vitest";
import { Budget, type Concurrency, type Flight } from "./budget.js";

function budgetOf(concurrency: Concurrency): Budget {
  return new Budget({ concurrency, maxWaitingPages: 10, maxWaitingBytes: 1000 });
}

/** Sends as many requests as may be sent. */
function fill(budget: Budget, inFlight: Flight[]): void {
  while (budget.hasSlot) inFlight.push(budget.takeOff(1));
}

describe("the requests that a run may have in flight", () => {
  it.each([
    { way: "one by one", together: 1 },
    { way: "all at once", together: Infinity },
  ])("are one more after each round of answers that come $way, up to the most", ({ together }) => {
    const budget = budgetOf({ start: 2, most: 4 });
    const inFlight: Flight[] = [];
    const seen: number[] = [];
    for (let answers = 0; answers < 40;) {
      fill(budget, inFlight);
      seen.push(inFlight.length);
      for (const flight of inFlight.splice(0, together)) {
        budget.land(flight);
        answers += 1;
      }
    }
    expect([...new Set(seen)]).toEqual([2, 3, 4]);
    expect(seen.filter((count) => count === 2).length).toBe(together === 1 ? 2 : 1);
  });

  it("stay as many as at the start where no more are allowed, or where fewer are sent than may be", () => {
    const fixed = budgetOf({ start: 3, most: 3 });
    const inFlight: Flight[] = [];
    for (let i = 0; i < 20; i += 1) {
      fill(fixed, inFlight);
      for (const flight of inFlight.splice(0)) fixed.land(flight);
    }
    expect(fixed.allowance).toBe(3);
    const alone = budgetOf({ start: 2, most: 4 });
    for (let i = 0; i < 20; i += 1) alone.land(alone.takeOff(1));
    expect(alone.allowance).toBe(2);
  });
});
