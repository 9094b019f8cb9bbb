import { resource } from "sluice";
import { describe, expect, it } from "vitest";
import { type SeenRequest, sendJson } from "../../src/rest/testing/local-server.js";
import { apiScene } from "./api.js";

// What goes wrong in dlt's REST API source (a list of 31 defects, by number) and must not go wrong here. Each case runs a config
// against a server: what it asks for, how many rows come, and what is said. The others need more than one run: credentials (17, 19,
// 38, 39) are in test/auth, going on after an interruption (29) in test/faults, retries and rate limits (30) in test/pipeline.

interface Case {
  readonly defect: string;
  /** What the API answers below `/v1/`: a body, or with status and headers; by default `[{ "id": 1 }]`. */
  readonly api?: Readonly<Record<string, (request: SeenRequest) => unknown>>;
  readonly config: Readonly<Record<string, unknown>>;
  readonly tables?: Readonly<Record<string, number>>;
  readonly warnings?: readonly string[];
  readonly asks?: readonly string[];
  readonly fails?: RegExp;
}

class Raw {
  readonly status: number;
  readonly text: string;
  readonly headers: Record<string, string>;

  constructor(text: string, status = 200, headers: Record<string, string> = {}) {
    this.status = status;
    this.text = text;
    this.headers = headers;
  }
}

const page = ({ url }: SeenRequest, first = 1): number => Number(url.searchParams.get("page") ?? first);
const one = (name: string, endpoint: object = {}): Record<string, unknown> => ({ resources: [{ name, endpoint }] });
const items = [{ id: 1 }];
const guessed = "paginator-guessed";

const CASES: readonly Case[] = [
  {
    defect: "1: children with a cursor lose rows when their parents span pages",
    api: {
      parents: (r) => ({ data: page(r, 0) < 2 ? [{ id: page(r, 0) * 2 }, { id: page(r, 0) * 2 + 1 }] : [], total: 2 }),
      kids: ({ url }) => [{ v: 99 - Number(url.pathname.slice(-1)) }, { v: 199 - Number(url.pathname.slice(-1)) }],
    },
    config: {
      resources: [
        { name: "parents", endpoint: { paginator: "page_number" } },
        {
          name: "kids",
          endpoint: {
            path: "kids/{parents.id}",
            params: { s: "{incremental.start_value}" },
            incremental: { cursor_path: "v", initial_value: 0 },
          },
        },
      ],
    },
    tables: { parents: 4, kids: 8 },
  },
  {
    defect: "2: recognised page numbers count from 0, page 1 comes twice",
    api: { a: (r) => ({ items: [{ n: page(r) }], page: page(r), total_pages: 3 }) },
    config: one("a"),
    tables: { a: 3 },
    asks: ["a", "a?page=2", "a?page=3"],
    warnings: [guessed],
  },
  {
    defect: "3: a selector that finds nothing is silent",
    api: { a: () => ({ things: items }) },
    config: one("a", { data_selector: "thingz" }),
    tables: {},
    warnings: ["selector-matched-nothing"],
  },
  {
    defect: "3: the rows are taken from meta.tags",
    api: { a: () => ({ meta: { tags: ["x", "y"] }, things: items }) },
    config: one("a"),
    tables: { a: 1 },
  },
  { defect: "3: keys with dots", api: { a: () => ({ "my.data": items }) }, config: one("a"), tables: { a: 1 } },
  {
    defect: "4: @odata.nextLink is not recognised",
    api: { a: (r) => ({ value: [{ n: page(r) }], ...(page(r) < 2 && { "@odata.nextLink": "?page=2" }) }) },
    config: one("a"),
    tables: { a: 2 },
  },
  {
    defect: "4: a flag is not recognised",
    api: { a: (r) => ({ items: [{ n: page(r) }], page: page(r), has_more: page(r) < 3 }) },
    config: one("a"),
    tables: { a: 3 },
    warnings: [guessed],
  },
  {
    defect: "4: links in a list are not recognised",
    api: { a: (r) => ({ items: [{ n: page(r) }], links: page(r) < 2 ? [{ rel: "next", href: "?page=2" }] : [] }) },
    config: one("a"),
    tables: { a: 2 },
  },
  {
    defect: "4: a full page without a next one is silent",
    api: { a: () => Array.from({ length: 20 }, (_, id) => ({ id })) },
    config: one("a", { params: { limit: 20 } }),
    tables: { a: 20 },
    warnings: ["full-page-no-next"],
  },
  {
    defect: "5: default params are shared, and taken out by the first path",
    config: {
      resource_defaults: { endpoint: { params: { org: "o" } } },
      resources: [
        {
          name: "a",
          endpoint: { path: "a/{org}/x", incremental: { cursor_path: "id", initial_value: 0, start_param: "since" } },
        },
        { name: "b", endpoint: { path: "b/{org}/x" } },
      ],
    },
    asks: ["a/o/x?since=0", "b/o/x"],
  },
  {
    defect: "6: a later page of another shape is silent",
    api: { a: (r) => (page(r) === 1 ? { items, next: "?page=2" } : { results: { items }, next: null }) },
    config: one("a"),
    tables: { a: 1 },
    warnings: ["selector-matched-nothing"],
  },
  {
    defect: "7: a wrong selector ends the pages like an empty page",
    api: { a: () => ({ items, total: 3 }) },
    config: one("a", { data_selector: "itemz", paginator: "page_number" }),
    warnings: ["selector-matched-nothing", "total-not-reached"],
  },
  {
    defect: "8: paginators of the body are ignored beside a form",
    api: { a: ({ body }) => ({ items: [{ n: new URLSearchParams(body).get("offset") }], total: 2 }) },
    config: one("a", {
      method: "POST",
      data: { q: "x" },
      paginator: { type: "offset", limit: 1, offset_body_path: "offset", limit_body_path: "limit" },
    }),
    asks: ["a q=x&offset=0&limit=1", "a q=x&offset=1&limit=1"],
  },
  {
    defect: "9: the shape of rows depends on how many there are",
    api: { a: () => ({ a: [{ b: [{ x: 1 }, { x: 2 }] }, { b: [{ x: 3 }] }] }) },
    config: one("a", { data_selector: "a[*].b" }),
    tables: { a: 3 },
  },
  {
    defect: "10, 40: values in paths are not encoded",
    config: {
      resources: [
        { name: "p", data: [{ id: "a/b?c#d" }] },
        { name: "c", endpoint: "c/{p.id}/x" },
      ],
    },
    asks: ["c/a%2Fb%3Fc%23d/x"],
  },
  {
    defect: "11: None, True and lists as Python text",
    config: {
      resources: [
        { name: "p", data: [{ n: null, t: true, l: [1, 2] }], selected: false },
        { name: "c", endpoint: { params: { n: "{p.n}", t: "{p.t}", l: "{p.l}", f: false } } },
      ],
    },
    asks: ["c?t=true&l=1&l=2&f=false"],
  },
  {
    defect: "12: braces have to be doubled, and doubled ones break paths",
    config: one("a", { path: "a/{{x}}/b", method: "POST", json: { query: "query { a { id }}" } }),
    asks: ['a/%7Bx%7D/b {"query":"query { a { id }}"}'],
  },
  {
    defect: "13: rel in Link headers is exact",
    api: {
      a: (r) =>
        new Raw(JSON.stringify([{ n: page(r) }]), 200, page(r) < 2 ? { link: '<?page=2>; Rel="last NEXT"' } : {}),
    },
    config: one("a", { paginator: "header_link" }),
    tables: { a: 2 },
  },
  {
    defect: "14: a status as text never matches",
    api: { a: () => new Raw("{}", 404) },
    config: one("a", { response_actions: [{ status_code: "404", action: "ignore" }] }),
    tables: {},
  },
  {
    defect: "14: unknown actions are ignored",
    config: one("a", { response_actions: [{ status_code: 404, action: "ignor" }] }),
    fails: /action must be .*did you mean "ignore"/,
    asks: [],
  },
  {
    defect: "15: to ignore a 5xx switches its retry off",
    api: { a: () => new Raw("{}", 503) },
    config: {
      client: { maxAttempts: 3 },
      ...one("a", { response_actions: [{ status_code: "5xx", action: "ignore" }] }),
    },
    asks: ["a", "a", "a"],
  },
  {
    defect: "16: auto at an endpoint means the client's paginator",
    api: { a: (r) => ({ items: [{ n: page(r) }], next: page(r) < 2 ? "?page=2" : null }) },
    config: { client: { paginator: "single_page" }, ...one("a", { paginator: "auto" }) },
    tables: { a: 2 },
  },
  {
    defect: "18: a cursor without a value is sent as None",
    api: { a: () => [{ at: 1 }] },
    config: one("a", { params: { since: "{incremental.start_value}" }, incremental: { cursor_path: "at" } }),
    asks: ["a"],
  },
  {
    defect: "20: only top-level fields of the parent, and they replace in silence",
    api: { c: () => [{ id: 1, author: "own" }] },
    config: {
      resources: [
        { name: "p", data: [{ id: 1, user: { login: "x" } }], selected: false },
        { name: "c", endpoint: "c/{p.id}/x", include_from_parent: ["user.login", { field: "id", as: "author" }] },
      ],
    },
    warnings: ["field-replaced"],
  },
  {
    defect: "21: parents must yield lists",
    config: {
      resources: [
        resource<unknown>({ name: "p", selected: false }, function* () {
          yield { id: 1 };
        }),
        { name: "q", data: [{ id: 1 }], processing_steps: [{ yield_map: (row: object) => [row, { ...row, id: 2 }] }] },
        { name: "c", endpoint: "c/{p.id}/x" },
        { name: "d", endpoint: "d/{q.id}/x" },
      ],
    },
    asks: ["c/1/x", "d/1/x", "d/2/x"],
  },
  {
    defect: "22: a resource made by code replaces an endpoint of the same name",
    config: { resources: ["a", resource({ name: "a" }, [{ id: 2 }])] },
    fails: /resources\[1\].* is "a", which another resource already has/,
  },
  {
    defect: "23: whether a path names one thing is guessed from its text",
    api: { repos: (r) => ({ data: [{ n: page(r) }], next: page(r) < 2 ? "?page=2" : null }) },
    config: one("repos", { path: "repos/{org}", params: { org: "o" } }),
    tables: { repos: 2 },
  },
  {
    // Kept on purpose: with one request for both, a row would be missing that dlt has, and fields of the parent with it.
    defect: "24: rows of a parent that repeat are asked for twice",
    config: {
      resources: [
        { name: "p", data: [7, 7], selected: false },
        { name: "c", endpoint: "c/{p.value}/x" },
      ],
    },
    asks: ["c/7/x", "c/7/x"],
  },
  {
    defect: "25: a next link that repeats",
    api: { a: (r) => ({ items: [{ q: r.target }, { q: Math.random() }], next: "?x=1" }) },
    config: one("a"),
    fails: /After page 2 the API points to page 2 again/,
  },
  {
    defect: "25: a cursor that repeats",
    api: { a: (r) => ({ items: [{ q: r.target }], cursors: { next: "c" } }) },
    config: one("a", { paginator: "cursor" }),
    fails: /After page 2 the API points to page 2 again/,
  },
  {
    defect: "25: an empty cursor in a header",
    api: { a: () => new Raw('[{"id":1}]', 200, { next: "" }) },
    config: one("a", { paginator: "header_cursor" }),
    asks: ["a"],
  },
  {
    defect: "25: has_more without a cursor, and beyond the maximum",
    api: { a: () => ({ items, more: true }), b: (r) => ({ items: [{ n: page(r) }], more: true }) },
    config: {
      resources: [
        { name: "a", endpoint: { paginator: { type: "cursor", cursor_path: "c", has_more_path: "more" } } },
        {
          name: "b",
          endpoint: { paginator: { type: "page_number", total_path: null, maximum_page: 2, has_more_path: "more" } },
        },
      ],
    },
    asks: ["a", "b?page=0", "b?page=1"],
    warnings: ["full-page-no-next"],
  },
  {
    defect: "25: a field of the data that begins with next, and next: true",
    api: {
      a: () => ({ items, account: { nextBilling: "2024" }, links: { next: null } }),
      b: () => ({ items, next: true }),
    },
    config: { resources: ["a", "b"] },
    asks: ["a", "b"],
  },
  {
    defect: '26: next: "" and next: false crash',
    api: { a: () => ({ items, next: "" }), b: () => ({ items, next: false }) },
    config: { client: { paginator: "json_link" }, resources: ["a", "b"] },
    tables: { a: 1, b: 1 },
  },
  { defect: "27: 204 crashes", api: { a: () => new Raw("", 204) }, config: one("a"), tables: {} },
  {
    defect: "27: a web page is an obscure error",
    api: { a: () => new Raw("<html>Sign in</html>", 200, { "content-type": "text/html" }) },
    config: one("a"),
    fails: /not JSON: <html>Sign in.*HTTP 200, text\/html[^]*looks like a web page/,
  },
  {
    defect: "28: one child that fails throws everything away",
    api: { c: ({ url }) => (url.pathname.includes("/2/") ? new Raw("{}", 404) : items) },
    config: {
      resources: [
        { name: "p", data: [1, 2, 3], selected: false },
        { name: "c", endpoint: "c/{p.value}/x", on_error: "skip" },
      ],
    },
    tables: { c: 2 },
    warnings: ["skipped"],
  },
  {
    defect: "31: selectors, bodies, headers and places of keys are checked late",
    config: {
      client: { auth: { type: "api_key", api_key: "k", location: "nowhere" } },
      resources: [
        { name: "a", endpoint: { data_selector: "a[?(" } },
        { name: "b", endpoint: { json: { a: 1 }, data: { b: 1 } } },
        { name: "c", endpoint: { headers: { x: 1 } } },
        { endpoint: "d" },
      ],
    },
    fails:
      /resources\[2\]\.endpoint\.headers\.x[^]*resources\[3\]\.name[^]*client\.auth\.location[^]*data_selector[^]*resources\[1\]\.endpoint\.data/,
    asks: [],
  },
];

describe("a defect of dlt", () => {
  it.each(CASES)("$defect", async ({ api: routes = {}, config, tables, warnings, asks, fails }) => {
    await using api = await apiScene((request, response) => {
      const [, name = ""] = /^\/v1\/(\w+)/.exec(request.url.pathname) ?? [];
      const body = routes[name]?.(request) ?? items;
      if (body instanceof Raw) return void response.writeHead(body.status, body.headers).end(body.text);
      return sendJson(response, body);
    });
    const before = JSON.stringify(config);
    const info = await (async () => api.load(config))().catch((error: unknown) => String(error));
    if (fails !== undefined || typeof info === "string") expect(info).toMatch(fails ?? /no failure/);
    else {
      if (tables !== undefined) expect(info.tables).toMatchObject(tables);
      expect(info.warnings.map(({ code }) => code).sort()).toEqual(warnings ?? []);
    }
    if (asks !== undefined) expect(api.asked().map((request) => request.replace(/^\w+ \/v1\//, ""))).toEqual(asks);
    expect(JSON.stringify(config)).toBe(before); // 22: the caller's object is changed.
  });
});
