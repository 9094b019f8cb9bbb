import { describe, expect, it } from "vitest";
import { aPage, aRequest, walk, type Answer } from "../testing/pages.js";
import type { RequestSpec } from "../request.js";
import { detectPaginator } from "./detection.js";
import { createPaginator } from "./registry.js";

const row = [{ id: 1 }];
const detect = (body: unknown, headers: Record<string, string> = {}, request: RequestSpec = aRequest()) =>
  detectPaginator(aPage({ body, headers }, request));

describe("detectPaginator", () => {
  // dlt's own samples (tests/sources/helpers/rest_client/test_detector.py), numbered as there.
  it.each<[number, unknown, object]>([
    [
      0,
      { data: row, pagination: { offset: 0, limit: 2, total: 100 } },
      { type: "offset", limit: 2, totalPath: "pagination.total" },
    ],
    [
      1,
      { items: row, page_info: { current_page: 1, items_per_page: 2, total_pages: 50 } },
      { type: "page_number", totalPath: "page_info.total_pages" },
    ],
    [2, { products: row, next_cursor: "eyJ" }, { type: "cursor", cursorPath: "next_cursor" }],
    [3, { results: row, cursors: { next: "NjM", previous: "MTA" } }, { type: "cursor", cursorPath: "cursors.next" }],
    [4, { entries: row, next_id: 1003, limit: 2 }, { type: "cursor", cursorPath: "next_id" }],
    [5, { comments: row, page_number: 3, total_pages: 15 }, { type: "page_number", totalPath: "total_pages" }],
    [
      6,
      { count: 1023, next: "https://api.example.org/accounts/?page=5", previous: "x", results: row },
      { type: "json_link", nextUrlPath: "next" },
    ],
    [
      7,
      {
        _embedded: { items: row },
        _links: { first: { href: "a" }, self: { href: "b" }, next: { href: "http://api/2" } },
        page: { totalPages: 50 },
      },
      { type: "json_link", nextUrlPath: "_links.next.href" },
    ],
    [
      8,
      { items: row, meta: { totalPages: 5 }, links: { firstPage: "/items?page=1", nextPage: "/items?page=3" } },
      { type: "json_link", nextUrlPath: "links.nextPage" },
    ],
    [
      9,
      { data: row, pagination: { currentPage: 1, totalPages: 5 } },
      { type: "page_number", totalPath: "pagination.totalPages" },
    ],
    [
      10,
      { items: row, pagination: { page: 1, perPage: 10, total: 100, totalPages: 10 } },
      { type: "page_number", totalPath: "pagination.totalPages" },
    ],
    [
      11,
      { data: row, meta: { totalPages: 5 }, links: { next: "/items?page=3" } },
      { type: "json_link", nextUrlPath: "links.next" },
    ],
    [12, { page: 2, per_page: 10, total: 100, pages: 10, data: row }, { type: "page_number", totalPath: "pages" }],
    [
      13,
      { currentPage: 1, pageSize: 10, totalPages: 5, totalRecords: 50, items: row },
      { type: "page_number", totalPath: "totalPages" },
    ],
    [
      15,
      { feed: row, offset: 40, limit: 20, total_count: 200 },
      { type: "offset", limit: 20, offset: 40, totalPath: "total_count" },
    ],
    [
      16,
      { query_results: row, page_details: { number: 1, total_pages: 10 } },
      { type: "page_number", totalPath: "page_details.total_pages" },
    ],
  ])("sample %i", (_, body, config) => {
    expect(detect(body)?.config).toMatchObject(config);
  });

  it.each<[number, unknown]>([
    [19, row],
    [21, { id: 1, name: "x" }],
  ])("sample %i: nothing", (_, body) => {
    expect(detect(body)).toBeUndefined();
  });

  it("finds the Link header first", () => {
    expect(detect(row, { link: '<https://x/2>; rel="next"' })?.config).toEqual({ type: "header_link" });
  });

  it.each<[string, unknown, object]>([
    [
      "OData",
      { value: row, "@odata.nextLink": "https://x/2" },
      { type: "json_link", nextUrlPath: '["@odata.nextLink"]' },
    ],
    [
      "OData without a scheme",
      { value: row, "odata.nextLink": "Items?$skip=2" },
      { type: "json_link", nextUrlPath: '["odata.nextLink"]' },
    ],
    ["a query alone", { data: row, next: "?page=2" }, { type: "json_link", nextUrlPath: "next" }],
    [
      "a list of links",
      {
        data: row,
        links: [
          { rel: "self", href: "/1" },
          { rel: "next", href: "/2" },
        ],
      },
      { type: "json_link", nextUrlPath: "links[?@.rel=='next'].href" },
    ],
    [
      "FHIR",
      { entry: row, link: [{ relation: "next", url: "https://x/2" }] },
      { type: "json_link", nextUrlPath: "link[?@.relation=='next'].url" },
    ],
    [
      "a page token",
      { files: row, nextPageToken: "abc" },
      { type: "cursor", cursorPath: "nextPageToken", cursorParam: "pageToken" },
    ],
    [
      "a next page number",
      { data: row, next_page: 2 },
      { type: "cursor", cursorPath: "next_page", cursorParam: "page" },
    ],
    [
      "Jira",
      { issues: row, startAt: 0, maxResults: 50, total: 120 },
      { type: "offset", limit: 50, offsetParam: "startAt", limitParam: "maxResults", totalPath: "total" },
    ],
    [
      "a page number with a total of rows",
      { data: row, page: 1, limit: 10, total: 95 },
      { type: "page_number", page: 1, totalPath: null },
    ],
    [
      "skip and limit",
      { products: row, skip: 0, limit: 30, total: 194 },
      { type: "offset", limit: 30, offsetParam: "skip", limitParam: "limit" },
    ],
  ])("knows %s", (_, body, config) => {
    expect(detect(body)?.config).toMatchObject(config);
  });

  it.each<[string, unknown]>([
    ["a flag", { data: row, next: true }],
    ["a date in the data", { account: { nextBilling: "2024-05-01" }, data: row }],
    ["an empty or missing link", { data: row, next: "", links: { next: null } }],
    ["has_more without a way to go on", { data: row, has_more: true }],
  ])("is not misled by %s", (_, body) => {
    expect(detect(body)).toBeUndefined();
  });

  it("takes a requested limit with a total for half of a pair", () => {
    expect(detect({ items: row, total: 9 }, {}, aRequest({ params: { limit: 1 } }))).toEqual({
      config: { type: "offset", limit: 1, totalPath: "total" },
      doubtful: true,
    });
  });

  it("learns limit and offset from the request", () => {
    const request = aRequest({ params: { limit: 1, offset: 5 } });
    expect(detect({ items: row, total: 9 }, {}, request)).toEqual({
      config: { type: "offset", limit: 1, offset: 5, offsetParam: "offset", limitParam: "limit", totalPath: "total" },
      doubtful: false,
    });
  });
});

const api =
  (base: number, count: number, extra: (page: number) => object) =>
  (request: RequestSpec): Answer => {
    const page = Number(request.params["page"] ?? base);
    return { body: { data: [{ page }], total_pages: count, ...extra(page) } };
  };

const pagesRead = (answer: (request: RequestSpec) => Answer, request?: RequestSpec) => {
  const run = walk(createPaginator("auto"), answer, request);
  return {
    pages: run.requests.map(({ params }) => params["page"]),
    stop: run.stop,
    codes: run.warnings.map(({ code }) => code),
  };
};

describe("the auto paginator", () => {
  it("reads every page once, whether the API counts from 1 or 0", () => {
    expect(pagesRead(api(1, 4, (page) => ({ page })))).toEqual({
      pages: [undefined, 2, 3, 4],
      stop: "total-reached",
      codes: ["paginator-guessed"],
    });
    expect(pagesRead(api(0, 4, (page) => ({ current_page: page })))).toEqual({
      pages: [undefined, 1, 2, 3],
      stop: "total-reached",
      codes: ["paginator-guessed"],
    });
    expect(pagesRead(api(1, 4, () => ({}))).pages).toEqual([undefined, 2, 3, 4]);
  });

  it("goes on from the page that the user asked for, without doubt", () => {
    expect(
      pagesRead(
        api(1, 4, () => ({})),
        aRequest({ params: { page: 3 } }),
      ),
    ).toEqual({ pages: [3, 4], stop: "total-reached", codes: [] });
  });

  it("gives no advice about paging when there is one page", () => {
    expect(pagesRead(api(1, 1, (page) => ({ page })))).toEqual({
      pages: [undefined],
      stop: "total-reached",
      codes: [],
    });
  });

  it("writes down what it recognised", () => {
    const { warnings } = walk(
      createPaginator("auto"),
      api(1, 2, (page) => ({ page })),
    );
    expect(warnings[0]?.message).toContain(
      'paginator: { type: "page_number", basePage: 1, page: 1, pageParam: "page", totalPath: "total_pages" }',
    );
  });

  it.each([
    [Array.from({ length: 100 }, (_, i) => i), {}, true],
    [Array.from({ length: 25 }, (_, i) => i), {}, true],
    [Array.from({ length: 15 }, (_, i) => i), {}, true],
    [{ data: [1, 2, 3], has_more: true }, {}, true],
    [{ data: [1, 2, 3], paging: { total: 60 } }, {}, true],
    [{ data: [1, 2, 3], total: 3, has_more: false }, {}, false],
    [[1, 2, 3], { per_page: 3 }, true],
    [[1, 2, 3], { per_page: 4 }, false],
    [Array.from({ length: 12 }, (_, i) => i), {}, false],
    [[], {}, false],
  ])("warns about a first page that looks full (%#)", (body, params, warned) => {
    const run = walk(createPaginator("auto"), () => ({ body }), aRequest({ params }));
    expect(run.stop).toBe("undetected");
    expect(run.warnings.map(({ code }) => code)).toEqual(warned ? ["full-page-no-next"] : []);
  });
});
