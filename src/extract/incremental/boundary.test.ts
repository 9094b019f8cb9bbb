import { describe, expect, it } from "vitest";
import { Boundary, type BoundaryOptions } from "./boundary.js";

/** Hashes that dlt (`digest_dedup_value(value, legacy=True)`, orjson) gives. */
const DLT_HASHES: readonly (readonly [unknown, string])[] = [
  ["abc", "Q7izEiCRBJq3oU2fNGTP"],
  [1, "669czW83KR00ut4bv/U5"],
  ['é\u2028\u007f\u0001"', "TID4/1ZEoIMgim0tRdoM"],
  [[1, "a"], "ndvRJS8rm8iAiHfET37I"],
  [{ b: 1, a: { z: null, y: true } }, "dcn9J7FkRoIiHU2KW+YK"],
  [{ "z～": 2, "z\u{1F600}": 1 }, "swjHCHY+wk82Ur393czC"],
  [12345678901234567890n, "Cm/8sREve6faf8fSAkwg"],
  [{ f: [2.5, 1e16, 1.5e300, 1e-6, 1.25e-7, 0.00001, -0] }, "tV3HQxMqDBZ34b6lJxdK"],
  [null, "KtLhiM3tliLbJ+hWaj3s"],
  [new Date("2024-01-01T00:00:00Z"), "Ls2rKmgN2G3606kizSU3"],
  [new Date("2024-01-01T00:00:00.123Z"), "URCx6Vkf/sdTse6Ss7/7"],
];

function boundaryOf(options: Partial<BoundaryOptions>): Boundary {
  return new Boundary({ resource: "r", key: "key", stored: [], most: 100, mayForget: false, ...options });
}

function hashOf(key: unknown): string | undefined {
  const boundary = boundaryOf({});
  boundary.restart({ key }, 0);
  return boundary.list()[0];
}

describe("boundary hashes", () => {
  it.each(DLT_HASHES)("hashes %o as dlt does", (value, hash) => {
    expect(hashOf(value)).toBe(hash);
  });

  it("hashes a compound key as the list of its values", () => {
    const boundary = boundaryOf({ key: ["a", "b"] });
    boundary.restart({ b: "a", a: 1, c: "ignored" }, 0);
    expect(boundary.list()).toEqual([hashOf([1, "a"])]);
  });

  it("recognises rows by dlt's short hashes and adds in that form until it restarts", () => {
    const stored = [hashOf("abc") ?? ""].map((hash) => hash.slice(0, 12));
    const boundary = boundaryOf({ stored });
    expect(boundary.wasLoaded({ key: "abc" }, 0)).toBe(true);
    boundary.add({ key: 1 }, 1);
    expect(boundary.list().map((hash) => hash.length)).toEqual([12, 12]);
    boundary.restart({ key: 2 }, 2);
    expect(boundary.list()).toEqual([hashOf(2)]);
  });

  it("names the missing key, the row and a way out", () => {
    const boundary = boundaryOf({ resource: "issues", key: "id" });
    expect(() => boundary.restart({ number: 7 }, 3)).toThrowError(
      /no "id".*resource "issues", row 3[\s\S]*"number":7[\s\S]*primaryKey: \[\]/,
    );
  });

  it("refuses to hash rows that are nested beyond reason, instead of overflowing the stack", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i += 1) deep = [deep];
    const boundary = boundaryOf({ key: undefined });
    boundary.restart({ deep }, 0);
    expect(() => boundary.list()).toThrowError(/cannot be hashed.*resource "r"/);
  });

  it("keeps no more hashes than it may: none where rows are merged, and says so where they would be repeated", () => {
    const merged = boundaryOf({ most: 2, mayForget: true });
    merged.restart({ key: 1 }, 0);
    const replayed = boundaryOf({ most: 2, mayForget: true });
    for (const key of [2, 3, 4]) {
      merged.add({ key }, key);
      replayed.restore(merged.takeChange() ?? { reset: false, added: [] });
    }
    expect([merged.list(), replayed.list()]).toEqual([[], []]);
    merged.restart({ key: 5 }, 0);
    merged.add({ key: 6 }, 0);
    replayed.restore(merged.takeChange() ?? { reset: false, added: [] });
    expect(replayed.list()).toEqual(expect.arrayContaining([hashOf(5), hashOf(6)]));
    expect(merged.list()).toEqual(replayed.list());

    const appended = boundaryOf({ most: 2 });
    appended.restart({ key: 1 }, 0);
    for (const key of [2, 3]) appended.add({ key }, key);
    expect(() => appended.takeChange()).toThrowError(/More than 2 rows share one cursor value.*\n.*merge/);
  });
});
