import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../core/errors.js";
import { buildUrl, encodePathValue, joinUrl, originOf, withoutParams } from "./url.js";

describe("joinUrl", () => {
  it("replaces the base by an absolute URL in any case", () => {
    expect(joinUrl("https://api.example.com/v1/", "HTTPS://other.example.com/x")).toBe("HTTPS://other.example.com/x");
  });

  it("keeps a query of the base, which dlt puts in the middle of the path", () => {
    expect(joinUrl("https://x/api?tenant=1", "items")).toBe("https://x/api/items?tenant=1");
    expect(joinUrl("https://x/api?tenant=1", "items?a=2")).toBe("https://x/api/items?a=2&tenant=1");
  });
});

describe("buildUrl", () => {
  it("omits null and undefined, lower-cases booleans, repeats lists, writes dates as ISO", () => {
    const params = {
      a: null,
      b: undefined,
      c: true,
      d: ["x", null, 2],
      e: "",
      f: new Date(0),
      g: 12345678901234567890n,
      h: { k: 1 },
      i: 0.5,
    };
    expect(buildUrl("https://x/p", params)).toBe(
      "https://x/p?c=true&d=x&d=2&e=&f=1970-01-01T00%3A00%3A00.000Z&g=12345678901234567890&h%5Bk%5D=1&i=0.5",
    );
  });

  it("keeps the query of the URL first and drops the fragment", () => {
    expect(buildUrl("https://x/p?a=1%2C2#top", { b: "&=? +/ü" })).toBe(
      "https://x/p?a=1%2C2&b=%26%3D%3F%20%2B%2F%C3%BC",
    );
    expect(buildUrl("https://x/p?", {})).toBe("https://x/p?");
  });

  it("sends every text so that it arrives unchanged", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (name, value) => {
        expect([...new URL(buildUrl("https://x/", { [`p${name}`]: value })).searchParams]).toEqual([
          [`p${name}`, value],
        ]);
      }),
    );
  });
});

describe("encodePathValue", () => {
  it("makes one segment of any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (value) => {
        fc.pre(value !== "." && value !== "..");
        const url = new URL(`https://x/a/${encodePathValue(value)}/b`);
        const segments = url.pathname.split("/");
        expect(segments).toHaveLength(4);
        expect(decodeURIComponent(segments[2] ?? "")).toBe(value);
        expect(url.search + url.hash).toBe("");
      }),
    );
  });

  it("refuses dots that would climb", () => {
    expect(() => encodePathValue("..")).toThrow(ConfigError);
    expect(encodePathValue("...")).toBe("...");
  });

  it("writes numbers, booleans and dates", () => {
    expect([7, 12345678901234567890n, true, new Date(0)].map(encodePathValue)).toEqual([
      "7",
      "12345678901234567890",
      "true",
      "1970-01-01T00%3A00%3A00.000Z",
    ]);
  });
});

describe("withoutParams", () => {
  it("removes the named parameters and leaves the rest as written", () => {
    expect(withoutParams("https://x/p?a=1&api%5Fkey=s&b=%2c&api_key=t#f", ["api_key"])).toBe("https://x/p?a=1&b=%2c#f");
    expect(withoutParams("https://x/p?api_key=s", ["api_key"])).toBe("https://x/p");
    expect(withoutParams("https://x/p", ["api_key"])).toBe("https://x/p");
  });
});

describe("originOf", () => {
  it("wants http or https", () => {
    expect(originOf("https://user:pw@API.example.com:443/x")).toBe("https://api.example.com");
    expect(() => originOf("ftp://example.com")).toThrow(/Only http and https/);
    expect(() => originOf("example.com/x")).toThrow(/not an absolute URL/);
  });
});
