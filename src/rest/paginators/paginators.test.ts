import { describe, expect, it } from "vitest";
import { ConfigError } from "../../core/errors.js";
import { PaginationError } from "../errors.js";
import { aPage, aRequest, walk, type Answer } from "../testing/pages.js";
import type { RequestSpec } from "../request.js";
import { SinglePagePaginator } from "./single-page.js";
import { canonicalPaginator, createPaginator, registerPaginator } from "./registry.js";

const step = (config: object, answer: Answer, request?: RequestSpec) => {
  const paginator = createPaginator(config);
  const first = paginator.start(request ?? aRequest());
  return paginator.next(first, aPage(answer, paginator.apply(request ?? aRequest(), first)));
};
const sent = (config: object, answer: Answer, request: RequestSpec = aRequest()): RequestSpec => {
  const paginator = createPaginator(config);
  const result = step(config, answer, request);
  if (!("state" in result)) throw new Error(`stopped: ${result.stop}`);
  return paginator.apply(request, result.state);
};

describe("links", () => {
  it.each([null, "", false])("end at %j and when they are missing", (next) => {
    expect(step({ type: "json_link" }, { body: { data: [1], next } })).toEqual({ stop: "no-next", isSaid: true });
    expect(step({ type: "json_link" }, { body: { data: [1] } })).toEqual({ stop: "no-next" });
  });

  it.each([
    ["https://api.example.com/v2?page=2", "https://api.example.com/v2?page=2"],
    ["?page=2", "https://api.example.com/v1/items?page=2"],
    ["b?page=2", "https://api.example.com/v1/b?page=2"],
    ["/x", "https://api.example.com/x"],
    ["//cdn.example.com/x", "https://cdn.example.com/x"],
  ])("resolve %s", (next, url) => {
    const request = aRequest({
      url: "https://api.example.com/v1/items?page=1",
      params: { per_page: 5 },
      headers: { a: "b" },
      method: "POST",
      json: { q: 1 },
    });
    expect(sent({ type: "json_link" }, { body: { next } }, request)).toEqual({ ...request, url, params: {} });
  });

  it.each([true, 5, { href: "/2" }, "http://["])("refuse %j as a link", (next) => {
    expect(() => step({ type: "json_link" }, { body: { next } })).toThrow(PaginationError);
  });
});

describe("cursors", () => {
  it.each([null, "", false, 0, undefined])("end at %j", (next) => {
    expect(step({ type: "cursor" }, { body: { data: [1], cursors: { next } } })).toEqual({
      stop: "no-next",
      ...(next !== undefined && { isSaid: true }),
    });
  });

  it("keep their type, exactly", () => {
    expect(sent({ type: "cursor", cursor_body_path: "after" }, { body: { cursors: { next: 12 } } }).json).toEqual({
      after: 12,
    });
    const paginator = createPaginator("cursor");
    const facts = aPage({ body: {} });
    const big = {
      ...facts,
      response: { ...facts.response, json: () => ({ cursors: { next: 12345678901234567890n } }) },
    };
    expect(paginator.next(paginator.start(aRequest()), big)).toEqual({ state: { cursor: "12345678901234567890" } });
  });

  it("go on after an empty page unless told to stop", () => {
    const body = { data: [], cursors: { next: "c" } };
    expect(step({ type: "cursor" }, { body })).toHaveProperty("state");
    expect(step({ type: "cursor", stopAfterEmptyPage: true }, { body })).toEqual({ stop: "empty-page" });
  });

  it("end when has_more is false, and never go on because it is true", () => {
    const config = { type: "cursor", has_more_path: "more" };
    expect(step(config, { body: { data: [1], more: false, cursors: { next: "c" } } })).toEqual({
      stop: "has-more-false",
    });
    expect(step(config, { body: { data: [1], more: true } })).toEqual({ stop: "no-next" });
  });

  it("end at an empty header", () => {
    expect(step({ type: "header_cursor" }, { body: [1], headers: { next: " " } })).toEqual({
      stop: "no-next",
      isSaid: true,
    });
  });

  it("refuse true and objects", () => {
    expect(() => step({ type: "cursor" }, { body: { cursors: { next: true } } })).toThrow(/neither text nor a number/);
  });
});

const numbers = (config: object, answer: (request: RequestSpec) => Answer): unknown[] =>
  walk(createPaginator(config), answer).requests.map(({ params }) => params["page"] ?? params["offset"]);

const capped = (total: number, totals: object) => (request: RequestSpec) => {
  const offset = Number(request.params["offset"]);
  return {
    body: {
      data: Array.from({ length: Math.max(0, Math.min(10, total - offset)) }, (_, i) => offset + i),
      ...totals,
    },
  };
};

describe("counting", () => {
  const full = { body: { data: [1, 2], total: 3 } };

  it("reads pages from the base to the total", () => {
    expect(numbers({ type: "page_number" }, () => full)).toEqual([0, 1, 2]);
    expect(numbers({ type: "page_number", base_page: 1 }, () => full)).toEqual([1, 2, 3]);
    expect(numbers({ type: "page_number", basePage: 1, page: 3 }, () => full)).toEqual([3]);
  });

  it("has exclusive maxima", () => {
    expect(numbers({ type: "page_number", base_page: 1, maximum_page: 3, total_path: null }, () => full)).toEqual([
      1, 2,
    ]);
    expect(numbers({ type: "offset", limit: 50, maximum_offset: 100, total_path: null }, () => full)).toEqual([0, 50]);
  });

  it("stops at the maximum even if has_more is true", () => {
    const run = walk(
      createPaginator({ type: "page_number", maximumPage: 2, totalPath: null, hasMorePath: "more" }),
      () => ({ body: { data: [1], more: true } }),
    );
    expect(run).toMatchObject({ stop: "maximum-reached", requests: [{}, {}] });
  });

  it("overrides a parameter of the user's and sends the limit", () => {
    const paginator = createPaginator({ type: "offset", limit: 5, limit_param: "size", offset_param: "from" });
    const request = aRequest({ params: { from: 7, q: "x" } });
    expect(paginator.apply(request, paginator.start(request)).params).toEqual({ from: 0, q: "x", size: 5 });
  });

  it("does not look for a total in an empty page", () => {
    expect(step({ type: "page_number" }, { body: { data: [] } })).toEqual({ stop: "empty-page" });
  });

  it("reports an empty page where the total promises rows", () => {
    expect(step({ type: "page_number" }, { body: { data: [], total: 7 } })).toMatchObject({
      stop: "empty-page",
      warnings: [{ code: "total-not-reached" }],
    });
  });

  it("names the keys when the total is missing", () => {
    expect(() => step({ type: "page_number" }, { body: { data: [1], meta: { pages: 4 } } })).toThrow(
      /The total at "total" was not found in the response; it has: data, meta, meta\.pages \(page 1\)\nSet totalPath/,
    );
  });

  it.each(["2.5", "many", [3], true])("refuses the total %j", (total) => {
    expect(() => step({ type: "page_number" }, { body: { data: [1], total } })).toThrow(
      /no whole number.*\nSet totalPath/,
    );
  });

  it.each([
    [true, "state"],
    ["TRUE", "state"],
    ["y", "state"],
    [1, "state"],
    [false, "stop"],
    ["no", "stop"],
    ["0", "stop"],
  ])("reads has_more %j", (more, outcome) => {
    expect(
      step({ type: "page_number", totalPath: null, hasMorePath: "more" }, { body: { data: [1], more } }),
    ).toHaveProperty(outcome);
  });

  it.each([undefined, null, "perhaps", 2, []])("refuses has_more %j", (more) => {
    expect(() =>
      step({ type: "page_number", totalPath: null, hasMorePath: "more" }, { body: { data: [1], more } }),
    ).toThrow(/The flag at "more"/);
  });

  it("warns when the API caps its pages below the limit", () => {
    expect(
      walk(createPaginator({ type: "offset", limit: 100 }), capped(250, { total: 250 })).warnings.map((w) => w.code),
    ).toContain("short-page");
    expect(
      walk(createPaginator({ type: "offset", limit: 100 }), capped(50, { total: 50 })).warnings.map((w) => w.code),
    ).toContain("short-page");
    expect(
      walk(createPaginator({ type: "offset", limit: 100, totalPath: null }), capped(250, {})).warnings.map(
        (w) => w.code,
      ),
    ).toContain("short-page");
    expect(walk(createPaginator({ type: "offset", limit: 10 }), capped(47, { total: 47 })).warnings).toEqual([]);
    expect(walk(createPaginator({ type: "offset", limit: 10, totalPath: null }), capped(47, {})).warnings).toEqual([]);
  });
});

describe("body placement", () => {
  const config = { type: "page_number", page_body_path: "paging.number" };
  const place = (request: RequestSpec): RequestSpec => createPaginator(config).apply(request, { value: 3 });

  it("makes missing objects and keeps other keys", () => {
    expect(place(aRequest()).json).toEqual({ paging: { number: 3 } });
    expect(place(aRequest({ json: { q: "x", paging: { size: 5, number: 1 } } })).json).toEqual({
      q: "x",
      paging: { size: 5, number: 3 },
    });
  });

  it("puts the value into a form", () => {
    expect(place(aRequest({ data: { q: "x" } })).data).toEqual({ q: "x", "paging.number": 3 });
    expect(
      place(
        aRequest({
          data: [
            ["q", "x"],
            ["paging.number", 1],
          ],
        }),
      ).data,
    ).toEqual([
      ["q", "x"],
      ["paging.number", 3],
    ]);
  });

  it("refuses raw bodies and scalars on the way", () => {
    expect(() => place(aRequest({ data: "raw" }))).toThrow(/the body is raw/);
    expect(() => place(aRequest({ json: { paging: 5 } }))).toThrow(/"paging" is not an object/);
    expect(() => place(aRequest({ json: { paging: [1] } }))).toThrow(/"paging" is not an object/);
  });
});

describe("createPaginator", () => {
  it("accepts names, both spellings, old names and instances", () => {
    expect(createPaginator("json_link").type).toBe("json_link");
    expect(createPaginator("json_response").type).toBe("json_link");
    expect(canonicalPaginator({ type: "json_response", next_url_path: "a.b" })).toEqual({
      type: "json_link",
      nextUrlPath: "a.b",
    });
    const own = new SinglePagePaginator();
    expect(createPaginator(own)).toBe(own);
  });

  it.each<[string, unknown, RegExp]>([
    [
      "an unknown type",
      "jsonlink",
      /paginator\.type is "jsonlink", which is no paginator type\nGive one of: json_link/,
    ],
    [
      "an unknown option",
      { type: "cursor", cursor_pth: "x" },
      /paginator "cursor" has no option "cursorPth".*Its options: maxPages, cursorPath/s,
    ],
    [
      "a wrong type of option",
      { type: "page_number", base_page: "1" },
      /"basePage" of paginator "page_number" is "1".*whole number/s,
    ],
    ["offset without a limit", "offset", /needs "limit"/],
    ["both places", { type: "cursor", cursor_param: "a", cursor_body_path: "b" }, /not both/],
    ["an empty place", { type: "page_number", page_param: "" }, /"pageParam" is empty/],
    ["a bad path", { type: "json_link", next_url_path: "a[" }, /not a valid JSONPath/],
    [
      "a maximum before the start",
      { type: "offset", limit: 5, offset: 50, maximum_offset: 10 },
      /first request has 50/,
    ],
    ["no way to stop", { type: "page_number", total_path: null, stop_after_empty_page: false }, /would never stop/],
    ["a prefetch below 0", { type: "offset", limit: 5, prefetch: -1 }, /"prefetch" .* is -1.*from 0, or false/s],
    ["a prefetch of true", { type: "auto", prefetch: true }, /"prefetch" of paginator "auto" is true/],
    ["a prefetch of what has none", { type: "cursor", prefetch: 2 }, /no option "prefetch"/],
    ["both spellings at once", { type: "cursor", cursor_path: "a", cursorPath: "b" }, /"cursorPath" twice/],
    ["no object", 5, /paginator is 5/],
  ])("refuses %s", (_, config, message) => {
    expect(() => createPaginator(config)).toThrow(ConfigError);
    expect(() => createPaginator(config)).toThrow(message);
  });

  it("makes registered types available", () => {
    registerPaginator("every-second", () => new SinglePagePaginator());
    expect(createPaginator({ type: "every-second", skip: 2 })).toBeInstanceOf(SinglePagePaginator);
    expect(() => registerPaginator("cursor", () => new SinglePagePaginator())).toThrow(/built in/);
    expect(() => registerPaginator("mine", {} as never)).toThrow(/needs a function/); // As from JavaScript.
  });
});
