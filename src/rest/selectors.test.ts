import { describe, expect, it } from "vitest";
import { compilePath } from "./json-path.js";
import { selectItems } from "./selectors.js";

const select = (body: unknown, path: string) => selectItems(body, compilePath(path));

describe("selectItems with a selector", () => {
  it("takes a list as it is, without copying", () => {
    const body = { data: { items: [{ id: 1 }] } };
    expect(select(body, "data.items").items).toBe(body.data.items);
  });

  it("takes an object or scalar as one row and null as none", () => {
    expect(select({ user: { id: 1 } }, "user").items).toEqual([{ id: 1 }]);
    expect(select({ n: 0 }, "n").items).toEqual([0]);
    expect(select({ users: null }, "users").items).toEqual([]);
    expect(select([{ id: 1 }], "$").items).toEqual([{ id: 1 }]);
    expect(select({ id: 1 }, "$").items).toEqual([{ id: 1 }]);
  });

  it("flattens lists among several matches by one level, so that their number does not matter", () => {
    expect(select({ a: [{ b: [1, 2] }] }, "a[*].b").items).toEqual([1, 2]);
    expect(select({ a: [{ b: [1, 2] }, { b: [[3]] }] }, "a[*].b").items).toEqual([1, 2, [3]]);
    expect(select({ edges: [{ node: { id: 1 } }, { node: { id: 2 } }] }, "edges[*].node").items).toEqual([
      { id: 1 },
      { id: 2 },
    ]);
  });

  it("warns with the keys that were there when nothing matches", () => {
    const { items, warning } = select({ data: { rows: [1] }, meta: { page: 1 }, status: "ok" }, "data.items");
    expect(items).toEqual([]);
    expect(warning?.code).toBe("selector-matched-nothing");
    expect(warning?.message).toBe(
      'The data selector "data.items" matched nothing; the response has: data, data.rows, meta, meta.page, status.',
    );
  });

  it("does not warn about an empty list behind a wildcard", () => {
    expect(select({ edges: [] }, "edges[*].node").warning).toBeUndefined();
    expect(select({ edges: [{ x: 1 }] }, "edges[*].node").warning?.code).toBe("selector-matched-nothing");
  });

  it("has no rows for an empty body", () => {
    expect(selectItems(undefined, compilePath("data"))).toEqual({ items: [], certain: true });
    expect(selectItems(undefined, undefined)).toEqual({ items: [], certain: true });
  });
});

describe("selectItems without a selector", () => {
  const row = { id: 1 };
  it.each<[string, unknown, readonly string[]]>([
    ["a list", [row], []],
    ["an object without lists", { a: 1 }, []],
    ["an empty object", {}, []],
    ["offset envelope", { data: [row], pagination: { offset: 0, limit: 1, total: 5 } }, ["data"]],
    ["page info", { items: [row], page_info: { current_page: 1, total_pages: 2 } }, ["items"]],
    ["an unknown name", { products: [row], next_cursor: "c" }, ["products"]],
    ["a nested known name", { _embedded: { items: [row] }, _links: { self: {} } }, ["_embedded", "items"]],
    ["an unknown name beside details", { query_results: [row], page_details: { total_pages: 3 } }, ["query_results"]],
    ["an empty list of a known name before errors", { data: [], errors: [{ code: 1 }] }, ["data"]],
    ["an empty list of an unknown name before scalars", { things: [], tags: ["a"] }, ["things"]],
    ["objects before scalars", { tags: ["a"], things: [row] }, ["things"]],
    ["known names, shallow before deep", { first: { items: [row] }, results: [row] }, ["results"]],
    ["known names with rows before empty ones", { results: [], data: [row] }, ["data"]],
    ["an empty list of a known name before a deeper one", { data: [], more: { items: [row] } }, ["data"]],
    ["scalars of a known name before deeper objects", { data: ["a"], deep: { er: [row] } }, ["data"]],
    ["rows before facets and links", { facets: [row], _links: { curies: [row] }, products: [row] }, ["products"]],
    ["shallow before deep", { deep: { er: [row] }, things: [row] }, ["things"]],
    ["rows before lists about the response", { meta: { tags: ["a"] }, things: [row] }, ["things"]],
    [
      "known names before lists about the response",
      { meta: { items: [1] }, results: { items: [row] } },
      ["results", "items"],
    ],
    ["a list four keys down, which is too deep", { a: { b: { c: { d: [row] } } } }, []],
    ["scalars when there is nothing else", { names: ["a", "b"] }, ["names"]],
    ["an object with an id and scalar lists", { id: 1, tags: ["a"] }, []],
    ["an object with an id and scalars under a known name", { id: 1, values: [1, 2] }, []],
    ["an envelope with an id and an empty list of a known name", { id: "r-1", data: [] }, ["data"]],
    ["an object with an id and only lists about the response", { id: 1, meta: { tags: ["a"] } }, []],
    ["an envelope with an id", { id: "r-1", object: "list", data: [row] }, ["data"]],
    ["a page with a name", { id: "q-1", name: "search", total_pages: 3, results: [row] }, ["results"]],
    ["a key with a dot", { "my.rows": [row], total: 1 }, ["my.rows"]],
  ])("finds the rows in %s", (_, body, keys) => {
    const { detected, items, warning } = selectItems(body, undefined);
    expect(detected).toEqual(keys);
    expect(warning).toBeUndefined();
    // What is remembered finds the same rows again.
    expect(selectItems(body, undefined, detected).items).toEqual(items);
  });

  it("makes one row of the whole body when there is no list", () => {
    expect(selectItems({ message: "nothing" }, undefined).items).toEqual([{ message: "nothing" }]);
    expect(selectItems(5, undefined).items).toEqual([5]);
    expect(selectItems(null, undefined).items).toEqual([]);
  });

  it.each<[string, unknown, readonly string[], string]>([
    ["a record with a list", { id: 7, name: "x", posts: [row] }, [], "posts"],
    ["a record in an envelope", { user: { id: 1, name: "n", tags: [{ t: 1 }] } }, ["user"], "user.tags"],
    ["a record whose list has a known name", { id: 7, customer: "x", items: [row] }, ["items"], "$"],
    ["an id and a list, nothing else", { id: 7, parts: [row] }, ["parts"], "$"],
    ["pages with an id", { id: 7, name: "x", next_cursor: null, parts: [row] }, ["parts"], "$"],
    ["settings with a list", { theme: "dark", servers: [{ host: "a" }] }, ["servers"], "$"],
  ])("says that it is in doubt: %s", (_, body, keys, other) => {
    const { detected, warning } = selectItems(body, undefined);
    expect(detected).toEqual(keys);
    expect(warning?.code).toBe("selector-ambiguous");
    expect(warning?.message).toContain(`"${other}" may be meant`);
  });

  it("says when two lists are equally good", () => {
    const { detected, warning } = selectItems({ users: [row], groups: [row] }, undefined);
    expect(detected).toEqual(["users"]);
    expect(warning).toMatchObject({
      code: "selector-ambiguous",
      message: expect.stringContaining('"groups"') as unknown,
    });
  });

  it("prefers rows of objects to scalars under a known name, and says so", () => {
    const { detected, warning } = selectItems({ values: ["a"], users: [row] }, undefined);
    expect(detected).toEqual(["users"]);
    expect(warning).toMatchObject({ message: expect.stringContaining('"values" may be meant') as unknown });
  });

  it("says when rows lie less deep than those of a known name", () => {
    const { detected, warning } = selectItems({ users: [row], page: { items: [row] } }, undefined);
    expect(detected).toEqual(["page", "items"]);
    expect(warning).toMatchObject({ message: expect.stringContaining('"users" may be meant') as unknown });
  });

  it("warns when a later page has no rows in the place of the first", () => {
    expect(selectItems({ message: "gone" }, undefined, ["data"]).warning).toEqual({
      code: "selector-matched-nothing",
      message: expect.stringMatching(
        /rows of the first page were found at "data", where a later page has nothing.*: message\./,
      ),
    });
    expect(selectItems({ data: null }, undefined, ["data"])).toEqual({
      items: [],
      detected: ["data"],
      certain: false,
    });
  });

  it.each<[string, unknown, boolean]>([
    ["a list", [row], true],
    ["a list with a known name", { data: [], error: "x" }, true],
    ["a record", { id: 7, error: "x" }, true],
    ["any object", { error: "x" }, false],
    ["a list with an unknown name", { error: "x", details: [row] }, false],
    ["a list about the response", { data: null, errors: [row] }, false],
  ])("is certain of %s: %o", (_, body, certain) => {
    const first = selectItems(body, undefined);
    expect(first.certain).toBe(certain);
    if (first.detected?.length === 0) expect(selectItems(body, undefined, first.detected).certain).toBe(certain);
  });
});
