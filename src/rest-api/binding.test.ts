import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonValue } from "../core/json.js";
import { includedField, parentLink, restore } from "./binding.js";

const jsonWithBigints = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
    fc.string(),
    fc.bigInt(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("$bigint", "$entries", "__proto__")), tie("value"), {
      maxKeys: 3,
    }),
  ),
})).value;

describe("parentLink", () => {
  it("carries any JSON value with big integers through the journal", () => {
    fc.assert(
      fc.property(jsonWithBigints, (value) => {
        const link = parentLink("child", "parent", {
          placeholders: [{ kind: "parent", resource: "parent", jsonPath: "v", source: "{parent.v}" }],
          included: [includedField("parent", "v")],
        });
        const bound = JSON.parse(JSON.stringify(link.bind([{ v: value, other: 1n }])[0])) as JsonValue;
        expect(restore(bound).values.get("v")).toEqual(value);
        expect(link.include?.({ own: 1 }, bound, () => undefined)).toEqual({ own: 1, _parent_v: value });
      }),
    );
  });

  it("binds no more than is needed, and dates as text", () => {
    const link = parentLink("c", "p", {
      placeholders: [{ kind: "parent", resource: "p", jsonPath: "at", source: "{p.at}" }],
      included: [],
    });
    expect(link.bind([{ at: new Date(0), more: "x" }])).toEqual([{ values: { at: "1970-01-01T00:00:00.000Z" } }]);
    expect(link).not.toHaveProperty("include");
  });

  it("names columns by key or path", () => {
    expect(["id", "a-b", "profile.lang", "$['a b'][0]"].map((key) => includedField("users", key).column)).toEqual([
      "_users_id",
      "_users_a-b",
      "_users_profile_lang",
      "_users_a_b_0",
    ]);
  });
});
