import { describe, expect, it } from "vitest";
import { ConfigError } from "../core/errors.js";
import { assertJson } from "./strict-json.js";

describe("assertJson", () => {
  it("accepts JSON, with a byte order mark or without", async () => {
    await assertJson('\uFEFF{"a": [1, -2.5e3, "x\\n", null, true, {}]}\n', "x.json");
  });

  it.each([
    ['{\n  "since": None\n}', "x.json:2:12", "JSON writes null, true and false."],
    ['{"active": True}', "x.json:1:12", "JSON writes null, true and false."],
    ['{"a": [1, 2,]}', "x.json:1:13", "no comma before a closing bracket"],
    ['{"a": 1,\n}', "x.json:2:1", "no comma before a closing bracket"],
    ["{'a': 1}", "x.json:1:2", "double quotes"],
    ['{"a": 1, // one\n}', "x.json:1:10", "no comments"],
    ["pipeline_name: x", "x.json:1:1", "double quotes"],
    ["", "x.json:1:1", "double quotes"],
    ['{"a": 1, "a": 2}', "x.json:1:", "Duplicate key"],
  ])("refuses %j", async (text, place, words) => {
    const failure = await assertJson(text, "x.json").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConfigError);
    expect(String(failure)).toContain(place);
    expect(String(failure)).toContain(words);
  });
});
