import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../core/errors.js";
import { compilePath, pathOfKeys } from "./json-path.js";

const body = {
  data: {
    items: [
      { id: 1, tags: ["a"] },
      { id: 2, tags: [] },
      { id: 3, tags: ["b", "c"] },
    ],
    "a b": { c: 7 },
  },
  "many-results": [1, 2],
  "@odata.nextLink": "https://x/2",
  "dotted.key": "whole",
  dotted: { key: "nested" },
  "it's": "quoted",
  list: [[1, 2], [3]],
  größe: 5,
  _links: { next: { href: "/2" } },
  links: [
    { rel: "self", href: "/1" },
    { rel: "next", href: "/2" },
  ],
};

function outcome(path: string): string {
  try {
    compilePath(path).find(body);
    return "found";
  } catch (error) {
    return error instanceof ConfigError ? "ConfigError" : String(error);
  }
}

describe("compilePath", () => {
  it.each<[string, unknown[]]>([
    ["$", [body]],
    ["data.items", [body.data.items]],
    ["$.data.items", [body.data.items]],
    ["$['data']['items']", [body.data.items]],
    ["data['a b'].c", [7]],
    ["['many-results']", [[1, 2]]],
    ["many-results", [[1, 2]]],
    ["@odata.nextLink", ["https://x/2"]],
    ['["@odata.nextLink"]', ["https://x/2"]],
    ["dotted.key", ["nested"]],
    ["['dotted.key']", ["whole"]],
    ['["it\'s"]', ["quoted"]],
    ["größe", [5]],
    ["_links.next.href", ["/2"]],
    ["data.items[0].id", [1]],
    ["data.items[-1].id", [3]],
    ["data.items[9]", []],
    ["data.items[*].id", [1, 2, 3]],
    ["data.items[*].tags", [["a"], [], ["b", "c"]]],
    ["data.items[*].tags[*]", ["a", "b", "c"]],
    ["$.data.items[0:2].id", [1, 2]],
    ["data.items[0:2].id", [1, 2]],
    ["data.items[?(@.id>1)].id", [2, 3]],
    ["data.items[?(@.id>1 & @.id<3)].id", [2]],
    ["links[?@.rel=='next'].href", ["/2"]],
    ["data.items[?@.id > $['many-results'][1]].id", [3]],
    ["$..href", ["/2", "/1", "/2"]],
    ["data..id", [1, 2, 3]],
    ["list[*][0]", [1, 3]],
    ["nothing.here", []],
    ["data.items.id", []],
    ["constructor", []],
    ["toString.name", []],
  ])("%s", (path, expected) => {
    const compiled = compilePath(path);
    expect(compiled.path).toBe(path);
    expect(compiled.find(body)).toEqual(expected);
    expect(compiled.first(body)).toEqual(expected[0]);
  });

  it("finds null, which is a value, and nothing in scalars", () => {
    expect(compilePath("a").find({ a: null })).toEqual([null]);
    for (const value of [null, undefined, 5, "text"]) expect(compilePath("a.b").find(value)).toEqual([]);
  });

  it("applies a key to no list", () => {
    expect(compilePath("id").find([{ id: 1 }])).toEqual([]);
    expect(compilePath("length").find([1, 2])).toEqual([]);
  });

  it.each(["", "  ", ".a", "a.", "a..", "a[", "a['b]", "a b", "a.[?(@.x>)]", "$[?", "a,b", "$..", "a)b"])(
    "refuses %j when it is compiled",
    (path) => {
      expect(() => compilePath(path)).toThrow(ConfigError);
      expect(() => compilePath(path)).toThrow(/is not a valid JSONPath/);
    },
  );

  it("says whether finding nothing needs an explanation", () => {
    expect(compilePath("edges[*].node").mayBeEmpty({ edges: [] })).toBe(true);
    expect(compilePath("edges[*].nodes[*]").mayBeEmpty({ edges: [{ nodes: [] }] })).toBe(true);
    expect(compilePath("edges[?(@.x>1)]").mayBeEmpty({ edges: [{ x: 1 }] })).toBe(true);
    expect(compilePath("edges[*].node").mayBeEmpty({ edges: [{ nod: 1 }] })).toBe(false);
    expect(compilePath("edges[*].node").mayBeEmpty({ edgse: [] })).toBe(false);
    expect(compilePath("data.items").mayBeEmpty({ data: {} })).toBe(false);
    expect(compilePath("$..items").mayBeEmpty({ data: {} })).toBe(false);
  });

  it("never throws anything but a ConfigError", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a$.[\]'"*?@()0-9: &=]{1,12}$/)), (path) => {
        expect(["found", "ConfigError"]).toContain(outcome(path));
      }),
    );
  });
});

describe("pathOfKeys", () => {
  it("reaches any key, and its text compiles to the same path", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 3 }), (keys) => {
        const value: unknown = keys.reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), "found");
        expect(pathOfKeys(keys).first(value)).toBe("found");
        expect(compilePath(pathOfKeys(keys).path).first(value)).toBe("found");
      }),
    );
  });

  it("is shown like a hand-written path", () => {
    expect(pathOfKeys(["data", "items"]).path).toBe("data.items");
    expect(pathOfKeys(["@odata.nextLink"]).path).toBe('["@odata.nextLink"]');
    expect(pathOfKeys([]).path).toBe("$");
  });
});

describe("a path that the library evaluates", () => {
  it("finds all matches of a list that does not fit on the stack", () => {
    const rows = Array.from({ length: 700_000 }, (_, id) => id);
    const found = compilePath("rows[1:]").find({ rows });
    expect(found).toHaveLength(699_999);
    expect(found.at(-1)).toBe(699_999);
  });
});
