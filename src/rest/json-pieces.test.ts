import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { atOnce } from "../core/piecework.js";
import { parseJsonBody } from "./json-body.js";
import { parseJsonPieces } from "./json-pieces.js";

const origin = { url: "https://api.example.com/items", status: 200, contentType: "application/json" };
/** So small that every text has many pieces. */
const SIZES = { long: 4, piece: 8 };

/** What a parser makes of a text: its value, or the first line of its error. */
function outcome(parse: () => unknown): unknown {
  try {
    return { value: parse() };
  } catch (error) {
    return { error: error instanceof Error ? error.message.split("\n", 1)[0] : error };
  }
}

function expectSame(text: string): void {
  const whole = outcome(() => parseJsonBody(text, origin));
  expect(outcome(() => atOnce(parseJsonPieces(text, origin, "double", SIZES)))).toEqual(whole);
}

describe("parseJsonPieces", () => {
  it("gives what parsing at once gives, whatever the text holds", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.nat(3), (json, indent) => {
        expectSame(JSON.stringify(JSON.parse(json), undefined, indent));
      }),
      { numRuns: 500 },
    );
  });

  it("refuses what parsing at once refuses, with the same words", () => {
    const damage = fc.constantFrom("", ",", "]", "}", "[", "{", '"', ":", " ", "1", "x", "\\");
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.nat(), fc.nat(2), damage, (json, at, cut, put) => {
        const where = at % (json.length + 1);
        expectSame(json.slice(0, where) + put + json.slice(where + cut));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    '{"__proto__":{"a":1},"aaaaaaaaaa":[1,2,3,4,5,6,7,8],"__proto__":2}',
    '[12345678901234567890, 1e400, {"bbbbbbbbbbbb": 9007199254740993}]',
    '["a long text with \\"quotes\\", [brackets] and \\\\", "b"]',
    "[                    ,1]",
    "[1,2,3,4,5,6,7,8,9,                  ]",
    '{"a":1,"b":2,"c":3,             }',
    '{"a long key without a value to it"}',
    "[]                    ",
    "[[[[[[[[[[[[1]]]]]]]]]]]]] ",
  ])("takes %s as it is", (text) => {
    expectSame(text);
  });

  it("keeps a key __proto__ as one of many, with the last of its values", () => {
    const text = `{"__proto__":{"a":1},"list":[${"1,".repeat(20)}1],"__proto__":2}`;
    const value = atOnce(parseJsonPieces(text, origin, "double", SIZES)) as object;
    expect(Object.entries(value)[0]).toEqual(["__proto__", 2]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it("can be left between any two pieces", () => {
    const text = JSON.stringify({ data: Array.from({ length: 100 }, (_, id) => ({ id })) });
    expect([...parseJsonPieces(text, origin, "double", SIZES)].length).toBeGreaterThan(90);
  });
});
