import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aPage, aRequest, walk, type Answer } from "../testing/pages.js";
import { compilePath } from "../json-path.js";
import type { RequestSpec } from "../request.js";
import { createPaginator, type PaginatorConfig } from "./registry.js";

/** A paginator, an API that it can read, and the request to begin with. */
interface Case {
  readonly name: string;
  readonly config: PaginatorConfig;
  readonly request?: RequestSpec;
  readonly api: (total: number, size: number) => (request: RequestSpec) => Answer;
  /** Requests for `total` rows in pages of `size`; default one per page, and one for none. */
  readonly requests?: (total: number, size: number) => number;
  /** Every response says how many pages there are, so that those to come are known. */
  readonly knowsTotal?: boolean;
}

const SIZE_PATH = compilePath("page.size");
const pages = (total: number, size: number): number => Math.max(1, Math.ceil(total / size));
const rows = (from: number, total: number, size: number): number[] =>
  Array.from({ length: Math.max(0, Math.min(size, total - from)) }, (_, i) => from + i);
const numberIn = (value: unknown, fallback: number): number =>
  value === undefined || value === null ? fallback : Number(value);
const queryOf = (request: RequestSpec, name: string): string | null => new URL(request.url).searchParams.get(name);

const byLink = (link: (from: number) => Answer) => (total: number, size: number) => (request: RequestSpec) => {
  const from = numberIn(queryOf(request, "from"), 0);
  const answer = link(from + size);
  const more = from + size < total;
  const body = { data: rows(from, total, size), ...(more && (answer.body as object)) };
  return { body, ...(more && answer.headers !== undefined && { headers: answer.headers }) };
};

const byPage =
  (base: number, read: (request: RequestSpec) => unknown, extra: (count: number, page: number) => object) =>
  (total: number, size: number) =>
  (request: RequestSpec) => {
    const page = numberIn(read(request), base);
    return { body: { data: rows((page - base) * size, total, size), ...extra(pages(total, size), page) } };
  };

const cases: readonly Case[] = [
  { name: "json_link", config: { type: "json_link" }, api: byLink((from) => ({ body: { next: `?from=${from}` } })) },
  {
    name: "json_link, nested and absolute",
    config: { type: "json_link", nextUrlPath: "_links.next.href" },
    api: byLink((from) => ({ body: { _links: { next: { href: `https://api.example.com/items?from=${from}` } } } })),
  },
  {
    name: "header_link",
    config: { type: "header_link" },
    api: byLink((from) => ({ headers: { link: `</items?from=${from}>; rel="next"` } })),
  },
  {
    name: "header_cursor",
    config: { type: "header_cursor", cursorKey: "X-Next", cursorParam: "from" },
    api: (total, size) => (request) => {
      const from = numberIn(request.params["from"], 0);
      return { body: rows(from, total, size), headers: from + size < total ? { "x-next": String(from + size) } : {} };
    },
  },
  {
    name: "cursor",
    config: { type: "cursor", cursorParam: "after" },
    api: (total, size) => (request) => {
      const from = numberIn(request.params["after"], 0);
      return { body: { data: rows(from, total, size), cursors: { next: from + size < total ? from + size : null } } };
    },
  },
  {
    name: "cursor in the body",
    config: { type: "cursor", cursorBodyPath: "page.cursor" },
    request: aRequest({ method: "POST", json: { query: "x", page: { size: 3 } } }),
    api: (total, size) => (request) => {
      expect(SIZE_PATH.first(request.json)).toBe(3);
      const from = numberIn(compilePath("page.cursor").first(request.json), 0);
      return {
        body: { data: rows(from, total, size), cursors: { next: from + size < total ? String(from + size) : "" } },
      };
    },
  },
  {
    name: "offset",
    config: { type: "offset", limit: 4 },
    api: (total) => (request) => ({
      body: { data: rows(numberIn(request.params["offset"], 0), total, numberIn(request.params["limit"], 0)), total },
    }),
    requests: (total) => pages(total, 4),
    knowsTotal: true,
  },
  {
    name: "offset without a total, in the body",
    config: { type: "offset", limit: 4, offsetBodyPath: "page.offset", limitBodyPath: "page.limit", totalPath: null },
    api: (total) => (request) => ({
      body: { data: rows(numberIn(compilePath("page.offset").first(request.json), 0), total, 4) },
    }),
    requests: (total) => Math.ceil(total / 4) + 1,
  },
  {
    name: "page_number from 0",
    config: { type: "page_number" },
    api: byPage(
      0,
      (request) => request.params["page"],
      (count) => ({ total: count }),
    ),
    knowsTotal: true,
  },
  {
    name: "page_number from 1",
    config: { type: "page_number", basePage: 1, pageParam: "p", totalPath: "meta.pages" },
    api: byPage(
      1,
      (request) => request.params["p"],
      (count) => ({ meta: { pages: String(count) } }),
    ),
    knowsTotal: true,
  },
  {
    name: "page_number with a flag",
    config: { type: "page_number", basePage: 1, totalPath: null, hasMorePath: "more" },
    api: byPage(
      1,
      (request) => request.params["page"],
      (count, page) => ({ more: page < count }),
    ),
  },
  { name: "single_page", config: { type: "single_page" }, api: () => () => ({ body: [1] }), requests: () => 1 },
  { name: "auto, link", config: { type: "auto" }, api: byLink((from) => ({ body: { next: `/items?from=${from}` } })) },
  {
    name: "auto, pages from 1",
    config: { type: "auto" },
    api: byPage(
      1,
      (request) => request.params["page"],
      (count, page) => ({ page, total_pages: count }),
    ),
    knowsTotal: true,
  },
];

describe.each(cases)("contract: $name", ({ config, request = aRequest(), api, requests, knowsTotal = false }) => {
  const paginator = createPaginator(config);
  const sizes = fc.record({ total: fc.integer({ min: 0, max: 40 }), size: fc.integer({ min: 1, max: 7 }) });

  it("reads all pages once and stops", () => {
    fc.assert(
      fc.property(sizes, ({ total, size }) => {
        const run = walk(paginator, api(total, size), request);
        expect(run.stop).not.toBe("endless");
        expect(run.requests).toHaveLength((requests ?? pages)(total, size));
      }),
    );
  });

  it("has states that JSON carries, and goes on from any of them", () => {
    fc.assert(
      fc.property(sizes, fc.nat(), ({ total, size }, at) => {
        const whole = walk(paginator, api(total, size), request);
        expect(JSON.parse(JSON.stringify(whole.states))).toEqual(whole.states);
        const index = at % whole.states.length;
        const state = whole.states[index] ?? null;
        const rest = walk(createPaginator(config), api(total, size), request, { state, page: index + 1 });
        expect(rest.requests).toEqual(whole.requests.slice(index));
        expect(rest.stop).toBe(whole.stop);
      }),
    );
  });

  it("names ahead only what it asks for in the end", () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 5 }), ({ total, size }, count) => {
        const answer = api(total, size);
        const { requests: sent, states } = walk(paginator, answer, request);
        for (const i of states.keys()) {
          const next = states[i + 1];
          const facts = aPage(answer(sent[i] ?? request), sent[i], i + 1);
          const ahead = next === undefined ? [] : (paginator.ahead?.(next, facts, count) ?? []);
          const expected = sent.slice(i + 2, i + 2 + count);
          expect(ahead.map((early) => paginator.apply(request, early))).toEqual(knowsTotal ? expected : []);
        }
      }),
    );
  });

  it("changes neither request nor state nor response", () => {
    const answer = api(20, 3);
    const frozen = deepFreeze(structuredClone(request));
    const state = deepFreeze(paginator.start(frozen));
    const sent = deepFreeze(paginator.apply(frozen, state));
    const facts = aPage(answer(sent), sent);
    deepFreeze(facts.response.json());
    expect(paginator.next(state, facts)).toEqual(paginator.next(state, facts));
    expect(frozen).toEqual(request);
  });

  it("ends at an empty body", () => {
    const step = paginator.next(paginator.start(request), aPage({}));
    expect(step).toHaveProperty("stop");
  });
});

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
