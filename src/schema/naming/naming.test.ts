import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { namingConvention, normalizeSchemaName } from "./registry.js";

const snake = namingConvention("snake_case");

/** Recorded from dlt. */
const IDENTIFIERS: readonly (readonly [string, string])[] = [
  ["camelCase", "camel_case"],
  ["CamelCase", "camel_case"],
  ["HTMLParser", "html_parser"],
  ["parseHTML", "parse_html"],
  ["parse HTML2Text", "parse_html2_text"],
  ["userID", "user_id"],
  ["userIDs", "user_i_ds"],
  ["XMLHttpRequest", "xml_http_request"],
  ["ABCDef", "abc_def"],
  ["a1B", "a1_b"],
  ["a1b2C3", "a1b2_c3"],
  ["v2API", "v2_api"],
  ["iPhone12Pro", "i_phone12_pro"],
  ["__dunder__", "_dunderxx"],
  ["_private", "_private"],
  ["a__b", "a_b"],
  ["a___b", "a_b"],
  ["a.b", "a_b"],
  ["a-b", "a_b"],
  ["a--b", "a_b"],
  ["a+b", "axb"],
  ["a*b", "axb"],
  ["a@b", "aab"],
  ["a|b", "alb"],
  ["a/b", "a_b"],
  ["a$b", "a_b"],
  ["ünïcode", "_n_code"],
  ["Größe", "gr_e"],
  ["日本語", "x"],
  ["abc日本", "abcx"],
  ["emoji😀", "emojix"],
  ["1st", "_1st"],
  ["123", "_123"],
  ["-5", "_5"],
  ["+5", "x5"],
  ["a_", "ax"],
  ["a__", "axx"],
  ["a b ", "a_b"],
  ["Foo Bar_Baz", "foo_bar_baz"],
  ["ALLCAPS_NAME", "allcaps_name"],
  ["Mixed_Case-Name", "mixed_case_name"],
  ["value#", "valuex"],
  ["%percent", "_percent"],
  ["price ($)", "pricex"],
  ["price_$", "pricexx"],
  ["@id", "aid"],
  ["@@", "aa"],
  ["|||", "lll"],
  ["_DLT_ID", "_dlt_id"],
  ["GeoIP2", "geo_ip2"],
  ["S3Bucket", "s3_bucket"],
  ["OAuth2Token", "o_auth2_token"],
  ["fooBAR", "foo_bar"],
  ["FooBARBaz", "foo_bar_baz"],
  ["aB", "a_b"],
  ["AB", "ab"],
  ["Ab", "ab"],
  ["ABc", "a_bc"],
  ["abC", "ab_c"],
  ["a\nb", "a_b"],
  ["event-.!:*<>value", "event_x_value"],
  ["1event_n'", "_1event_nx"],
  ["123BaNaNa", "_123_ba_na_na"],
  ["BANaNA", "ba_na_na"],
  ["BANANA_", "bananax"],
  ["BANANA____", "bananaxxxx"],
  ["+-!$*@#=|:", "x_xa_lx"],
];

describe("snake_case", () => {
  it.each(IDENTIFIERS)("names %j %j", (from, to) => {
    expect(snake.identifier(from)).toBe(to);
  });

  it.each(["", "  ", "\t", "\x1c\x85"])("refuses the blank name %j", (name) => {
    expect(() => snake.identifier(name)).toThrow(RangeError);
  });

  it.each([
    ["a__b", "a__b"],
    ["a___b", "a___b"],
    ["__dunder__", "dunder"],
    ["d__", "d"],
    ["__", ""],
    ["Small___Love____Potion_____x", "small___love__potion___x"],
    ["userId__HTMLParser", "user_id__html_parser"],
  ])("keeps the parts of path %j: %j", (from, to) => {
    expect(snake.path(from)).toBe(to);
  });

  it("does not change a name that it made", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: "binary" }), (name) => {
        fc.pre(!/^[\s\x1c-\x1f\x85]*$/.test(name));
        const once = snake.identifier(name);
        expect(once).toMatch(/^[a-z0-9_\p{Nd}]+$/u);
        expect(snake.identifier(once)).toBe(once);
      }),
    );
  });
});

describe("long names", () => {
  it.each([
    [20, "abcdefghijklmnopqrstu", "abcdefgzuzdvwopqrstu"],
    [20, "averyveryverylongidentifiername", "averyvebbadnqiername"],
    [63, "a".repeat(70), `${"a".repeat(29)}mo6cba${"a".repeat(28)}`],
  ])("are shortened to %i characters as dlt does: %s", (max, from, to) => {
    expect(namingConvention("snake_case", max).identifier(from)).toBe(to);
  });

  it("never exceed the limit, alone or joined, and stay apart", () => {
    const naming = namingConvention("snake_case", 30);
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[A-Za-z0-9 _-]*[A-Za-z]$/), { minLength: 1, maxLength: 6 }), (parts) => {
        expect(naming.path(parts.join("__")).length).toBeLessThanOrEqual(30);
        expect(naming.join(parts.map((part) => naming.identifier(part))).length).toBeLessThanOrEqual(30);
      }),
    );
    expect(naming.identifier(`${"a".repeat(40)}b${"a".repeat(40)}`)).not.toBe(
      naming.identifier(`${"a".repeat(40)}c${"a".repeat(40)}`),
    );
  });
});

describe("other conventions", () => {
  const names = ["camelCase", "A b-c", "1st", "ünï", "a__b_", "+x", "日本"];
  it.each([
    ["direct", names],
    ["duck_case", ["camelCase", "A b-c", "1st", "ünï", "a_b_", "+x", "日本"]],
    ["sql_cs_v1", ["camelCase", "A_b_c", "_1st", "_n", "a_b", "_x", "_"]],
    ["sql_ci_v1", ["camelcase", "a_b_c", "_1st", "_n", "a_b", "_x", "_"]],
  ])("%s", (convention, expected) => {
    expect(names.map((name) => namingConvention(convention).identifier(name))).toEqual(expected);
  });

  it("drop what is left of a part that is nothing but underscores", () => {
    expect(namingConvention("sql_cs_v1").path("_\t+__-_z#B")).toBe("_z_B");
  });

  it("tells which conventions there are", () => {
    expect(() => namingConvention("my.module")).toThrow(/no naming convention "my.module"[\s\S]*snake_case, direct/);
  });

  it("makes schema names", () => {
    expect(normalizeSchemaName("GitHub API")).toBe("git_hub_api");
  });
});
