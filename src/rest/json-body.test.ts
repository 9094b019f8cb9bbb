import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ResponseParseError } from "./errors.js";
import { parseJsonBody } from "./json-body.js";

const origin = { url: "https://api.example.com/items?api_key=hush", status: 200, contentType: "application/json" };
const parse = (text: string): unknown => parseJsonBody(text, origin);

describe("parseJsonBody", () => {
  it("keeps integers exact beyond 2^53", () => {
    expect(parse('{"a":9007199254740993,"b":[-12345678901234567890],"c":9007199254740991}')).toEqual({
      a: 9007199254740993n,
      b: [-12345678901234567890n],
      c: 9007199254740991,
    });
    expect(parse("12345678901234567890")).toBe(12345678901234567890n);
    expect(parse("[12345678901234567890]")).toEqual([12345678901234567890n]);
  });

  it("finds them wherever they stand in the text", () => {
    for (let before = 0; before < 40; before += 1) {
      const text = "x".repeat(before);
      expect(parse(`["${text}",9007199254740993,${"1,".repeat(before)}1]`)).toContain(9007199254740993n);
      expect(parse(`["${text}",1e400]`)).toEqual([text, "1e400"]);
      expect(parse(`["${text}",123456789012345,"1234567890123456789"]`)).toEqual([
        text,
        123456789012345,
        "1234567890123456789",
      ]);
    }
  });

  it("reads fractions and exponents as numbers on both paths", () => {
    expect(parse('{"big":12345678901234567890,"x":3.3000000000000003,"y":1e3,"z":-0.5,"w":1.0}')).toEqual({
      big: 12345678901234567890n,
      x: 3.3000000000000003,
      y: 1000,
      z: -0.5,
      w: 1,
    });
  });

  it.each<[string, unknown]>([
    ["123456789012345678e3", 123456789012345678000n],
    ["-123456789012345678E+3", -123456789012345678000n],
    ["9007199254740993.0", 9007199254740993n],
    ["12345678901234567890.500e2", 1234567890123456789050n],
    ["12345678901234567890e-1", 1234567890123456789n],
    ["1234567890123456000e-3", 1234567890123456],
    ["12345678901234567890e-2", Number("123456789012345678.9")],
    ["9007199254740993.5", Number("9007199254740993.5")],
    ["1234567890123456e384", 1234567890123456n * 10n ** 384n],
    ["9".repeat(400), BigInt("9".repeat(400))],
    ["0000000000000000e1", undefined],
  ])("keeps integers exact however they are written: %s", (literal, value) => {
    if (value === undefined) expect(() => parse(literal)).toThrow(ResponseParseError);
    else expect(parse(`{"v":${literal}}`)).toEqual({ v: value });
  });

  it.each([
    "1234567890123456e385",
    "1234567890123456e99999999999999999999",
    "1e400",
    "-1.5E+309",
    "2.5e-400",
    `${"9".repeat(400)}.5`,
    "9".repeat(401),
  ])("keeps the text of what is no double and no integer of reasonable length: %s", (literal) => {
    expect(parse(`{"v":${literal},"w":1}`)).toEqual({ v: literal, w: 1 });
  });

  it.each(["0e500", "0.000e-500", "1e308", "5e-324", "-0.0"])("leaves doubles at the edge alone: %s", (literal) => {
    expect(parse(`[${literal}]`)).toEqual([Number(literal)]);
  });

  it("needs neither stack nor time that grows with the square of a number's length", () => {
    const literal = "9".repeat(10_000_000);
    expect(parse(`[${literal},${" ".repeat(10_000_000)}0.${literal},12345678901234567890]`)).toEqual([
      literal,
      1,
      12345678901234567890n,
    ]);
  });

  it("leaves doubles in scientific notation alone, whatever else is in the body", () => {
    const text = "[1.2345678901234567e+20,1e23,3.3000000000000003";
    expect(parse(`${text}]`)).toEqual([1.2345678901234567e20, 1e23, 3.3000000000000003]);
    expect(parse(`${text},12345678901234567890]`)).toEqual([
      1.2345678901234567e20,
      1e23,
      3.3000000000000003,
      12345678901234567890n,
    ]);
  });

  it("is JSON.parse for everything without long integers", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        fc.pre(!/\d{16}/.test(text));
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it("gives every integer its exact value", () => {
    fc.assert(
      fc.property(fc.bigInt(), (value) => {
        expect(parse(`{"v": ${value}}`)).toEqual({ v: Number.isSafeInteger(Number(value)) ? Number(value) : value });
      }),
    );
  });

  it.each(['{"__proto__":{"polluted":1}}', '{"__proto__":{"polluted":1},"n":12345678901234567890}'])(
    "makes __proto__ an own property: %s",
    (text) => {
      const value = parse(text);
      expect(Object.hasOwn(value as object, "__proto__")).toBe(true);
      expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    },
  );

  it("takes the last of repeated keys on both paths", () => {
    expect(parse('{"a":1,"a":2}')).toEqual({ a: 2 });
    expect(parse('{"a":1,"a":12345678901234567890}')).toEqual({ a: 12345678901234567890n });
  });

  it.each([
    ["lists", `${"[".repeat(5000)}${"]".repeat(5000)}`],
    ["objects", `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`],
    ["with long numbers", `${"[".repeat(100_000)}12345678901234567890${"]".repeat(100_000)}`],
  ])("refuses very deep bodies instead of overflowing the stack: %s", (_, text) => {
    expect(() => parse(text)).toThrow(/nested more than 1000 levels/);
  });

  it("measures long bodies before it parses them", () => {
    const padding = `"${'\\\\ \\" [ '.repeat(600_000)}"`;
    expect(padding.length).toBeGreaterThan(4 * 1024 * 1024);
    expect(parse(`[${padding},[1,{"a":[]}]]`)).toEqual([JSON.parse(padding), [1, { a: [] }]]);
    expect(() => parse(`[${padding},${"[".repeat(5_000_000)}`)).toThrow(/nested more than 1000 levels/);
    expect(() => parse(`[${"0,".repeat(20_000_001)}0]`)).toThrow(/holds more than 20000000 values/);
    expect(() => parse(`[${padding.slice(0, -1)}`)).toThrow(/not JSON/);
  });

  it("reads wide bodies however many lists they have", () => {
    const rows = Array.from({ length: 5000 }, (_, i) => ({ i, tags: [i] }));
    expect(parse(JSON.stringify(rows))).toEqual(rows);
  });

  it("explains a web page", () => {
    const page = "<!DOCTYPE html><html><head><title>Sign in</title></head></html>";
    const error = caught(() => parseJsonBody(page, { ...origin, contentType: "text/html" }));
    expect(error.code).toBe("SLUICE_RESPONSE_PARSE");
    expect(error.message).toContain("Sign in");
    expect(error.message).toContain("This looks like a web page: check the base URL, the path");
    expect(error.message).toContain("HTTP 200, text/html");
    expect(error.message).not.toContain("hush");
    expect(error.truncated).toBe(false);
  });

  it("says that XML is not read, and what to do", () => {
    for (const [text, contentType] of [
      ["<a/>", "application/xml"],
      ["<feed/>", "application/atom+xml; charset=utf-8"],
      ['<?xml version="1.0"?><a/>', undefined],
    ] as const)
      expect(caught(() => parseJsonBody(text, { ...origin, contentType })).message).toMatch(/XML is not read: ask for/);
    const xhtml = { ...origin, contentType: "application/xhtml+xml" };
    expect(caught(() => parseJsonBody("<html/>", xhtml)).message).toContain("This looks like a web page");
  });

  it("marks JSON that was cut off, for another attempt may bring the rest", () => {
    expect(caught(() => parse('{"data":[{"id":1},{"id"')).truncated).toBe(true);
    expect(caught(() => parse("Internal error")).truncated).toBe(false);
  });
});

function caught(run: () => unknown): ResponseParseError {
  try {
    run();
  } catch (error) {
    if (error instanceof ResponseParseError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
