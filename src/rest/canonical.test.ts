import { describe, expect, expectTypeOf, it } from "vitest";
import { ConfigError } from "../core/errors.js";
import { camelCase, camelCaseKeys, typedConfig, type SnakeCased } from "./canonical.js";

describe("camelCase", () => {
  it.each([
    ["base_url", "baseUrl"],
    ["next_url_path", "nextUrlPath"],
    ["stop_after_empty_page", "stopAfterEmptyPage"],
    ["baseUrl", "baseUrl"],
    ["oauth2_token", "oauth2Token"],
    ["_private", "_private"],
    ["x", "x"],
  ])("%s is %s", (key, expected) => {
    expect(camelCase(key)).toBe(expected);
  });
});

describe("camelCaseKeys", () => {
  it("changes the config's own keys and nothing inside its values", () => {
    expect(camelCaseKeys({ base_url: "x", params: { per_page: 1 } }, "client")).toEqual({
      baseUrl: "x",
      params: { per_page: 1 },
    });
  });

  it("refuses both spellings at once", () => {
    expect(() => camelCaseKeys({ base_url: "x", baseUrl: "y" }, "client")).toThrow(ConfigError);
  });

  it("keeps the prototype when a parsed document has __proto__", () => {
    const keys = camelCaseKeys(JSON.parse('{"__proto__":{"polluted":1}}') as Record<string, unknown>, "client");
    expect(Object.getPrototypeOf(keys)).toBe(Object.prototype);
    expect(keys["polluted"]).toBeUndefined();
  });
});

describe("typedConfig", () => {
  it("makes an object of a name and fills in the default type", () => {
    expect(typedConfig("json_link", "paginator")).toEqual({ type: "json_link" });
    expect(typedConfig({ token: "t" }, "auth", "bearer")).toEqual({ type: "bearer", token: "t" });
    expect(() => typedConfig({ token: "t" }, "paginator")).toThrow(/paginator\.type is undefined/);
  });
});

describe("SnakeCased", () => {
  it("spells the keys like dlt", () => {
    expectTypeOf<
      SnakeCased<{ readonly baseUrl: string; readonly nextUrlPath?: number; readonly type: "x" }>
    >().toEqualTypeOf<{
      readonly base_url: string;
      readonly next_url_path?: number;
      readonly type: "x";
    }>();
  });
});
