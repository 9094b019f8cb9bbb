import { describe, expect, it } from "vitest";
import { Remaining } from "./remaining.js";

describe("what is left", () => {
  it("is unknown at first, then as the answer to the newest request says, and one at least", () => {
    const remaining = new Remaining();
    expect(remaining.allowed(0)).toBe(Infinity);
    remaining.note({ requests: 9, ms: 100 }, 0, 10);
    expect(remaining.allowed(10)).toBe(9);
    remaining.note({ requests: 5, ms: 100 }, 5, 11);
    remaining.note({ requests: 7, ms: 100 }, 4, 12); // Overtaken.
    expect(remaining.allowed(12)).toBe(5);
    remaining.note({ requests: 3, ms: 100 }, 4, 13);
    expect(remaining.allowed(13)).toBe(3);
    remaining.note({ requests: 8, ms: 100 }, 6, 14);
    expect(remaining.allowed(14)).toBe(8);
    remaining.note({ requests: 0, ms: 100 }, 7, 15);
    expect(remaining.allowed(15)).toBe(1);
  });

  it("is after a reset as much as ever began a window", () => {
    const remaining = new Remaining();
    remaining.note({ requests: 4, ms: 100 }, 0, 0);
    remaining.note({ requests: 1, ms: 50 }, 50, 50);
    expect(remaining.allowed(99)).toBe(1);
    expect(remaining.allowed(100)).toBe(5);
    remaining.note({ requests: 3, ms: 100 }, 101, 110);
    expect(remaining.allowed(110)).toBe(3);
  });
});
