import { describe, expect, it } from "vitest";
import type { SeenRequest } from "../../src/rest/testing/local-server.js";
import { apiScene } from "./api.js";

const ROWS = [1, 2, 3, 4, 5].map((n) => ({ n }));

/** Five rows: pages of two from number 0 on, or `limit` of them, three if none is asked for, from `offset` on. */
function answer({ target }: SeenRequest): unknown {
  const { pathname, searchParams } = new URL(target, "http://api");
  const number = (name: string, fallback: number): number => Number(searchParams.get(name) ?? fallback);
  if (pathname.startsWith("/v1/one/")) return { n: 1, name: "only", total_pages: 3 };
  if (pathname.startsWith("/v1/bare/")) return ROWS;
  if (pathname.startsWith("/v1/offset/")) {
    const offset = number("offset", 0);
    return { items: ROWS.slice(offset, offset + number("limit", 3)), total: ROWS.length };
  }
  const page = number("page", 0);
  return { items: ROWS.slice(page * 2, page * 2 + 2), total_pages: 3 };
}

const config = (path: string, paginator: object, endpoint: object = {}) => ({
  client: { paginator },
  resources: [
    { name: "p", data: [{ id: 7 }], selected: false },
    { name: "k", endpoint: { path: `${path}/{resources.p.id}`, ...endpoint } },
  ],
});
const PAGES = { type: "page_number", basePage: 0, totalPath: "total_pages" };

describe("a path that names one thing", () => {
  it.each([{}, { dataSelector: "items" }])(
    "is read with the client's paginator where it is a list: %j",
    async (end) => {
      await using api = await apiScene(answer);
      const info = await api.load(config("pages", PAGES, end));
      expect(await api.rows("k")).toEqual(ROWS);
      expect(api.asked()).toEqual([
        "GET /v1/pages/7",
        "GET /v1/pages/7?page=0",
        "GET /v1/pages/7?page=1",
        "GET /v1/pages/7?page=2",
      ]);
      expect(info.warnings).toEqual([]);
      expect(String(info)).toMatch(/5 rows, 3 pages, 4 requests; .*ended: total reached/);
    },
  );

  it("is asked for again where the client's paginator sets how many rows a page has", async () => {
    await using api = await apiScene(answer);
    await api.load(config("offset", { type: "offset", limit: 2 }));
    expect(await api.rows("k")).toEqual(ROWS);
  });

  it("counts pages as if the first answer had not been", async () => {
    await using api = await apiScene(answer);
    const { resources, ...rest } = config("pages", { ...PAGES, maxPages: 2 });
    await api.load({ ...rest, resources });
    expect(await api.rows("k")).toEqual(ROWS.slice(0, 4));
  });

  it("is one row of one request where it is an object", async () => {
    await using api = await apiScene(answer);
    await api.load(config("one", PAGES));
    expect(await api.rows("k")).toEqual([{ n: 1, name: "only", total_pages: 3 }]);
    expect(api.asked()).toEqual(["GET /v1/one/7"]);
  });

  it("is read as it shows itself where the client's paginator does not fit", async () => {
    await using api = await apiScene(answer);
    await api.load(config("bare", PAGES));
    expect(await api.rows("k")).toEqual(ROWS);
    expect(api.asked()).toEqual(["GET /v1/bare/7"]);
  });
});
