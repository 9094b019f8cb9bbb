import { describe, expect, it } from "vitest";
import { ConfigError } from "../core/errors.js";
import { YamlDocument } from "./yaml-document.js";

const YAML = `pipeline_name: x
source:
  client: {base_url: "http://a", auth: {token: t}}
  resources:
    - users
    - name: posts
      endpoint:
        paginator:
          type: ofset
`;

describe("YamlDocument", () => {
  const document = new YamlDocument(YAML, "x.yaml");

  it("knows where a value, its key and the nearest thing around a missing value stand", () => {
    expect(document.placeOf(["source", "resources", 1, "endpoint", "paginator", "type"])).toBe("x.yaml:9:17");
    expect(document.placeOfKey(["source", "resources", 1, "endpoint", "paginator", "type"])).toBe("x.yaml:9:11");
    expect(document.placeOf(["source", "client", "auth", "token"])).toBe("x.yaml:3:48");
    expect(document.placeOf(["source", "resources", 0])).toBe("x.yaml:5:7");
    expect(document.placeOf(["source", "resources", 0, "endpoint", "path"])).toBe("x.yaml:5:7");
    expect(document.placeOf(["source", "resources", 7])).toBe("x.yaml:5:5");
    expect(document.placeOf([])).toBe("x.yaml:1:1");
  });

  it("reads JSON, and names the place of a syntax error and of a key that is given twice", () => {
    expect(new YamlDocument('{"a": [1, {"b": null}]}', "x.json").value()).toEqual({ a: [1, { b: null }] });
    expect(() => new YamlDocument('{\n "a": 1,,\n}', "x.json")).toThrow(/^x\.json:2:9: /);
    expect(() => new YamlDocument("a: 1\nb: 2\na: 3\n", "x.yaml")).toThrow(/^x\.yaml:3:1: /);
  });

  it("keeps __proto__ an ordinary key and refuses a bomb of aliases", () => {
    const value = new YamlDocument("__proto__: {polluted: true}", "x.yaml").value() as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect("polluted" in value).toBe(false);
    const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 8; i++)
      bomb.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(", ")}]`);
    expect(() => new YamlDocument(bomb.join("\n"), "x.yaml").value()).toThrow(ConfigError);
  });
});
