import { describe, expect, it } from "vitest";
import { findNext } from "../../src/rest/paginators/detect-next.js";
import { detectPaginator } from "../../src/rest/paginators/detection.js";
import { detectRows } from "../../src/rest/row-detection.js";
import { aPage } from "../../src/rest/testing/pages.js";
import { compilePathTemplate } from "../../src/rest-api/path-template.js";

/** A response of dlt's detector tests, by its shape: where dlt finds the rows and the next page, and the paginator. */
interface Sample {
  readonly body: unknown;
  readonly link?: string;
  readonly rows: string;
  /** Where dlt looks for the next page; absent: nowhere. */
  readonly next?: string;
  readonly paginator: object | undefined;
  /** What dlt says, and why sluice says something else. */
  readonly dlt?: string;
}

const list = [{ id: 1 }, { id: 2 }];
const pages = (totalPath: string, page: number): object => ({ type: "page_number", totalPath, page, basePage: 1 });
const SAMPLES: readonly Sample[] = [
  {
    body: { data: list, pagination: { offset: 0, limit: 2, total: 9 } },
    rows: "data",
    paginator: { type: "offset", limit: 2, offset: 0, totalPath: "pagination.total" },
    dlt: "single page: it does not know offsets, and loads one page in silence",
  },
  {
    body: { items: list, page_info: { current_page: 1, items_per_page: 2, total_pages: 9 } },
    rows: "items",
    paginator: pages("page_info.total_pages", 1),
  },
  {
    body: { products: list, next_cursor: "b2Zmc2V0" },
    rows: "products",
    next: "next_cursor",
    paginator: { type: "cursor", cursorPath: "next_cursor" },
  },
  {
    body: { results: list, cursors: { next: "bmV4dA", previous: "cHJldg" } },
    rows: "results",
    next: "cursors.next",
    paginator: { type: "cursor", cursorPath: "cursors.next" },
  },
  {
    body: { entries: list, next_id: 3, limit: 2 },
    rows: "entries",
    next: "next_id",
    paginator: { type: "cursor", cursorPath: "next_id" },
  },
  { body: { comments: list, page_number: 3, total_pages: 15 }, rows: "comments", paginator: pages("total_pages", 3) },
  {
    body: {
      count: 99,
      next: "https://api.example.com/a?page=5",
      previous: "https://api.example.com/a?page=3",
      results: list,
    },
    rows: "results",
    next: "next",
    paginator: { type: "json_link", nextUrlPath: "next" },
  },
  {
    body: {
      _embedded: { items: list },
      _links: { first: { href: "http://a/1" }, self: { href: "http://a/2" }, next: { href: "http://a/3" } },
      page: { size: 2, totalElements: 20, totalPages: 10, number: 1 },
    },
    rows: "_embedded.items",
    next: "_links.next.href",
    paginator: { type: "json_link", nextUrlPath: "_links.next.href" },
  },
  {
    body: {
      items: list,
      meta: { currentPage: 1, totalPages: 9 },
      links: { firstPage: "/items?page=1", nextPage: "/items?page=2" },
    },
    rows: "items",
    next: "links.nextPage",
    paginator: { type: "json_link", nextUrlPath: "links.nextPage" },
  },
  {
    body: { data: list, pagination: { currentPage: 1, pageSize: 2, totalPages: 5, totalItems: 10 } },
    rows: "data",
    paginator: pages("pagination.totalPages", 1),
  },
  {
    body: { items: list, pagination: { page: 1, perPage: 2, total: 10, totalPages: 5 } },
    rows: "items",
    paginator: pages("pagination.totalPages", 1),
  },
  {
    body: { data: list, meta: { currentPage: 1, totalPages: 5 }, links: { previous: null, next: "/items?page=2" } },
    rows: "data",
    next: "links.next",
    paginator: { type: "json_link", nextUrlPath: "links.next" },
  },
  { body: { page: 2, per_page: 10, total: 100, pages: 10, data: list }, rows: "data", paginator: pages("pages", 2) },
  {
    body: { currentPage: 1, pageSize: 10, totalPages: 5, totalRecords: 50, items: list },
    rows: "items",
    paginator: pages("totalPages", 1),
  },
  {
    body: { articles: list, paging: { current: 3, size: 2, total: 60 } },
    rows: "articles",
    paginator: { type: "page_number", page: 3, totalPath: null },
    dlt: "single page: the total counts rows, so that sluice reads until an empty page",
  },
  {
    body: { feed: list, offset: 40, limit: 2, total_count: 200 },
    rows: "feed",
    paginator: { type: "offset", limit: 2, offset: 40, totalPath: "total_count" },
    dlt: "single page: it does not know offsets",
  },
  {
    body: { query_results: list, page_details: { number: 1, size: 2, total_elements: 50, total_pages: 25 } },
    rows: "query_results",
    paginator: pages("page_details.total_pages", 1),
  },
  {
    body: {
      posts: list,
      pagination_details: { current_page: 4, posts_per_page: 2, total_posts: 100, total_pages: 50 },
    },
    rows: "posts",
    paginator: pages("pagination_details.total_pages", 4),
  },
  {
    body: { catalog: list, page_metadata: { index: 1, size: 2, total_items: 20, total_pages: 10 } },
    rows: "catalog",
    paginator: pages("page_metadata.total_pages", 1),
  },
  { body: list, rows: "$", paginator: undefined },
  { body: list, link: '<https://api.example.com/2>; rel="next"', rows: "$", paginator: { type: "header_link" } },
  { body: { id: 1, name: "x" }, rows: "$", paginator: undefined },
];

describe.each(SAMPLES.map((sample, index) => ({ index, ...sample })))("dlt's detector, sample $index", (sample) => {
  const { body, link, rows, next, paginator } = sample;
  const facts = aPage({ body, headers: link === undefined ? {} : { link } });
  const object = Array.isArray(body) ? undefined : (body as Record<string, unknown>);

  it(`finds the rows at ${rows}`, () => {
    expect(object === undefined ? "$" : detectRows(object).keys.join(".") || "$").toBe(rows);
  });

  it(`finds the next page at ${next}`, () => {
    expect(object && findNext(object)?.keys.join(".")).toBe(next);
  });

  it(`finds ${JSON.stringify(paginator)}`, () => {
    const detected = detectPaginator(facts)?.config;
    if (paginator === undefined) expect(detected).toBeUndefined();
    else expect(detected).toMatchObject(paginator);
  });
});

it("says what dlt says in all samples but three", () => {
  expect(SAMPLES.flatMap(({ dlt }, index) => (dlt === undefined ? [] : [index]))).toEqual([0, 14, 15]);
});

describe("dlt's paths of single entities", () => {
  const namesOne = (path: string): boolean =>
    compilePathTemplate(path, {
      resources: [],
      paramNames: ["user_id", "product_id", "post_id", "comment_id", "entity", "user_123", "user-id", "123"],
      problem: () => {},
      lookUpParam: () => ({ parts: ["1"] }),
    }).namesOne;

  it.each([
    "/users/{user_id}",
    "/api/v1/products/{product_id}/",
    "/api/v1/products/{product_id}//",
    "/api/v1/products/{product_id}?param1=value1",
    "/api/v1/products/{product_id}#section",
    "/api/v1/products/{product_id}.json",
    "/api/v1/products/{product_id}.json/",
    "/api/v1/products/{product_id}_data",
    "/api/v1/products/{product_id}_data?param=true",
    "/users/{user_id}/posts/{post_id}",
    "/users/{user_id}/posts/{post_id}/comments/{comment_id}",
    "{entity}",
    "/{entity}",
    "/{user_123}",
    "/users/{user-id}",
    "/users/{123}",
  ])("%s is one", (path) => {
    expect(namesOne(path)).toBe(true);
  });

  it.each([
    "/users/user_id",
    "/api/v1/products/product_id/",
    "/users/{user_id}/details",
    "/",
    "/{}",
    "/users/{user id}",
    "/users/{user_id}/{",
  ])("%s is a list", (path) => {
    expect(namesOne(path)).toBe(false);
  });

  it("but for one: with or without a fragment a path is the same resource", () => {
    expect(namesOne("/api/v1/products/{product_id}/#section")).toBe(true); // dlt: false
  });
});
