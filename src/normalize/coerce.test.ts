import { describe, expect, it } from "vitest";
import type { ColumnSchema, DataType } from "../schema/model.js";
import { coerce } from "./coerce.js";

const NO_LOSSES = {
  replaced: () => undefined,
  nonFinite: () => undefined,
  converted: () => undefined,
  rounded: () => undefined,
};

function token(value: unknown, column: Partial<ColumnSchema>): string | undefined {
  return coerce(value, column, NO_LOSSES);
}

/** Type of the column, value, token; undefined where the value does not fit and goes to a variant. Recorded from dlt but for what DESIGN changes. */
const VECTORS: readonly (readonly [DataType, unknown, string | undefined])[] = [
  ["text", 1, '"1"'],
  ["text", 1.5, '"1.5"'],
  ["text", -0, '"-0.0"'],
  ["text", 0, '"0"'],
  ["text", 1.5e-7, '"1.5e-07"'],
  ["text", 0.00001, '"1e-05"'],
  ["text", -1e300, '"-1e+300"'],
  ["text", true, '"True"'],
  ["text", false, '"False"'],
  ["text", 2n ** 70n, '"1180591620717411303424"'],
  ["text", { a: [1] }, '"{\\"a\\":[1]}"'],
  ["text", 'a"b\n', '"a\\"b\\n"'],
  ["bigint", 2, "2"],
  ["bigint", 2.5, undefined],
  ["bigint", "12", "12"],
  ["bigint", " +12 ", "12"],
  ["bigint", "0x1F", "31"],
  ["bigint", "x", undefined],
  ["bigint", true, undefined],
  ["bigint", 2n ** 63n - 1n, "9223372036854775807"],
  ["bigint", 2n ** 63n, undefined],
  ["bigint", -(2n ** 63n), "-9223372036854775808"],
  ["bigint", "9223372036854775808", undefined],
  ["bigint", 2 ** 53, "9007199254740992"],
  ["bigint", 1e30, undefined],
  ["double", 1, "1"],
  ["double", "2.5", "2.5"],
  ["double", " 1e3 ", "1000"],
  ["double", ".5", "0.5"],
  ["double", true, undefined],
  ["double", "nan", undefined],
  ["double", 2n ** 60n, "1152921504606846976"],
  ["double", 2n ** 53n + 1n, undefined],
  ["double", "9007199254740993", undefined],
  ["double", "1e999", undefined],
  ["decimal", 0.1, '"0.1"'],
  ["decimal", "1.50", '"1.5"'],
  ["decimal", 1e21, '"1000000000000000000000"'],
  ["decimal", 1.5e-7, '"0.00000015"'],
  ["decimal", "0x10", '"16"'],
  ["decimal", -2.5, '"-2.5"'],
  ["decimal", "-0.0", '"0"'],
  ["decimal", "x", undefined],
  ["decimal", true, undefined],
  ["decimal", 10n ** 29n, undefined],
  ["decimal", "1e5000", undefined],
  ["wei", 10n ** 37n, '"10000000000000000000000000000000000000"'],
  ["wei", 1.5, undefined],
  ["bool", 1, "true"],
  ["bool", 0, "false"],
  ["bool", 0n, "false"],
  ["bool", "Yes", "true"],
  ["bool", "f", "false"],
  ["bool", "off", undefined],
  ["bool", "maybe", undefined],
  ["timestamp", 1_700_000_000, '"2023-11-14T22:13:20Z"'],
  ["timestamp", 1_700_000_000.5, '"2023-11-14T22:13:20.500000Z"'],
  ["timestamp", "2024-01-01", '"2024-01-01T00:00:00Z"'],
  ["timestamp", "2024", '"2024-01-01T00:00:00Z"'],
  ["timestamp", "1", '"1970-01-01T00:00:01Z"'],
  ["timestamp", "1705307400.5", '"2024-01-15T08:30:00.500000Z"'],
  ["timestamp", "1705307400123", undefined],
  ["timestamp", "bad", undefined],
  ["timestamp", true, undefined],
  ["timestamp", new Date(0), '"1970-01-01T00:00:00Z"'],
  ["date", "2024-02-29", '"2024-02-29"'],
  ["date", "2024-02-29T23:30:00-02:00", '"2024-03-01"'],
  ["date", 86_400, '"1970-01-02"'],
  ["date", "86400", '"1970-01-02"'],
  ["date", "2023-02-29", undefined],
  ["time", "10:11", '"10:11:00"'],
  ["time", "25:00", undefined],
  ["time", 5, undefined],
  ["binary", new Uint8Array([1, 2, 3]), '"AQID"'],
  ["binary", "AQID", '"AQID"'],
  ["binary", "0x010203", '"AQID"'],
  ["binary", 258, '"AgE="'],
  ["binary", -1, undefined],
  ["binary", "no!", undefined],
  ["json", { a: 1n }, '"{\\"a\\":1}"'],
  ["json", '{"a": 1}', '"{\\"a\\": 1}"'],
  ["json", "{", undefined],
  ["json", 5, undefined],
  ["json", true, undefined],
];

describe("coerce", () => {
  it.each(VECTORS)("%s column, %o: %s", (type, value, expected) => {
    expect(token(value, { data_type: type })).toBe(expected);
  });

  it("keeps a decimal within its digits and never drops a fraction from whole numbers", () => {
    expect(token("123.456", { data_type: "decimal", precision: 5, scale: 2 })).toBe('"123.456"');
    expect(token("1234.5", { data_type: "decimal", precision: 5, scale: 2 })).toBeUndefined();
    expect(token(1.5, { data_type: "decimal", precision: 38, scale: 0 })).toBeUndefined();
    expect(token(10n ** 38n - 1n, { data_type: "decimal", precision: 38, scale: 0 })).toBe(`"${"9".repeat(38)}"`);
  });

  it("cuts a timestamp to the digits of its column", () => {
    const at = "2024-01-01T00:00:00.987654Z";
    expect(token(at, { data_type: "timestamp", precision: 3 })).toBe('"2024-01-01T00:00:00.987Z"');
    expect(token(at, { data_type: "timestamp", precision: 0 })).toBe('"2024-01-01T00:00:00Z"');
    expect(token(at, { data_type: "timestamp", precision: 9 })).toBe(`"${at}"`);
  });

  it("counts what cannot be stored, inside JSON too", () => {
    let replaced = 0;
    let nonFinite = 0;
    const losses = {
      replaced: (count: number) => (replaced += count),
      nonFinite: () => (nonFinite += 1),
      converted: () => undefined,
      rounded: () => undefined,
    };
    expect(coerce("a\0b\ud800", { data_type: "text" }, losses)).toBe('"a\ufffdb\ufffd"');
    expect(coerce({ "k\0": ["\udfff", Number.NaN] }, { data_type: "json" }, losses)).toBe(
      '"{\\"k\ufffd\\":[\\"\ufffd\\",null]}"',
    );
    expect([replaced, nonFinite]).toEqual([4, 1]);
  });

  it.each([
    ["bigint", "02134", true],
    ["bigint", " 5", true],
    ["bigint", "0x10", true],
    ["bigint", "12", false],
    ["double", "007.50", true],
    ["double", "2.5", false],
    ["bool", 2, true],
    ["bool", 1, false],
    ["bool", 0, false],
    ["bool", "yes", true],
    ["bool", "true", false],
  ] as const)("%s tells when %j cannot be told from what is stored: %s", (data_type, value, expected) => {
    let converted = false;
    const losses = {
      replaced: () => undefined,
      nonFinite: () => undefined,
      converted: () => (converted = true),
      rounded: () => undefined,
    };
    expect(coerce(value, { data_type }, losses)).toBeDefined();
    expect(converted).toBe(expected);
  });
});
