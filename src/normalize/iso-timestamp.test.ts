import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { epochTimestamp, isCanonicalTimestamp, isoDate, isoTime, isoTimestamp } from "./iso-timestamp.js";

/** Checked against dlt with pendulum 3.2. */
const TIMESTAMPS: readonly (readonly [string, string])[] = [
  ["2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z"],
  ["2024-01-01T10:00:00.5Z", "2024-01-01T10:00:00.5Z"],
  ["2024-01-01 10:00:00", "2024-01-01T10:00:00Z"],
  ["2024-01-01T10:00", "2024-01-01T10:00:00Z"],
  ["2024-01-01T10", "2024-01-01T10:00:00Z"],
  ["20240101T101010", "2024-01-01T10:10:10Z"],
  ["20240101T101010Z", "2024-01-01T10:10:10Z"],
  ["20240101T1010", "2024-01-01T10:10:00Z"],
  ["2024-01-01T10:00:00.1", "2024-01-01T10:00:00.100000Z"],
  ["2024-01-01T10:00:00,123456789", "2024-01-01T10:00:00.123456Z"],
  ["2024-01-01T10:00:00.000000000Z", "2024-01-01T10:00:00Z"],
  ["2024-01-01T10:00:00+02:00", "2024-01-01T08:00:00Z"],
  ["2024-01-01T10:00:00+0200", "2024-01-01T08:00:00Z"],
  ["2024-01-01T10:00:00+02", "2024-01-01T08:00:00Z"],
  ["2024-01-01T10:00:00-23:59", "2024-01-02T09:59:00Z"],
  ["2024-01-01T00:30+05:30", "2023-12-31T19:00:00Z"],
  ["2024-01-01T10Z", "2024-01-01T10:00:00Z"],
  ["2024/01/01 10:00:00", "2024-01-01T10:00:00Z"],
  ["2024/01/01 1:1:1", "2024-01-01T01:01:01Z"],
  ["2024-001T10:00:00", "2024-01-01T10:00:00Z"],
  ["2024-366T10:00:00", "2024-12-31T10:00:00Z"],
  ["2024-W01-1T10:00", "2024-01-01T10:00:00Z"],
  ["2024-W01T10:00", "2024-01-01T10:00:00Z"],
  ["2024W01T1000", "2024-01-01T10:00:00Z"],
  ["2020-W53-7T10:00", "2021-01-03T10:00:00Z"],
  ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"],
  ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"],
  ["20240101 10", "2024-01-01T10:00:00Z"],
  ["20240101 10:10", "2024-01-01T10:10:00Z"],
  ["1000-10 10", "1000-10-01T10:00:00Z"],
];

const TEXTS = [
  "",
  "2024-01-01",
  "2024-01",
  "2024",
  "20240101",
  "2024-W01",
  "2024-001",
  "10:00",
  "10:00:00",
  "P1D",
  "PT1H",
  "2024-01-01/2024-01-02",
  "2024-01-01T10:00:00/PT1H",
  "Mon, 01 Jan 2024 10:00:00 GMT",
  "2024-1-1 1:1:1",
  "2024-01-01T10:00:00z",
  "2024-01-01t10:00:00Z",
  " 2024-01-01T10:00:00Z",
  "2024-01-01T10:00:00Z ",
  "2024-01-01T24:00:00",
  "2024-13-01T10:00:00",
  "2024-02-30T10:00:00",
  "2023-02-29T10:00:00Z",
  "2024-01-01T23:59:60",
  "2024-01-01T10:00:00 +02:00",
  "2024-01-01T10:00:00 UTC",
  "12 12",
  "1234 56",
  "5555 1234",
  "2024 12",
  "1999 0930",
  "0000-01-01T00:00:00Z",
  "2024-00-01T10:00:00Z",
  "2024-01-00T10:00:00Z",
  "2023-366T10:00:00",
  "2024-000T10:00:00",
  "2024-W53-7T10:00",
  "2024-W01-8T10:00",
  "2024-W01-1T1000",
  "2024-W01T100000",
  "2024-01-01T101010",
  "20240101T10:10:10",
  "2024-01-01T10:00:00.",
  "2024-01-01T10:00.5",
  "2024-01-01T10:00:00+2",
  "2024-01-01T10:00:00+24:00",
  "0001-01-01T00:00:00+05:00",
  "9999-12-31T23:59:59-05:00",
  "customer 12",
  "2024-01-01T10:00:00\u0661",
];

describe("isoTimestamp", () => {
  it.each(TIMESTAMPS)("reads %j as %s", (text, expected) => {
    expect(isoTimestamp(text)).toBe(expected);
  });

  it.each(TEXTS)("leaves %j as text", (text) => {
    expect(isoTimestamp(text)).toBeUndefined();
  });

  it("reads every instant back, with every offset", () => {
    const instant = fc.date({
      min: new Date("0001-01-02T00:00:00Z"),
      max: new Date("9999-12-30T00:00:00Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instant, fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 }), (date, offset) => {
        const local = new Date(date.getTime() + offset * 60_000);
        fc.pre(local.getUTCFullYear() >= 1 && local.getUTCFullYear() <= 9999);
        const zone = `${offset < 0 ? "-" : "+"}${String(Math.floor(Math.abs(offset) / 60)).padStart(2, "0")}:${String(Math.abs(offset) % 60).padStart(2, "0")}`;
        const read = isoTimestamp(local.toISOString().replace("Z", zone));
        expect(new Date(read ?? Number.NaN).getTime()).toBe(date.getTime());
        expect(isCanonicalTimestamp(read ?? "")).toBe(true);
      }),
    );
  });

  it("judges the common form as Date does", () => {
    const part = (max: number): fc.Arbitrary<string> =>
      fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, "0"));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9999 }),
        part(13),
        part(32),
        part(25),
        part(61),
        part(61),
        (y, mo, d, h, mi, s) => {
          const text = `${String(y).padStart(4, "0")}-${mo}-${d}T${h}:${mi}:${s}Z`;
          const date = new Date(text);
          expect(isCanonicalTimestamp(text)).toBe(
            !Number.isNaN(date.getTime()) && date.toISOString().replace(".000", "") === text,
          );
        },
      ),
    );
  });
});

describe("dates, times and seconds", () => {
  it.each([
    ["2024-02-29", "2024-02-29"],
    ["20240229", "2024-02-29"],
    ["2024-060", "2024-02-29"],
    ["2024060", "2024-02-29"],
    ["2024-W09-4", "2024-02-29"],
    ["2024-02", "2024-02-01"],
    ["2024", "2024-01-01"],
    ["2023-02-29", undefined],
    ["24-01-01", undefined],
    ["2024-02-29T00:00:00Z", undefined],
  ])("isoDate(%j) is %s", (text, expected) => {
    expect(isoDate(text)).toBe(expected);
  });

  it.each([
    ["10:11", "10:11:00"],
    ["10:11:12", "10:11:12"],
    ["10:11:12.5", "10:11:12.500000"],
    ["24:00", undefined],
    ["10", undefined],
  ])("isoTime(%j) is %s", (text, expected) => {
    expect(isoTime(text)).toBe(expected);
  });

  it.each([
    [1_700_000_000, "2023-11-14T22:13:20Z"],
    [1_700_000_000.5, "2023-11-14T22:13:20.500000Z"],
    [-0.25, "1969-12-31T23:59:59.750000Z"],
    [0, "1970-01-01T00:00:00Z"],
    [1e15, undefined],
    [-1e15, undefined],
  ])("epochTimestamp(%d) is %s", (seconds, expected) => {
    expect(epochTimestamp(seconds)).toBe(expected);
  });
});
