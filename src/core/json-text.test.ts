import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonText } from "./json-text.js";

describe("jsonText", () => {
  it("writes what JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(jsonText(value)).toBe(JSON.stringify(value));
      }),
    );
  });

  it("keeps bigints, bytes, maps and sets", () => {
    const value = {
      big: 12345678901234567890n,
      bytes: new Uint8Array([1, 2, 3]),
      map: new Map([["k", [new Set([1])]]]),
      none: undefined,
      run: () => 1,
    };
    expect(jsonText(value)).toBe('{"big":12345678901234567890,"bytes":"AQID","map":{"k":[[1]]}}');
  });

  it("sorts keys by code point, numeric ones too", () => {
    expect(
      jsonText({ b: 1, "10": 2, "9": 3, "\u{1f600}": 4, "\uffff": 5, a: { d: 1, c: 2 } }, { sortKeys: true }),
    ).toBe('{"10":2,"9":3,"a":{"c":2,"d":1},"b":1,"\uffff":5,"😀":4}');
  });

  it("needs no stack for deep values", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = level % 2 === 0 ? [deep] : { a: deep };
    expect(jsonText(deep)).toHaveLength(50_000 * 2 + 50_000 * 6 + 1);
  });

  it("refuses cycles", () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = { cycle };
    expect(() => jsonText(cycle)).toThrow(/contains itself/);
  });

  it("reports NaN and Infinity", () => {
    let count = 0;
    expect(jsonText([Number.NaN, { a: -Infinity }], { onNonFinite: () => count++ })).toBe('[null,{"a":null}]');
    expect(count).toBe(2);
  });
});
