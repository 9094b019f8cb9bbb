import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linkWithRel, parseLinkHeader } from "./link-header.js";

describe("parseLinkHeader", () => {
  it.each<[string, string | undefined]>([
    ['<https://x/2>; rel="next", <https://x/9>; rel="last"', "https://x/2"],
    ['<https://x/9>; rel="last",<https://x/2>;rel="next"', "https://x/2"],
    ["<https://x/2>; rel=next", "https://x/2"],
    ["<https://x/2>; REL=NEXT", "https://x/2"],
    ['<https://x/2>; rel="last next"', "https://x/2"],
    ['<https://x/2>; title="a, <b>; rel=\\"next\\""; rel="prev"', undefined],
    ['<https://x/a,b;c?d=1,2>; rel="next"', "https://x/a,b;c?d=1,2"],
    ['<?page=2>; rel="next"', "?page=2"],
    ['<?p=77>; rel="next"; anchor="/other", <?p=2>; rel="next"', "?p=2"],
    ['<?p=77>; anchor="#part"; rel="next"', undefined],
    ['<?p=2>; anchor="https://x/items"; rel="next"', "?p=2"],
    ['<?p=2>; anchor=""; rel="next"', "?p=2"],
    ['<https://x/2>; rel="prev"; rel="next"', undefined],
    ['<https://x/2>; foo; bar=1 ; rel = "next"', "https://x/2"],
    ["<https://x/2>", undefined],
    ["nonsense", undefined],
    ["<https://x/2", undefined],
    ["", undefined],
  ])("%s", (header, expected) => {
    expect(linkWithRel({ headers: { link: header }, url: "https://x/items?page=1" }, "next")).toBe(expected);
  });

  it("reads back every list of links", () => {
    const link = fc.record({
      target: fc.webUrl({ withQueryParameters: true }),
      rels: fc.array(fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/), { minLength: 1, maxLength: 3 }),
      title: fc.string().map((text) => text.replace(/["\\]/g, "\\$&")),
    });
    fc.assert(
      fc.property(fc.array(link), (links) => {
        const header = links
          .map(({ target, rels, title }) => `<${target}>; title="${title}"; rel="${rels.join(" ")}"`)
          .join(", ");
        expect(parseLinkHeader(header)).toEqual(links.map(({ target, rels }) => ({ target, rels })));
      }),
    );
  });

  it("takes any text without failing", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseLinkHeader(text)).toBeInstanceOf(Array);
      }),
    );
  });
});
