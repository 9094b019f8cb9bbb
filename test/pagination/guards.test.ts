import { type PaginatorOption, PaginationError, restApiSource, RestClient, type LoadInfo } from "sluice";
import { describe, expect, it } from "vitest";
import { localServer, sendJson } from "../../src/rest/testing/local-server.js";
import { pipelineScene } from "../support/pipeline-scene.js";

/** What a server says to the request with this number, from 1, and its URL. */
type Answers = (request: number, url: URL) => { readonly body: unknown; readonly headers?: Record<string, string> };

interface Outcome {
  readonly rows: readonly unknown[];
  readonly stop: string | undefined;
  readonly warnings: readonly string[];
  readonly requests: number;
}

async function read(
  paginator: PaginatorOption,
  answers: Answers,
  params: Record<string, unknown> = {},
): Promise<Outcome> {
  await using server = await localServer(({ url }, response) => {
    const { body, headers } = answers(server.seen.length, url);
    sendJson(response, body, 200, headers);
  });
  const client = new RestClient({ baseUrl: server.url, maxAttempts: 1, dataSelector: "data" });
  const rows: unknown[] = [];
  const warnings: string[] = [];
  let stop: string | undefined;
  for await (const page of client.paginate("items", { paginator: paginator as "auto", params: params as {} })) {
    rows.push(...page);
    warnings.push(...page.warnings.map(({ code }) => code));
    ({ stop } = page);
  }
  return { rows, stop, warnings, requests: server.seen.length };
}

async function failure(paginator: PaginatorOption, answers: Answers): Promise<unknown> {
  return read(paginator, answers).then(
    (outcome) => outcome,
    (error: unknown) => error,
  );
}

const two = (n: number): { id: number }[] => [{ id: 2 * n - 1 }, { id: 2 * n }];
/** A paginator of each kind, and what a server adds to a page so that it goes on. */
const KINDS: readonly (readonly [
  PaginatorOption,
  (n: number) => { body?: object; headers?: Record<string, string> },
])[] = [
  ["json_link", (n) => ({ body: { next: `?page=${n}` } })],
  ["header_link", (n) => ({ headers: { link: `<?page=${n}>; rel=next` } })],
  ["header_cursor", (n) => ({ headers: { next: String(n) } })],
  [{ type: "cursor", cursorPath: "next" }, (n) => ({ body: { next: `c${n}` } })],
  [{ type: "offset", limit: 2, totalPath: null }, () => ({})],
  [{ type: "page_number", totalPath: null }, () => ({})],
];
const going =
  (add: (n: number) => { body?: object; headers?: Record<string, string> }, rows: (n: number) => unknown[]): Answers =>
  (n) => {
    const { body, headers } = add(n);
    return { body: { data: rows(n), ...body }, ...(headers && { headers }) };
  };

describe.each(KINDS)("guards of %j", (paginator, add) => {
  it("end a list that repeats its pages, at the first repetition", async () => {
    const error = await failure(
      paginator,
      going(add, () => two(1)),
    );
    expect(error).toBeInstanceOf(PaginationError);
    expect(error).toMatchObject({ code: "SLUICE_PAGINATION_LOOP", message: /same 2 rows as the page before/ });
  });

  it("stop at maxPages and say that there is more", async () => {
    const options = typeof paginator === "string" ? { type: paginator } : paginator;
    const capped = { ...options, maxPages: 3 } as PaginatorOption;
    expect(await read(capped, going(add, two))).toEqual({
      rows: [1, 2, 3].flatMap(two),
      stop: "limit",
      warnings: ["max-pages-reached"],
      requests: 3,
    });
  });

  it("let pages of one equal row pass, counted, but not for ever", async () => {
    const equal = (last: number): Answers =>
      going(
        (n) => (n < last ? add(n) : {}),
        (n) => (n > last ? [] : [{ value: 7 }]),
      );
    const { rows, warnings } = await read(paginator, equal(5));
    expect(rows).toHaveLength(5);
    // Pages of one row are short for a limit of two.
    expect(warnings.filter((code) => code !== "short-page")).toEqual(Array(4).fill("page-repeated"));
    expect(await failure(paginator, equal(200))).toMatchObject({ code: "SLUICE_PAGINATION_LOOP" });
  });
});

describe("guards", () => {
  it.each<[string, PaginatorOption, object]>([
    ["a link", "json_link", { next: "?page=2" }],
    ["a cursor", { type: "cursor", cursorPath: "next" }, { next: "c" }],
  ])("end where %s leads back", async (_, paginator, body) => {
    const error = await failure(paginator, (n) => ({ body: { data: two(n), ...body } }));
    expect(error).toMatchObject({ code: "SLUICE_PAGINATION_LOOP", message: /points to page 2 again/ });
  });

  it("take a record with an id for the same one when what asks for the next page is ignored", async () => {
    const error = await failure({ type: "page_number", totalPath: null }, () => ({ body: { data: [{ id: 1 }] } }));
    expect(error).toMatchObject({ code: "SLUICE_PAGINATION_LOOP", message: /same 1 rows/ });
  });

  it("let a record come again behind a cursor that moves", async () => {
    const { rows, warnings } = await read({ type: "cursor", cursorPath: "next" }, (n) => ({
      body: { data: [{ id: 1 }], next: n < 3 ? n : null },
    }));
    expect(rows).toHaveLength(3);
    expect(warnings).toEqual(["page-repeated", "page-repeated"]);
  });

  it.each<[number, boolean, number]>([
    [2, true, 4],
    [3, true, 6],
    [5, false, 15],
    [12, true, 24],
    // Longer ones are found by comparison with a page that moves on at powers of two.
    [13, true, 58],
    [100, true, 456],
  ])("end a cycle of %i pages under fresh cursors (rows with an id: %s)", async (length, identified, requests) => {
    let sent = 0;
    const error = await failure({ type: "cursor", cursorPath: "next" }, (n) => {
      sent = n;
      const start = ((n - 1) % length) * 2;
      const data = [start, start + 1].map((value) => (identified ? { id: value } : { value }));
      return { body: n > 500 ? { data: [] } : { data, next: `c${n}` } };
    });
    expect(error).toMatchObject({ code: "SLUICE_PAGINATION_LOOP", message: new RegExp(`same ${length} pages`) });
    expect(sent).toBe(requests);
  });

  it("let a page come again that no round follows, and single rows that alternate", async () => {
    const cursor = { type: "cursor", cursorPath: "next" } as const;
    const order = [1, 2, 3, 1, 4, 2, 5, 1, 6];
    const again = await read(cursor, (n) => ({ body: { data: two(order[n - 1] ?? 0), next: n < 9 ? n : null } }));
    expect(again.rows).toHaveLength(18);
    const single = await read(cursor, (n) => ({ body: { data: [{ on: n % 2 }], next: n < 60 ? n : null } }));
    expect(single.rows).toHaveLength(60);
  });

  it("say that a key does not move", async () => {
    const error = await failure("keyset", (n) => ({
      body: {
        data: [
          { id: 1, n },
          { id: 5, n },
        ],
      },
    }));
    expect(error).toMatchObject({ code: "SLUICE_PAGINATION_LOOP", hint: /more rows share it than a page holds/ });
  });

  it("end a keyset whose API includes the key, and see rows that are not in its order", async () => {
    const rows = [1, 2, 3, 4, 5].map((id) => ({ id }));
    const from: Answers = (_, url) => {
      const after = Number(url.searchParams.get("after") ?? 1);
      return { body: { data: rows.filter(({ id }) => id >= after).slice(0, 3) } };
    };
    expect(await read("keyset", from)).toEqual({
      rows: [1, 2, 3, 3, 4, 5, 5].map((id) => ({ id })),
      stop: "no-next",
      warnings: ["keyset-inclusive", "keyset-inclusive"],
      requests: 3,
    });
    const unordered = await read("keyset", (n) => ({
      body: { data: n === 1 ? [{ id: 3 }, { id: 1 }, { id: 2 }] : [] },
    }));
    expect(unordered.warnings).toEqual(["keyset-unordered"]);
    expect(await failure("keyset", () => ({ body: { data: [{ name: "x" }] } }))).toMatchObject({
      message: /no key at "id"; it has: name/,
    });
  });

  it("say that a key is not unique", async () => {
    const rows = [1, 2, 2, 2, 3].map((u, id) => ({ id, u }));
    const { rows: got, warnings } = await read({ type: "keyset", keyPath: "u" }, (_, url) => {
      const after = Number(url.searchParams.get("after") ?? 0);
      return { body: { data: rows.filter(({ u }) => u > after).slice(0, 3) } };
    });
    expect(got).toHaveLength(4);
    expect(warnings).toEqual(["keyset-not-unique"]);
  });

  it.each<[string, PaginatorOption, object, Record<string, unknown>, string[]]>([
    ["as many rows as were asked for", "json_link", {}, { per_page: 2 }, ["full-page-no-next"]],
    [
      "a flag that promises more",
      { type: "cursor", cursorPath: "cursor" },
      { has_more: true },
      {},
      ["full-page-no-next"],
    ],
    ["a total that promises more", "header_link", { meta: { total: 9 } }, {}, ["full-page-no-next"]],
    ["another kind of next page", "header_link", { next: "/items?page=2" }, {}, ["next-page-overlooked"]],
    ["a cursor", "json_link", { next_cursor: "abc" }, {}, ["next-page-overlooked"]],
    ["a cursor in camelCase", "header_link", { nextCursor: "abc" }, {}, ["next-page-overlooked"]],
    ["a cursor below the envelope", "json_link", { meta: { next_cursor: "abc" } }, {}, ["next-page-overlooked"]],
    ["a cursor of Slack's kind", "json_link", { cursors: { next: "abc" } }, {}, ["next-page-overlooked"]],
    ["a page token", "json_link", { next_page_token: "abc" }, {}, ["next-page-overlooked"]],
    ["a cursor of another name", "cursor", { next_cursor: "abc" }, {}, ["next-page-overlooked"]],
    [
      "a cursor elsewhere",
      { type: "cursor", cursorPath: "next_cursor" },
      { meta: { next_cursor: "abc" } },
      {},
      ["next-page-overlooked"],
    ],
    ["a number of pages", "json_link", { page: 1, total_pages: 3 }, {}, ["next-page-overlooked"]],
    ["the one page of one", "json_link", { page: 1, total_pages: 1 }, {}, []],
    ["the last page by its number", "json_link", { page: 3, total_pages: 3 }, {}, []],
    ["a cursor beside an end that is said", "json_link", { next: null, next_token: "abc" }, {}, []],
    ["a flag against a cursor", "json_link", { pageInfo: { hasNextPage: false, endCursor: "x" } }, {}, []],
    ["an end that is said", "json_link", { next: null }, { per_page: 2 }, []],
    ["fewer rows than were asked for", "json_link", {}, { per_page: 3 }, []],
    ["one page that was asked for", "single_page", { has_more: true }, { per_page: 2 }, []],
    ["no paginator at all", "auto", { has_more: true }, {}, ["full-page-no-next"]],
  ])("judge a first page without a next one: %s", async (_, paginator, extra, params, codes) => {
    const { warnings } = await read(paginator, () => ({ body: { data: two(1), ...extra } }), params);
    expect(warnings).toEqual(codes);
  });

  it.each<[string, PaginatorOption, Record<string, string>, string[]]>([
    ["a next page", "json_link", { "X-Next-Page": "2" }, ["next-page-overlooked"]],
    ["no next page", "json_link", { "X-Next-Page": "" }, []],
    ["the link back alone", "header_link", { "X-Next-Page": "2", Link: '<?page=1>; rel="prev"' }, []],
  ])("judge a first page whose headers name %s", async (_, paginator, headers, codes) => {
    expect((await read(paginator, () => ({ body: { data: two(1) }, headers }))).warnings).toEqual(codes);
  });

  it("doubt a list of links that ends before its total, unless it was not read from its start", async () => {
    const answers: Answers = (n) => ({ body: { data: two(n), total: 100, next: n < 3 ? `?n=${n}` : null } });
    expect((await read("json_link", answers)).warnings).toEqual(["total-not-reached"]);
    expect((await read("json_link", answers, { offset: 94 })).warnings).toEqual([]);
  });

  it.each<[string, PaginatorOption, (n: number) => object]>([
    ["a page number", { type: "page_number", basePage: 1 }, () => ({ total: 3 })],
    ["an offset", { type: "offset", limit: 2 }, () => ({ total: 6 })],
    ["what was recognised", "auto", (n) => ({ page: n, total_pages: 3 })],
    ["a recognised number of rows", "auto", (n) => ({ page: n, total: 6 })],
    ["a cursor", { type: "cursor", cursorPath: "next" }, (n) => ({ total: 6, next: `c${n}` })],
  ])("doubt an end before the total of an earlier page: %s", async (_, paginator, add) => {
    for (const [status, body] of [
      [204, ""],
      [200, '{"data":[]}'],
    ] as const) {
      await using server = await localServer((_request, response) => {
        const n = server.seen.length;
        if (n === 1) return sendJson(response, { data: two(n), ...add(n) });
        response.writeHead(status, { "content-type": "application/json" }).end(body);
      });
      const client = new RestClient({ baseUrl: server.url, maxAttempts: 1, dataSelector: "data" });
      const warnings: string[] = [];
      for await (const page of client.paginate("items", { paginator: paginator as "auto" }))
        warnings.push(...page.warnings.map(({ code }) => code));
      expect(warnings.filter((code) => code !== "paginator-guessed")).toEqual(["total-not-reached"]);
    }
  });

  it("tell of pages that a response action ends before the total", async () => {
    await using server = await localServer(({ url }, response) => {
      const page = url.searchParams.get("page") ?? url.searchParams.get("cursor") ?? "1";
      if (page === "2") return sendJson(response, {}, 404);
      sendJson(response, { data: two(1), total: 3, next: 2 });
    });
    const client = { baseUrl: server.url, maxAttempts: 1 };
    const cursor = { type: "cursor", cursorPath: "next" } as const;
    for (const paginator of [{ type: "page_number", basePage: 1 } as const, cursor]) {
      for (const action of ["ignore", "stop"] as const) {
        await using scene = await pipelineScene();
        const endpoint = { path: "items", paginator, responseActions: [{ statusCode: 404, action }] };
        const source = restApiSource({ client, resources: [{ name: "items", endpoint }] });
        const info = await scene.pipeline.run(source);
        expect(info.warnings.map(({ code }) => code)).toEqual(["total-not-reached"]);
      }
    }
  });

  it("judge no total by a list that begins elsewhere", async () => {
    const answers: Answers = (n) => ({ body: { data: two(n), total: 8 } });
    expect((await read({ type: "offset", limit: 2, offset: 4 }, answers)).warnings).toEqual([]);
  });

  it("doubt a list that shrinks while it is read", async () => {
    const answers: Answers = (n) => ({ body: { data: two(n), total: 9 - n } });
    expect((await read({ type: "offset", limit: 2 }, answers)).warnings).toEqual(["total-shrank", "total-shrank"]);
  });

  it.each([
    { type: "page_number", basePage: 1, totalItemsPath: "rows" },
    { type: "page_number", basePage: 1, page: 2, totalItemsPath: "rows" },
  ] as const)("do not believe a number of rows that is passed: %j", async (paginator) => {
    const first = "page" in paginator ? 1 : 0;
    const answers: Answers = (n) => ({ body: { data: n + first < 5 ? two(n + first) : [], rows: 3 } });
    const { rows, stop, warnings } = await read(paginator, answers);
    expect(rows).toHaveLength(2 * (4 - first));
    expect(stop).toBe("empty-page");
    expect(new Set(warnings)).toEqual(new Set(["total-exceeded"]));
  });
});

describe("in the load info", () => {
  async function load(primaryKey: string | undefined, paginator: PaginatorOption | undefined): Promise<LoadInfo> {
    // A row is inserted in front of the list after its first page.
    await using server = await localServer(({ url }, response) => {
      const offset = Number(url.searchParams.get("offset") ?? 0);
      const list = server.seen.length === 1 ? [1, 2, 3, 4] : [0, 1, 2, 3, 4];
      const data = list.slice(offset, offset + 2).map((id) => ({ id }));
      sendJson(response, { data, offset, limit: 2, total: list.length });
    });
    await using scene = await pipelineScene();
    return await scene.pipeline.run(
      restApiSource({
        client: { baseUrl: server.url, maxAttempts: 1 },
        resources: [
          {
            name: "items",
            ...(primaryKey !== undefined && { primaryKey }),
            endpoint: { path: "items", ...(paginator !== undefined && { paginator }) },
          },
        ],
      }),
    );
  }

  it("are rows whose primary key came on the page before, counted", async () => {
    const offset = { type: "offset", limit: 2, totalPath: null } as const;
    const info = await load("id", offset);
    expect(info.warnings).toMatchObject([{ code: "pagination-drift", resource: "items", count: 1 }]);
    expect((await load(undefined, offset)).warnings).toEqual([]);
  });

  it("is the paginator that was recognised, as the line to write down", async () => {
    const info = await load(undefined, undefined);
    const line =
      '{ type: "offset", limit: 2, offset: 0, offsetParam: "offset", limitParam: "limit", totalPath: "total" }';
    expect(info.resources["items"]).toMatchObject({ recognised: line, pages: 3 });
    expect(String(info)).toContain(`recognised: paginator: ${line}`);
  });
});
