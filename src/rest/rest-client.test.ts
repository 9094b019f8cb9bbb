import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonValue } from "../core/json.js";
import { redact, registerSecret } from "../core/redaction.js";
import { fetchPage, type PageFetch } from "./page-fetch.js";
import { createPaginator, type PaginatorInput } from "./paginators/registry.js";
import { RestClient, type PaginateOptions } from "./rest-client.js";
import { localServer, sendJson, type Handler } from "./testing/local-server.js";

const all = Array.from({ length: 47 }, (_, i) => ({ id: i + 1 }));

/** 47 rows in pages of 10, in every way that the paginators know. */
const api: Handler = (request, response) => {
  const { searchParams, pathname } = request.url;
  const json = (request.body === "" ? {} : JSON.parse(request.body)) as { page?: number };
  const page = Number(searchParams.get("page") ?? json.page ?? 1);
  const offset = Number(searchParams.get("offset") ?? (page - 1) * 10);
  const data = all.slice(offset, offset + Number(searchParams.get("limit") ?? 10));
  const more = offset + 10 < all.length;
  const link = more ? `${pathname}?page=${page + 1}` : null;
  switch (pathname) {
    case "/link":
      return sendJson(response, { data, paging: { next: link } });
    case "/header":
      return sendJson(
        response,
        data,
        200,
        more ? { link: `<${String(link)}>; rel="next"`, "x-next": String(page + 1) } : {},
      );
    case "/pages":
      return sendJson(response, { data, page, total_pages: 5 });
    case "/same":
      return sendJson(response, { data: all.slice(0, 10), total_pages: 5, at: request.target });
    case "/plain":
      return sendJson(response, data);
    case "/offsets":
      return sendJson(response, { data, total: all.length });
    case "/envelope":
      return sendJson(response, { data, cursors: { next: more ? page + 1 : null }, total: all.length });
    default:
      return sendJson(response, { error: "not found" }, 404);
  }
};

async function read(client: RestClient, path: string, options: PaginateOptions = {}) {
  const rows: unknown[] = [];
  const codes: string[] = [];
  let stop: string | undefined;
  for await (const page of client.paginate(path, options)) {
    rows.push(...page);
    codes.push(...page.warnings.map(({ code }) => code));
    stop = page.stop;
  }
  return { rows, stop, codes };
}

describe("paginate", () => {
  it.each<[string, string, PaginateOptions, string]>([
    ["a link", "link", { paginator: { type: "json_link", nextUrlPath: "paging.next" } }, "no-next"],
    ["a Link header", "header", { paginator: "header_link" }, "no-next"],
    [
      "a header cursor",
      "header",
      { paginator: { type: "header_cursor", cursorKey: "X-Next", cursorParam: "page" } },
      "no-next",
    ],
    ["a cursor", "envelope", { paginator: { type: "cursor", cursorParam: "page" } }, "no-next"],
    [
      "a cursor in the body",
      "envelope",
      { method: "post", paginator: { type: "cursor", cursorBodyPath: "page" } },
      "no-next",
    ],
    ["offsets", "envelope", { paginator: { type: "offset", limit: 10 } }, "total-reached"],
    [
      "page numbers",
      "pages",
      { paginator: { type: "page_number", basePage: 1, totalPath: "total_pages" } },
      "total-reached",
    ],
    [
      "page numbers in the body, to an empty page",
      "plain",
      { method: "POST", paginator: { type: "page_number", basePage: 1, pageBodyPath: "page", totalPath: null } },
      "empty-page",
    ],
    ["nothing: a link is recognised", "link", {}, "no-next"],
    ["nothing: a Link header is recognised", "header", {}, "no-next"],
    ["nothing: page numbers are recognised", "pages", { params: { page: 1 } }, "total-reached"],
    ["nothing: offsets are recognised", "offsets", { params: { offset: 0, limit: 10 } }, "total-reached"],
  ])("reads every row once with %s", async (_, path, options, stop) => {
    await using server = await localServer(api);
    const result = await read(new RestClient({ baseUrl: server.url }), path, options);
    expect(result).toEqual({ rows: all, stop, codes: [] });
  });

  it("yields arrays that know their response and request", async () => {
    await using server = await localServer(api);
    const pages = [];
    for await (const page of new RestClient({ baseUrl: `${server.url}/` }).paginate<{ id: number }>("/link", {
      params: { q: "x" },
    }))
      pages.push(page);
    const [first, second] = pages;
    expect(Array.isArray(first)).toBe(true);
    expect(first).toHaveLength(10);
    expect(JSON.stringify(first?.slice(0, 2))).toBe('[{"id":1},{"id":2}]');
    expect(Object.getPrototypeOf(first?.map(({ id }) => id))).toBe(Array.prototype);
    expect(first?.response).toMatchObject({ status: 200, url: `${server.url}/link?q=x` });
    expect(second?.request).toMatchObject({ method: "GET", url: `${server.url}/link?page=2`, params: {} });
    expect([first?.stop, pages.at(-1)?.stop]).toEqual([undefined, "no-next"]);
  });

  it("takes snake_case, as in a config from Python", async () => {
    await using server = await localServer(api);
    const client = new RestClient({
      base_url: server.url,
      paginator: { type: "json_link", next_url_path: "paging.next" },
      data_selector: "data",
      max_attempts: 1,
    });
    const rows: unknown[] = [];
    for await (const page of client.paginate("link", { data_selector: "data", max_pages: 2 })) rows.push(...page);
    expect(rows).toHaveLength(20);
    expect(() => new RestClient({ baseUrl: "https://x", retries: 5 } as never)).toThrow(
      /RestClient has no option "retries"/,
    );
    expect(() => new RestClient({ paginator: "auto" } as never)).toThrow(/needs a baseUrl/);
  });

  it("stops after maxPages", async () => {
    await using server = await localServer(api);
    expect(await read(new RestClient({ baseUrl: server.url }), "link", { maxPages: 2 })).toEqual({
      rows: all.slice(0, 20),
      stop: "maximum-reached",
      codes: [],
    });
    expect(server.seen).toHaveLength(2);
  });

  it("ends at 204 and at an empty body", async () => {
    await using server = await localServer((_, response) => response.writeHead(204).end());
    expect(await read(new RestClient({ baseUrl: server.url }), "", { paginator: "page_number" })).toEqual({
      rows: [],
      stop: "empty-page",
      codes: [],
    });
    expect(await read(new RestClient({ baseUrl: server.url }), "", { paginator: "json_link" })).toEqual({
      rows: [],
      stop: "no-next",
      codes: [],
    });
  });

  it("reports a selector that matches nothing", async () => {
    await using server = await localServer(api);
    const { rows, codes } = await read(new RestClient({ baseUrl: server.url }), "link", {
      dataSelector: "items",
      paginator: "single_page",
    });
    expect([rows, codes]).toEqual([[], ["selector-matched-nothing"]]);
  });

  it("says which page failed", async () => {
    await using server = await localServer((request, response) =>
      request.url.search === "" ? sendJson(response, { data: [1], next: "?p=2" }) : sendJson(response, {}, 404),
    );
    await expect(read(new RestClient({ baseUrl: server.url }), "x")).rejects.toThrow(/HTTP 404 for GET .*\(page 2\)/s);
  });
});

const looping = (next: (n: number) => unknown, rows: (n: number) => unknown[] = (n) => [n]): Handler => {
  let n = 0;
  return (_, response) => {
    n += 1;
    sendJson(response, { data: rows(n), next: next(n) });
  };
};

describe("the types", () => {
  it("know what each paginator and auth needs", () => {
    const options = { baseUrl: "https://x" };
    // @ts-expect-error offset needs a limit
    expect(() => new RestClient({ ...options, paginator: { type: "offset" } })).toThrow(/needs "limit"/);
    // @ts-expect-error a name alone has no limit either
    expect(() => new RestClient({ ...options, paginator: "offset" })).toThrow(/needs "limit"/);
    // @ts-expect-error the option is called nextUrlPath
    expect(() => new RestClient({ ...options, paginator: { type: "json_link", nextPath: "a" } })).toThrow(
      /no option "nextPath"/,
    );
    // @ts-expect-error a key is needed
    expect(() => new RestClient({ ...options, auth: { type: "api_key", name: "X" } })).toThrow(/needs "apiKey"/);
    expect(new RestClient({ ...options, auth: { type: "api_key", api_key: "k" } }).baseUrl).toBe("https://x");
  });
});

describe("loops", () => {
  it.each<[string, Handler, PaginatorInput, number, RegExp]>([
    [
      "a link to its own page",
      looping(() => "?cursor=same"),
      "json_link",
      2,
      /After page 2 the API points to page 2 again/,
    ],
    [
      "a link back to the start",
      looping((n) => (n < 4 ? `?p=${n}` : "?")),
      "json_link",
      5,
      /After page 5 the API points to page 5 again/,
    ],
    [
      "links in a small circle",
      looping((n) => `?p=${n % 5}`),
      "json_link",
      6,
      /After page 6 the API points to page 2 again/,
    ],
    ["links in a large circle", looping((n) => `?p=${n % 40}`), "json_link", 103, /points to an earlier page again/],
    ["a repeated cursor", looping(() => "abc"), { type: "cursor", cursorPath: "next" }, 2, /After page 2/],
    [
      "pages that are all the same",
      looping(
        (n) => n,
        () => [{ id: 1 }, { id: 2 }],
      ),
      { type: "cursor", cursorPath: "next" },
      2,
      /Page 2 has the same 2 rows as the page before/,
    ],
    [
      "large pages that are all the same",
      looping(
        (n) => n,
        () => all,
      ),
      { type: "cursor", cursorPath: "next" },
      2,
      /Page 2 has the same 47 rows/,
    ],
  ])("end with an error: %s", async (_, handler, paginator, requests, message) => {
    await using server = await localServer(handler);
    const run = read(new RestClient({ baseUrl: server.url }), "", { paginator });
    await expect(run).rejects.toMatchObject({ name: "PaginationError", code: "SLUICE_PAGINATION_LOOP" });
    await expect(run).rejects.toThrow(message);
    expect(server.seen).toHaveLength(requests);
  });

  it("are not seen in equal parts of different records, but in equal pages of them", async () => {
    const user = { login: "a" };
    await using server = await localServer(({ url }, response) => {
      const page = Number(url.searchParams.get("page") ?? 1);
      const id = url.pathname === "/same" ? 0 : page * 2;
      sendJson(response, {
        data: [
          { id, user },
          { id: id + 1, user },
        ],
      });
    });
    const client = new RestClient({ baseUrl: server.url });
    const paginator = { type: "page_number", basePage: 1, totalPath: null, maximumPage: 4 } as const;
    for (const dataSelector of ["data[*].user", "$..user", "data[?@.id >= 0].user"])
      expect((await read(client, "users", { paginator, dataSelector })).rows).toHaveLength(6);
    await expect(read(client, "same", { paginator, dataSelector: "data[*]" })).rejects.toThrow(/the same 2 rows/);
  });

  it("advise to configure a paginator that was recognised wrongly", async () => {
    await using server = await localServer(api);
    await expect(read(new RestClient({ baseUrl: server.url }), "envelope")).rejects.toThrow(
      /recognised from the first response, perhaps wrongly: configure it/,
    );
  });

  it("are noticed when an API ignores the page number", async () => {
    await using server = await localServer(api);
    await expect(
      read(new RestClient({ baseUrl: server.url }), "same", {
        paginator: { type: "page_number", totalPath: "total_pages" },
      }),
    ).rejects.toThrow(/same 10 rows/);
  });

  it("are not seen in empty pages that lead on", async () => {
    await using server = await localServer(
      looping(
        (n) => (n < 5 ? `?p=${n}` : null),
        () => [],
      ),
    );
    expect(await read(new RestClient({ baseUrl: server.url }), "", { paginator: "json_link" })).toMatchObject({
      rows: [],
      stop: "no-next",
    });
  });
});

describe("fetchPage", () => {
  const paginators: readonly [string, PaginatorInput][] = [
    ["link", "auto"],
    ["header", "header_link"],
    ["envelope", { type: "offset", limit: 10 }],
    ["pages", { type: "page_number", basePage: 1, totalPath: "total_pages" }],
  ];

  it.each(paginators)("goes on from a state that was written as JSON, in another process: %s", async (path, config) => {
    await using server = await localServer(api);
    const page = (state: JsonValue, number: number): Promise<PageFetch> => {
      const client = new RestClient({ baseUrl: server.url });
      return fetchPage({
        client,
        request: client.requestFor(path),
        paginator: createPaginator(config),
        state,
        page: number,
      });
    };
    const rows: unknown[] = [];
    let state: JsonValue = null;
    for (let number = 1; number === 1 || state !== null; number += 1) {
      const [fetched, again] = [await page(state, number), await page(state, number)];
      expect(again.items).toEqual(fetched.items);
      expect(again.next).toEqual(fetched.next);
      rows.push(...fetched.items);
      state = JSON.parse(JSON.stringify(fetched.next)) as JsonValue;
      expect(fetched).toMatchObject({ requests: 1, retries: 0, bytes: Buffer.byteLength(fetched.response.text) });
    }
    expect(rows).toEqual(all);
  });

  it("puts no secret into its states, and goes on from them", async () => {
    const secret = "se/cr+et =1";
    registerSecret(secret);
    await using server = await localServer((request, response) => {
      const page = Number(request.url.searchParams.get("page") ?? 1);
      const echoed = request.url.searchParams;
      echoed.set("page", String(page + 1));
      sendJson(response, { data: [{ id: page }], next: page < 3 ? `/items?${echoed.toString()}` : null });
    });
    const client = new RestClient({ baseUrl: server.url });
    const request = client.requestFor("items", { params: { mykey: secret } });
    const paginator = createPaginator("json_link");
    let state: JsonValue = null;
    for (let page = 1; page === 1 || state !== null; page += 1) {
      const { next } = await fetchPage({ client, request, paginator, state, page });
      const stored = JSON.stringify(next);
      expect(stored).not.toContain("cr%2Bet");
      expect(redact(stored)).toBe(stored);
      state = JSON.parse(stored) as JsonValue;
    }
    expect(server.seen.map(({ url }) => url.searchParams.get("mykey"))).toEqual([secret, secret, secret]);
  });

  it("refuses a state whose secret is not known any more", async () => {
    await using server = await localServer(api);
    const client = new RestClient({ baseUrl: server.url });
    const run = fetchPage({
      client,
      request: client.requestFor("link"),
      paginator: createPaginator("json_link"),
      state: { paginator: { url: `${server.url}/link?page=2&key=<secret 00000000>` }, guards: null },
      page: 2,
      place: { resource: "items" },
    });
    await expect(run).rejects.toMatchObject({ name: "PaginationError", place: { resource: "items", page: 2 } });
    await expect(run).rejects.toThrow(/credential that has changed since.*start afresh/s);
    expect(server.seen).toEqual([]);
  });

  it("overlaps any number of sequences on one client", async () => {
    await using server = await localServer(api);
    const client = new RestClient({ baseUrl: server.url });
    const results = await Promise.all(Array.from({ length: 20 }, () => read(client, "link")));
    for (const { rows } of results) expect(rows).toEqual(all);
  });

  it("keeps its state small however many pages there are", async () => {
    let n = 0;
    await using server = await localServer((_, response) => {
      n += 1;
      sendJson(response, { data: [n], next: n < 200 ? `?page=${n + 1}` : null });
    });
    const client = new RestClient({ baseUrl: server.url });
    let state: JsonValue = null;
    let largest = 0;
    for (let page = 1; page === 1 || state !== null; page += 1) {
      state = (
        await fetchPage({ client, request: client.requestFor(""), paginator: createPaginator("auto"), state, page })
      ).next;
      largest = Math.max(largest, JSON.stringify(state).length);
    }
    expect(n).toBe(200);
    expect(largest).toBeLessThan(700);
  });

  it("reads any number of rows exactly once, for any page size", async () => {
    await using server = await localServer((request, response) => {
      const [total, size] = request.url.pathname.slice(1).split("-").map(Number);
      const page = Number(request.url.searchParams.get("page") ?? 1);
      const rows = Array.from({ length: total ?? 0 }, (_, i) => ({ i })).slice(
        (page - 1) * (size ?? 1),
        page * (size ?? 1),
      );
      sendJson(response, { rows, page, pages: Math.ceil((total ?? 0) / (size ?? 1)) });
    });
    const client = new RestClient({ baseUrl: server.url });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 8 }), async (total, size) => {
        const { rows } = await read(client, `${total}-${size}`);
        expect(rows).toEqual(Array.from({ length: total }, (_, i) => ({ i })));
      }),
      { numRuns: 40 },
    );
  });
});
