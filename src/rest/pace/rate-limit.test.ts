import { describe, expect, it } from "vitest";
import { resolveRateLimit } from "./rate-limit.js";

describe("declared limits", () => {
  it.each<[string, unknown, unknown]>([
    ["a unit", { requests: 60, per: "minute" }, { windows: [{ requests: 60, ms: 60_000 }], concurrency: Infinity }],
    ["seconds", { requests: 5, per: 0.5 }, { windows: [{ requests: 5, ms: 500 }], concurrency: Infinity }],
    ["the longer form", { requests: 5, seconds: 2 }, { windows: [{ requests: 5, ms: 2000 }], concurrency: Infinity }],
    ["concurrency alone", { concurrency: 3 }, { windows: [], concurrency: 3 }],
    [
      "several",
      [
        { requests: 10, per: "second", concurrency: 4 },
        { requests: 1000, per: "hour", concurrency: null },
        { requests: 5000, per: "day", seconds: null },
        { concurrency: 2 },
      ],
      {
        windows: [
          { requests: 10, ms: 1000 },
          { requests: 1000, ms: 3_600_000 },
          { requests: 5000, ms: 86_400_000 },
        ],
        concurrency: 2,
      },
    ],
    ["none", [], undefined],
    ["null", null, undefined],
  ])("may be given as %s", (_, option, expected) => {
    expect(resolveRateLimit(option)).toEqual(expected);
  });

  it.each<[unknown, RegExp]>([
    [{ requests: 0, per: "second" }, /^rateLimit\.requests is 0\n/],
    [{ requests: 1.5, per: "second" }, /^rateLimit\.requests is 1\.5\n/],
    [{ requests: 1 }, /^rateLimit is \{"requests":1\}/],
    [{ per: "minute" }, /^rateLimit is/],
    [{}, /^rateLimit is \{\}/],
    [{ requests: 1, per: "minute", seconds: 60 }, /^rateLimit is/],
    [{ requests: 1, per: "fortnight" }, /^rateLimit\.per is "fortnight"\n.*second/s],
    [{ requests: 1, per: 0 }, /^rateLimit\.per is 0/],
    [{ requests: 1, seconds: Infinity }, /^rateLimit\.seconds is/],
    [{ concurrency: 0 }, /^rateLimit\.concurrency is 0/],
    [{ concurrency: 1, burst: 2 }, /^rateLimit has no option "burst"/],
    [[{ concurrency: 1 }, "10/s"], /^rateLimit\[1\] is "10\/s"/],
    [60, /^rateLimit is 60/],
  ])("are refused with their place: %j", (option, message) => {
    expect(() => resolveRateLimit(option)).toThrow(message);
    expect(() => resolveRateLimit(option)).toThrow(expect.objectContaining({ code: "SLUICE_CONFIG" }));
  });
});
