import * as fc from "fast-check";
import { registerPaginator, RestClient, type Page, type PageStep, type Paginator, type RequestSpec } from "sluice";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PAGED_APIS, pageCountOf, type PagedApi, type PagedRow } from "../../src/rest/testing/paged-apis.js";
import { pagedServer, type PagedServer } from "./paged-server.js";

let server: PagedServer;
beforeAll(async () => {
  server = await pagedServer();
});
afterAll(() => server[Symbol.asyncDispose]());

async function read(api: PagedApi, total: number, size: number): Promise<Page<PagedRow>[]> {
  const { method, json, data } = api.request ?? {};
  const client = new RestClient({ baseUrl: server.url, maxAttempts: 1 });
  const pages = client.paginate<PagedRow>(server.pathOf(api, total, size), {
    ...(method !== undefined && { method }),
    ...(json !== undefined && { json }),
    ...(data !== undefined && { data }),
    paginator: api.config,
    dataSelector: api.dataSelector ?? "data",
  });
  return all(pages);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const ids = (pages: readonly Page<PagedRow>[]): unknown[] =>
  pages.flat().map(({ id }) => Number(String(id).replace("row-", "")));
const upTo = (total: number): number[] => Array.from({ length: total }, (_, i) => i + 1);

describe.each(PAGED_APIS)("over HTTP: $name", (api) => {
  it.each([
    [0, 4],
    [3, 4],
    [4, 4],
    [11, 4],
    [12, 4],
  ])("reads %i rows in pages of %i, each once, with as many requests as there are pages", async (total, size) => {
    const before = server.seen.length;
    const pages = await read(api, total, size);
    expect(ids(pages)).toEqual(upTo(total));
    expect(server.seen.length - before).toBe((api.requests ?? pageCountOf)(total, size));
    expect(pages.at(-1)?.stop).toMatch(/no-next|total-reached|empty-page|has-more-false|undetected/);
    const doubts = pages.flatMap(({ warnings }) => warnings).map(({ code }) => code);
    expect(doubts.filter((code) => code !== "paginator-guessed")).toEqual([]);
  });
});

it("finds every row of random lists exactly once, whatever the paginator", async () => {
  const lists = fc.record({
    api: fc.constantFrom(...PAGED_APIS),
    total: fc.nat(60),
    size: fc.integer({ min: 1, max: 9 }),
  });
  await fc.assert(
    fc.asyncProperty(lists, async ({ api, total, size }) => {
      expect(ids(await read(api, total, size)), api.name).toEqual(upTo(total));
    }),
    { numRuns: 150 },
  );
});

/** Goes backwards through dated pages. */
class Days implements Paginator<{ readonly day: number }> {
  readonly type = "days";

  start(): { readonly day: number } {
    return { day: 3 };
  }

  apply(request: RequestSpec, { day }: { readonly day: number }): RequestSpec {
    return { ...request, params: { ...request.params, after: day * 4 } };
  }

  next({ day }: { readonly day: number }): PageStep<{ readonly day: number }> {
    return day === 0 ? { stop: "no-next" } : { state: { day: day - 1 } };
  }
}

describe("paginators of one's own", () => {
  const [api] = PAGED_APIS.filter(({ name }) => name === "cursor");
  const read = async (paginator: Paginator | { type: string }): Promise<unknown[]> => {
    if (api === undefined) throw new RangeError("no such API");
    const client = new RestClient({ baseUrl: server.url, paginator: paginator as Paginator });
    return ids(await all(client.paginate<PagedRow>(server.pathOf(api, 14, 4), { dataSelector: "data" })));
  };
  const backwards = [13, 14, 9, 10, 11, 12, 5, 6, 7, 8, 1, 2, 3, 4];

  it("are taken as instances", async () => {
    expect(await read(new Days())).toEqual(backwards);
  });

  it("are taken by the type under which they are registered", async () => {
    registerPaginator("days", () => new Days());
    expect(await read({ type: "days" })).toEqual(backwards);
  });

  it.each([{ stop: "done" }, { stop: "skipped" }, {}, undefined])("are refused when they say %j", async (step) => {
    // As from JavaScript.
    const wrong: Paginator = {
      type: "mine",
      start: () => null,
      apply: (request) => request,
      next: () => step as never,
    };
    await expect(read(wrong)).rejects.toThrow(/next\(\) of the paginator "mine" returned .*no step.*has-more-false/s);
  });
});
