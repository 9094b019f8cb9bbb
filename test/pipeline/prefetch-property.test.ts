import * as fc from "fast-check";
import { type LoadInfo, type PaginatorOption, restApiSource } from "sluice";
import { expect, it } from "vitest";
import { localServer, sendJson } from "../../src/rest/testing/local-server.js";
import { pipelineScene } from "../support/pipeline-scene.js";

/** A list of rows behind a counting paginator, as an API may get it wrong. */
interface Listing {
  readonly kind: "page_number" | "offset";
  readonly rows: number;
  readonly size: number;
  /** Rows per page from this page on: the API caps its pages, or the list shrinks. */
  readonly shrinks: { readonly fromPage: number; readonly by: number } | undefined;
  /** What the total says beyond the truth; it may change on the way. Undefined: there is none. */
  readonly lie: { readonly first: number; readonly fromPage: number; readonly later: number } | undefined;
  readonly flag: boolean;
  readonly beyond: "empty" | "404" | "500" | "last page" | "no body";
  readonly stopAfterEmptyPage: boolean;
  readonly maximum: number | undefined;
  readonly limit: number | undefined;
  readonly prefetch: number | undefined;
  /** This page cannot be had. */
  readonly broken: number | undefined;
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 });
const listings: fc.Arbitrary<Listing> = fc.record({
  kind: fc.constantFrom("page_number", "offset"),
  rows: fc.nat(60),
  size: fc.integer({ min: 1, max: 7 }),
  shrinks: maybe(fc.record({ fromPage: fc.integer({ min: 2, max: 8 }), by: fc.integer({ min: 1, max: 3 }) })),
  lie: fc.option(
    fc.record({
      first: fc.integer({ min: -8, max: 30 }),
      fromPage: fc.integer({ min: 2, max: 9 }),
      later: fc.integer({ min: -8, max: 30 }),
    }),
    { nil: undefined, freq: 4 },
  ),
  flag: fc.boolean(),
  beyond: fc.constantFrom("empty", "404", "500", "last page", "no body"),
  stopAfterEmptyPage: fc.constantFrom(true, true, true, false),
  maximum: maybe(fc.nat(40)),
  limit: maybe(fc.integer({ min: 1, max: 9 })),
  prefetch: maybe(fc.integer({ min: 1, max: 12 })),
  broken: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined, freq: 4 }),
});

/** One answer; a function of the request alone, so that nothing depends on the order in which they come. */
function answerOf(listing: Listing, index: number): { readonly status: number; readonly body: unknown } {
  const { kind, rows, size, shrinks, lie, flag, beyond, broken } = listing;
  const page = index + 1;
  if (page === broken) return { status: 400, body: { message: "broken" } };
  const from = index * size;
  const most = shrinks !== undefined && page >= shrinks.fromPage ? Math.max(1, size - shrinks.by) : size;
  let items = Array.from({ length: Math.max(0, Math.min(most, rows - from)) }, (_, i) => ({ n: from + i }));
  if (items.length === 0 && page > 1) {
    if (beyond === "404" || beyond === "500") return { status: Number(beyond), body: { message: "beyond the end" } };
    if (beyond === "no body") return { status: 200, body: "" };
    if (beyond === "last page") items = [{ n: rows - 1 }];
  }
  const truth = kind === "offset" ? rows : Math.ceil(rows / size);
  const total = lie === undefined ? undefined : Math.max(0, truth + (page < lie.fromPage ? lie.first : lie.later));
  return {
    status: 200,
    body: { data: items, ...(total !== undefined && { total }), more: flag && from + size < rows },
  };
}

function paginatorOf(listing: Listing, prefetch: number | undefined): PaginatorOption {
  const { lie, flag, size, stopAfterEmptyPage, maximum } = listing;
  const shared = {
    ...(lie === undefined && { totalPath: null }),
    ...(flag && { hasMorePath: "more" }),
    // A list that never says that it is over has to end somewhere.
    stopAfterEmptyPage,
    ...(prefetch !== undefined && { prefetch }),
  };
  return listing.kind === "offset"
    ? { type: "offset", limit: size, ...shared, maximumOffset: maximum ?? 300 }
    : { type: "page_number", ...shared, maximumPage: maximum ?? 60 };
}

it("reads the same rows and ends for the same reason, whether pages are asked for early or one by one", async () => {
  const cases = fc.sample(listings, { numRuns: 80, seed: 20_240_101 });
  let early = 0;
  const inFlight = new Map<string, number>();
  await using api = await localServer(({ url }, response) => {
    const [, name = "", number] = url.pathname.split("/");
    const listing = cases[Number(number)];
    if (listing === undefined) throw new RangeError(url.pathname);
    const together = (inFlight.get(url.pathname) ?? 0) + 1;
    inFlight.set(url.pathname, together);
    if (together > 1) early += 1;
    const offset = Number(url.searchParams.get("offset") ?? 0);
    const index = listing.kind === "offset" ? offset / listing.size : Number(url.searchParams.get("page"));
    const { status, body } = answerOf(listing, index);
    response.on("close", () => inFlight.set(url.pathname, (inFlight.get(url.pathname) ?? 1) - 1));
    // Answers overtake each other.
    setTimeout(() => sendJson(response, body, status), (index * 7 + name.length) % 4);
  });
  const load = async (mode: "early" | "single"): Promise<{ info: LoadInfo; rows: unknown }> => {
    await using scene = await pipelineScene();
    const source = restApiSource({
      client: { baseUrl: api.url, maxAttempts: 1 },
      resources: cases.map((listing, i) => ({
        name: `r${i}`,
        tableName: "items",
        onError: "skip" as const,
        processingSteps: [{ map: (row: object) => ({ ...row, r: i }) }],
        ...(listing.limit !== undefined && { limit: listing.limit }),
        endpoint: {
          path: `${mode}/${i}`,
          dataSelector: "data",
          paginator: paginatorOf(listing, mode === "single" ? 0 : listing.prefetch),
        },
      })),
    });
    // Slots for all of them, and as many again for pages asked for early.
    const info = await scene.again({ concurrency: 2 * cases.length }).run(source);
    return { info, rows: await scene.values("select r || ':' || n from items order by r, rowid") };
  };
  const single = await load("single");
  expect(early).toBe(0);
  const ahead = await load("early");
  expect(early).toBeGreaterThan(100);
  const endOf = ({ info }: { info: LoadInfo }, name: string): object => ({
    pages: info.resources[name]?.pages,
    rows: info.resources[name]?.rows,
    stop: info.resources[name]?.stop,
    warnings: info.warnings
      .filter(({ resource }) => resource === name)
      .map(({ code, message, count }) => ({ code, count, message: message.replaceAll(/\/(early|single)\//g, "/") })),
  });
  for (const [i, listing] of cases.entries())
    expect(endOf(ahead, `r${i}`), JSON.stringify(listing)).toEqual(endOf(single, `r${i}`));
  expect(ahead.rows).toEqual(single.rows);
  // Every kind of end was among them.
  const stops = new Set(Object.values(single.info.resources).map(({ stop }) => stop));
  expect([...stops].sort()).toEqual([
    "empty-page",
    "has-more-false",
    "limit",
    "maximum-reached",
    "skipped",
    "total-reached",
  ]);
});
