import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareCursorText, shiftTimeText } from "./timestamp.js";

interface Moment {
  readonly ms: number;
  readonly hours: number;
  readonly digits: number;
}

/** One way of writing an instant; without digits the milliseconds are dropped. */
function written({ ms, hours, digits }: Moment): { readonly instant: number; readonly text: string } {
  const instant = digits === 0 ? ms - (ms % 1000) : ms;
  const local = new Date(instant + hours * 3_600_000).toISOString();
  const fraction = digits === 0 ? "" : local.slice(19, 23) + "0".repeat(digits - 3);
  const offset = hours === 0 ? "Z" : `${hours < 0 ? "-" : "+"}${String(Math.abs(hours)).padStart(2, "0")}:00`;
  return { instant, text: `${local.slice(0, 19)}${fraction}${offset}` };
}

describe("compareCursorText", () => {
  it.each([
    ["2024-01-01T10:00:00Z", "2024-01-01T10:00:00.000Z", 0],
    ["2024-01-01T10:00:00Z", "2024-01-01T12:00:00+02:00", 0],
    ["2024-01-01T12:00:00+02:00", "2024-01-01T10:30:00Z", -1],
    ["2024-01-01T10:00:00.25Z", "2024-01-01T10:00:00.3Z", -1],
    ["2024-01-01T10:00:00.1234567891Z", "2024-01-01T10:00:00.123456789Z", 1],
    ["2024-01-01 10:00:00", "2024-01-01T09:59:59Z", 1],
    ["2024-01-01T00:30:00-0530", "2024-01-01T06:00:00Z", 0],
    ["2024-01-01T10:00Z", "2024-01-01T10:00:00Z", 0],
    ["10", "9", -1],
    ["2024-01-01", "2024-01-01T00:00:00Z", -1],
    ["2024-02-30T00:00:00+01:00", "2024-02-29T00:00:00Z", 1],
    ["～", "\u{1F600}", -1],
  ])("%s against %s: %d", (a, b, expected) => {
    expect(Math.sign(compareCursorText(a, b))).toBe(expected);
    expect(Math.sign(compareCursorText(b, a))).toBe(-expected + 0);
  });

  it("orders every way of writing an instant as the instants are ordered", () => {
    const moment = fc.record({
      ms: fc.integer({ min: 0, max: 4_102_444_800_000 }),
      hours: fc.integer({ min: -12, max: 14 }),
      digits: fc.constantFrom(0, 3, 6),
    });
    fc.assert(
      fc.property(moment, moment, (a, b) => {
        const [x, y] = [written(a), written(b)];
        expect(Math.sign(compareCursorText(x.text, y.text))).toBe(Math.sign(x.instant - y.instant));
      }),
    );
  });
});

describe("shiftTimeText", () => {
  it.each([
    ["2024-01-03T00:00:00Z", -3600, "2024-01-02T23:00:00Z"],
    ["2024-01-03T00:00:00.5Z", -1, "2024-01-02T23:59:59.5Z"],
    ["2024-01-03T00:00:00.123Z", -0.1234, "2024-01-02T23:59:59.999Z"],
    ["2024-03-01T01:00:00+02:00", -7200, "2024-02-29T23:00:00+02:00"],
    ["2024-03-01T01:00:00-0530", 60, "2024-03-01T01:01:00-0530"],
    ["2024-03-01", -1, "2024-02-29"],
    ["2024-03-01", -1.5, "2024-02-28"],
    ["20240301", 1, "20240302"],
    ["2024-01-01T00:00", -60, "2023-12-31T23:59"],
    ["2024-01-01 00:00:00", -1.5, "2023-12-31 23:59:58"],
    ["1969-12-31T23:59:59.75Z", 0.5, "1970-01-01T00:00:00.25Z"],
    ["1970-01-01T00:00:00.25Z", -0.5, "1969-12-31T23:59:59.75Z"],
  ])("%s moved by %d is %s", (text, by, expected) => {
    expect(shiftTimeText(text, by)).toBe(expected);
  });

  it.each(["2024", "W12", "2024-13-01", "0000-01-01"])("does not move %s", (text) => {
    expect(shiftTimeText(text, -1)).toBeUndefined();
  });
});
