import { headerOf } from "../headers.js";
import { compilePath } from "../json-path.js";
import type { PaginatorConfig } from "../paginators/registry.js";
import type { RequestSpec } from "../request.js";
import { aRequest, type Answer } from "./pages.js";

/** A paginator, an API that it can read, and the request to begin with. */
export interface PagedApi {
  readonly name: string;
  readonly config: PaginatorConfig;
  /** What is configured besides the paginator. */
  readonly request?: Partial<RequestSpec>;
  /** Where the rows are; default `data`. */
  readonly dataSelector?: string;
  /** The answer of a list of `total` rows, in pages of `size`: a function of the request alone. */
  readonly answer: (total: number, size: number) => (request: RequestSpec) => Answer;
  /** Requests for `total` rows in pages of `size`; default one per page, and one for none. */
  readonly requests?: (total: number, size: number) => number;
  /** Every response says how many pages there are, so that those to come are known. */
  readonly knowsTotal?: boolean;
}

/** A row; numbers begin with 1. */
export interface PagedRow {
  readonly id: number;
}

/** Pages of `total` rows; one when there are none. */
export const pageCountOf = (total: number, size: number): number => Math.max(1, Math.ceil(total / size));

/** The request that a case begins with. */
export const firstRequest = (api: PagedApi): RequestSpec => aRequest(api.request);

/** At most `size` of `total` rows, `from` being the number of those before them. */
export function rowsFrom(from: number, total: number, size: number): PagedRow[] {
  return Array.from({ length: Math.max(0, Math.min(size, total - from)) }, (_, i) => ({ id: from + i + 1 }));
}

const numberOr = (value: unknown, fallback: number): number =>
  value === undefined || value === null || value === "" ? fallback : Number(value);
const param = (name: string) => (request: RequestSpec) => request.params[name];
const header = (name: string) => (request: RequestSpec) => headerOf(request.headers, name);
const inBody = (path: string) => (request: RequestSpec) => compilePath(path).first(request.json);
/** One page too many, for paginators that read until an empty one. */
const untilEmpty = (total: number, size: number): number => (total === 0 ? 1 : Math.ceil(total / size) + 1);

/** The next page is an address. */
const byLink = (next: (link: string) => Answer) => (total: number, size: number) => (request: RequestSpec) => {
  const url = new URL(request.url);
  const from = numberOr(url.searchParams.get("from"), 0);
  const answer = from + size < total ? next(`${url.pathname}?from=${from + size}`) : {};
  return { body: { data: rowsFrom(from, total, size), ...Object(answer.body) }, headers: answer.headers ?? {} };
};

/** The next page is a cursor: the number of rows before it. */
const byCursor =
  (read: (request: RequestSpec) => unknown, answer: (rows: PagedRow[], cursor: number | null) => Answer) =>
  (total: number, size: number) =>
  (request: RequestSpec) => {
    const from = numberOr(read(request), 0);
    return answer(rowsFrom(from, total, size), from + size < total ? from + size : null);
  };

/** The next page is the one with the next number. */
const byPage =
  (
    base: number,
    read: (request: RequestSpec) => unknown,
    extra: (page: number, total: number, size: number) => object = () => ({}),
  ) =>
  (total: number, size: number) =>
  (request: RequestSpec) => {
    const page = numberOr(read(request), base);
    return { body: { data: rowsFrom((page - base) * size, total, size), ...extra(page, total, size) } };
  };

/** The next page begins so many rows later; the paginator says how many rows a page has. */
const byOffset =
  (
    offset: (request: RequestSpec) => unknown,
    limit: (request: RequestSpec) => unknown,
    extra: (total: number, end: number) => object = () => ({}),
  ) =>
  (total: number) =>
  (request: RequestSpec) => {
    const [from, size] = [numberOr(offset(request), 0), numberOr(limit(request), 4)];
    return { body: { data: rowsFrom(from, total, size), ...extra(total, from + size) } };
  };

const keyNumber = (key: unknown): unknown => (typeof key === "string" ? key.replace("row-", "") : key);

/** The next page is what comes after a row. */
const byKey =
  (read: (request: RequestSpec) => unknown, extra: (more: boolean) => object = () => ({})) =>
  (total: number, size: number) =>
  (request: RequestSpec) => {
    const from = numberOr(keyNumber(read(request)), 0);
    return { body: { data: rowsFrom(from, total, size), ...extra(from + size < total) } };
  };

const nextIn =
  (path: string) =>
  (rows: PagedRow[], cursor: number | null): Answer => ({
    body: { data: rows, [path]: cursor },
  });
const QUERY =
  "query ($from: String) { items(first: 4, after: $from) { nodes { id } pageInfo { endCursor hasNextPage } } }";
const relay = byCursor(inBody("variables.from"), (nodes, cursor) => ({
  body: {
    data: { items: { nodes, pageInfo: { endCursor: String(nodes.at(-1)?.id ?? ""), hasNextPage: cursor !== null } } },
  },
  items: nodes,
}));

/** Every kind of paginator that has options for where it reads and writes. */
const configured: readonly PagedApi[] = [
  { name: "json_link", config: { type: "json_link" }, answer: byLink((next) => ({ body: { next } })) },
  {
    name: "json_link, nested",
    config: { type: "json_link", nextUrlPath: "_links.next.href" },
    answer: byLink((href) => ({ body: { _links: { next: { href } } } })),
  },
  {
    name: "json_link, OData",
    config: { type: "json_link", nextUrlPath: "@odata.nextLink" },
    answer: byLink((next) => ({ body: { "@odata.nextLink": next } })),
  },
  {
    name: "json_link, always there, with a flag",
    config: { type: "json_link", hasMorePath: "more" },
    answer: (total, size) => (request) => {
      const from = numberOr(new URL(request.url).searchParams.get("from"), 0);
      return { body: { data: rowsFrom(from, total, size), next: `?from=${from + size}`, more: from + size < total } };
    },
  },
  {
    name: "header_link",
    config: { type: "header_link" },
    answer: byLink((next) => ({ headers: { link: `<${next}>; rel="next"` } })),
  },
  {
    name: "header_cursor",
    config: { type: "header_cursor", cursorKey: "X-Next", cursorParam: "from" },
    dataSelector: "$",
    answer: byCursor(param("from"), (body, cursor) => ({
      body,
      headers: cursor === null ? {} : { "x-next": String(cursor) },
    })),
  },
  {
    name: "header_cursor, sent back in a header",
    config: { type: "header_cursor", cursorKey: "x-next", cursorHeader: "X-From" },
    answer: byCursor(header("x-from"), (data, cursor) => ({
      body: { data },
      headers: { "x-next": String(cursor ?? "") },
    })),
  },
  {
    name: "cursor",
    config: { type: "cursor", cursorParam: "after" },
    answer: byCursor(param("after"), (data, next) => ({ body: { data, cursors: { next } } })),
  },
  {
    name: "cursor in the body, under keys with dots",
    config: { type: "cursor", cursorPath: "['page.next']", cursorBodyPath: '["page.of"].after' },
    request: { method: "POST", json: { "page.of": { size: 4 } } },
    answer: byCursor(inBody("['page.of'].after"), nextIn("page.next")),
  },
  {
    name: "cursor in a list in the body",
    config: { type: "cursor", cursorPath: "next", cursorBodyPath: "queries[0].after" },
    request: { method: "POST", json: { queries: [{ of: "items" }, { of: "others" }] } },
    answer: byCursor(inBody("queries[0].after"), nextIn("next")),
  },
  {
    name: "cursor in a header",
    config: { type: "cursor", cursorPath: "next", cursorHeader: "X-After" },
    answer: byCursor(header("X-After"), nextIn("next")),
  },
  {
    name: "cursor in a form",
    config: { type: "cursor", cursorPath: "next", cursorBodyPath: "after" },
    request: { method: "POST", data: { q: "x" } },
    answer: byCursor(({ data }) => (data as Record<string, unknown>)["after"], nextIn("next")),
  },
  {
    name: "cursor that has to be asked for",
    config: { type: "cursor", cursorPath: "next", initialCursor: "*" },
    answer: (total, size) => (request) => {
      const cursor = request.params["cursor"];
      if (cursor === undefined) return { body: { data: [], next: null } };
      const from = cursor === "*" ? 0 : Number(cursor);
      return { body: { data: rowsFrom(from, total, size), next: from + size < total ? from + size : null } };
    },
  },
  {
    name: "cursor in a GraphQL variable",
    config: {
      type: "cursor",
      cursorPath: "data.items.pageInfo.endCursor",
      cursorBodyPath: "variables.from",
      hasMorePath: "data.items.pageInfo.hasNextPage",
    },
    request: { method: "POST", json: { query: QUERY } },
    dataSelector: "data.items.nodes",
    answer: relay,
  },
  {
    name: "offset",
    config: { type: "offset", limit: 4 },
    answer: byOffset(param("offset"), param("limit"), (total) => ({ total })),
    requests: (total) => pageCountOf(total, 4),
    knowsTotal: true,
  },
  {
    name: "offset without a total, in the body",
    config: { type: "offset", limit: 4, offsetBodyPath: "page.offset", limitBodyPath: "page.limit", totalPath: null },
    request: { method: "POST" },
    answer: byOffset(inBody("page.offset"), inBody("page.limit")),
    requests: (total) => untilEmpty(total, 4),
  },
  {
    name: "offset in headers, with a flag",
    config: {
      type: "offset",
      limit: 4,
      offsetHeader: "X-Skip",
      limitHeader: "X-Take",
      totalPath: null,
      hasMorePath: "more",
    },
    answer: byOffset(header("x-skip"), header("x-take"), (total, end) => ({ more: end < total })),
    requests: (total) => pageCountOf(total, 4),
  },
  {
    name: "page_number from 0",
    config: { type: "page_number" },
    answer: byPage(0, param("page"), (_, total, size) => ({ total: pageCountOf(total, size) })),
    knowsTotal: true,
  },
  {
    name: "page_number from 1, total as text",
    config: { type: "page_number", basePage: 1, pageParam: "p", totalPath: "meta.pages" },
    answer: byPage(1, param("p"), (_, total, size) => ({ meta: { pages: String(pageCountOf(total, size)) } })),
    knowsTotal: true,
  },
  {
    name: "page_number with a total of rows",
    config: { type: "page_number", basePage: 1, totalItemsPath: "meta.rows" },
    answer: byPage(1, param("page"), (_, rows) => ({ meta: { rows } })),
    knowsTotal: true,
  },
  {
    name: "page_number with a flag",
    config: { type: "page_number", basePage: 1, totalPath: null, hasMorePath: "more" },
    answer: byPage(1, param("page"), (page, total, size) => ({ more: page * size < total })),
  },
  {
    name: "page_number until an empty page, in a header",
    config: { type: "page_number", pageHeader: "X-Page", totalPath: null },
    answer: byPage(0, header("x-page")),
    requests: untilEmpty,
  },
  {
    name: "page_number in the body",
    config: { type: "page_number", pageBodyPath: "paging.number", totalPath: null },
    request: { method: "POST", json: { paging: { size: 4 } } },
    answer: byPage(0, inBody("paging.number")),
    requests: untilEmpty,
  },
  {
    name: "keyset",
    config: { type: "keyset", keyParam: "since_id" },
    answer: byKey(param("since_id")),
    requests: untilEmpty,
  },
  {
    name: "keyset in the body, with a flag and a first key",
    config: { type: "keyset", keyBodyPath: "range.after", initialKey: 0, hasMorePath: "more" },
    request: { method: "POST" },
    answer: byKey(inBody("range.after"), (more) => ({ more })),
  },
  {
    name: "keyset in a header",
    config: { type: "keyset", keyHeader: "X-After" },
    answer: byKey(header("X-After")),
    requests: untilEmpty,
  },
];

/** What `auto` recognises. */
const recognised: readonly PagedApi[] = [
  { name: "auto, link", config: { type: "auto" }, answer: byLink((next) => ({ body: { next } })) },
  {
    name: "auto, Link header",
    config: { type: "auto" },
    answer: byLink((next) => ({ headers: { link: `<${next}>; rel=next` } })),
  },
  {
    name: "auto, pages from 1",
    config: { type: "auto" },
    answer: byPage(1, param("page"), (page, total, size) => ({ page, total_pages: pageCountOf(total, size) })),
    knowsTotal: true,
  },
  {
    name: "auto, pages from 0",
    config: { type: "auto" },
    answer: byPage(0, param("page"), (page, total, size) => ({
      page: { number: page, totalPages: pageCountOf(total, size) },
    })),
    knowsTotal: true,
  },
  {
    name: "auto, a flag and the page's number",
    config: { type: "auto" },
    answer: byPage(1, param("page"), (page, total, size) => ({ current_page: page, has_more: page * size < total })),
  },
  {
    name: "auto, offset and limit",
    config: { type: "auto" },
    answer: (total) => (request) => {
      const offset = numberOr(request.params["offset"], 0);
      return { body: { data: rowsFrom(offset, total, 4), offset, limit: 4, total } };
    },
    requests: (total) => pageCountOf(total, 4),
    knowsTotal: true,
  },
  {
    name: "auto, next cursor",
    config: { type: "auto" },
    answer: byCursor(param("cursor"), nextIn("next_cursor")),
  },
  {
    name: "auto, next page token",
    config: { type: "auto" },
    answer: byCursor(param("pageToken"), nextIn("nextPageToken")),
  },
  {
    name: "auto, next page in a header",
    config: { type: "auto" },
    answer: (total, size) => (request) => {
      const page = numberOr(request.params["page"], 1);
      const next = page * size < total ? String(page + 1) : "";
      return { body: { data: rowsFrom((page - 1) * size, total, size) }, headers: { "x-next-page": next } };
    },
  },
  {
    name: "auto, GraphQL",
    config: { type: "auto" },
    request: { method: "POST", json: { query: QUERY } },
    dataSelector: "data.items.nodes",
    answer: relay,
  },
  {
    name: "auto, list object",
    config: { type: "auto" },
    answer: (total, size) => (request) => {
      const rows = byKey(param("starting_after"))(total, size)(request).body.data;
      const more = (rows.at(-1)?.id ?? total) < total;
      return { body: { object: "list", has_more: more, data: rows.map(({ id }) => ({ id: `row-${id}` })) } };
    },
  },
];

/** One API for each kind of paginator and each place that it can read and write; any number of rows, any size of page. */
export const PAGED_APIS: readonly PagedApi[] = [...configured, ...recognised];
