import * as fc from "fast-check";
import { type PaginatorConfig, RestClient } from "sluice";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type LocalServer, localServer, type SeenRequest, sendJson } from "../../src/rest/testing/local-server.js";

// Paginators made at random, each with a server that is made for it: where it reads and writes, under which names, from which
// number on, and how the server tells the end.

type Place = { readonly kind: "Param" | "Header" | "BodyPath"; readonly keys: readonly string[] };
/** How a server says that a page is the last. */
type End = "null" | "absent" | "empty text" | "flag" | "total" | "empty page";

interface Pages {
  readonly kind: "json_link" | "header_link" | "cursor" | "header_cursor" | "keyset" | "page_number" | "offset";
  readonly total: number;
  readonly size: number;
  /** Where the next link, the cursor, the total or the flag stands. */
  readonly told: readonly string[];
  readonly rowsAt: readonly string[];
  /** Where the paginator writes its value. */
  readonly place: Place;
  readonly end: End;
  /** Number of the first page. */
  readonly base: number;
  readonly relativeLinks: boolean;
  readonly asText: boolean;
}

const key = fc.constantFrom("next", "page.info", "Meta data", "größe", "@odata.x", "a-b", "links", "é'\"");
const keys = fc.uniqueArray(key, { minLength: 1, maxLength: 3 });
const name = fc.constantFrom("cursor", "page", "after", "since_id", "p[offset]", "$skip", "X-Y");
const place: fc.Arbitrary<Place> = fc.oneof(
  fc.record({ kind: fc.constant("Param" as const), keys: fc.tuple(name) }),
  fc.record({
    kind: fc.constant("Header" as const),
    keys: fc.tuple(fc.constantFrom("X-After", "x-page", "Range-From")),
  }),
  fc.record({ kind: fc.constant("BodyPath" as const), keys: keys }),
);
const ENDS: Readonly<Record<Pages["kind"], readonly End[]>> = {
  json_link: ["null", "absent", "empty text", "flag"],
  header_link: ["absent"],
  cursor: ["null", "absent", "empty text", "flag"],
  header_cursor: ["absent", "empty text"],
  keyset: ["empty page", "flag"],
  page_number: ["total", "flag", "empty page"],
  offset: ["total", "flag", "empty page"],
};
const KINDS = Object.keys(ENDS) as Pages["kind"][];
const pages: fc.Arbitrary<Pages> = fc.constantFrom(...KINDS).chain((kind) =>
  fc.record({
    kind: fc.constant(kind),
    total: fc.nat(40),
    size: fc.integer({ min: 1, max: 7 }),
    told: keys,
    rowsAt: keys.map((list) => ["rows", ...list]),
    place,
    end: fc.constantFrom(...ENDS[kind]),
    base: fc.constantFrom(0, 1, 7),
    relativeLinks: fc.boolean(),
    asText: fc.boolean(),
  }),
);

const jsonPath = (list: readonly string[]): string => `$${list.map((one) => `[${JSON.stringify(one)}]`).join("")}`;
const set = (body: Record<string, unknown>, list: readonly string[], value: unknown): void => {
  const [first = "", ...rest] = list;
  if (rest.length === 0) body[first] = value;
  else set((body[first] ??= {}) as Record<string, unknown>, rest, value);
};
const get = (value: unknown, list: readonly string[]): unknown =>
  list.reduce<unknown>((inner, one) => (inner as Record<string, unknown> | undefined)?.[one], value);

/** What the server tells, beside the rows. The total, the flag and the link have a place each. */
const FLAG = ["flags", "more.of it"] as const;

function paginatorOf({ kind, told, place: { kind: where, keys: list }, end, base, size }: Pages): PaginatorConfig {
  const target = where === "BodyPath" ? jsonPath(list).slice(1) : (list[0] ?? "");
  const flag = end === "flag" ? { hasMorePath: jsonPath(FLAG) } : {};
  const total = end === "total" ? jsonPath(told) : null;
  const options: Record<Pages["kind"], object> = {
    json_link: { nextUrlPath: jsonPath(told), ...flag },
    header_link: {},
    cursor: { cursorPath: jsonPath(told), [`cursor${where}`]: target, ...flag },
    header_cursor: { cursorKey: "X-Next", [`cursor${where}`]: target },
    keyset: { keyPath: "id", [`key${where}`]: target, ...flag },
    page_number: { basePage: base, [`page${where}`]: target, totalPath: total, ...flag },
    offset: { limit: size, [`offset${where}`]: target, limitParam: "take", totalPath: total, ...flag },
  };
  // Made of parts that are typed one by one.
  return { type: kind, ...options[kind] } as PaginatorConfig;
}

/** The value that the request carries for the paginator. */
function valueIn({ url, headers, body }: SeenRequest, { place: { kind, keys: list } }: Pages): unknown {
  const [first = ""] = list;
  if (kind === "Param") return url.searchParams.get(first) ?? undefined;
  if (kind === "Header") return headers[first.toLowerCase()];
  return body === "" ? undefined : get(JSON.parse(body), list);
}

function answer(request: SeenRequest, api: Pages): { body: unknown; headers: Record<string, string> } {
  const { kind, total, size, base, told, rowsAt, end, relativeLinks, asText } = api;
  const value = valueIn(request, api);
  const linked = request.url.searchParams.get("from") ?? "0";
  const from =
    kind === "json_link" || kind === "header_link"
      ? Number(linked)
      : kind === "page_number"
        ? (Number(value ?? base) - base) * size
        : typeof value === "string"
          ? Number(value.replace("token ", ""))
          : Number(value ?? 0);
  const rows = Array.from({ length: Math.max(0, Math.min(size, total - from)) }, (_, i) => ({ id: from + i + 1 }));
  const more = from + size < total;
  const body: Record<string, unknown> = {};
  set(body, rowsAt, rows);
  if (end === "flag") set(body, FLAG, asText ? String(more) : more);
  if (end === "total") {
    const counted = kind === "offset" ? total : Math.max(1, Math.ceil(total / size));
    set(body, told, asText ? String(counted) : counted);
  }
  const path = `${request.url.pathname}?from=${from + size}`;
  const link = relativeLinks ? path : new URL(path, request.url).href;
  const headers: Record<string, string> = {};
  if (kind === "header_link" && more) headers["link"] = `<${link}>; rel="prev next"`;
  if (kind === "header_cursor" && (more || end === "empty text"))
    headers["x-next"] = more ? (asText ? `token ${from + size}` : String(from + size)) : "";
  if (kind === "json_link" || kind === "cursor") {
    const next = kind === "json_link" ? link : asText ? `token ${from + size}` : from + size;
    // With a flag the next page is always named.
    const last = end === "null" ? null : end === "empty text" ? "" : end === "flag" ? next : undefined;
    if (more || last !== undefined) set(body, told, more ? next : last);
  }
  return { body, headers };
}

let server: LocalServer;
const apis = new Map<string, Pages>();
beforeAll(async () => {
  server = await localServer((request, response) => {
    const api = apis.get(request.url.pathname);
    if (api === undefined) return sendJson(response, {}, 404);
    const { body, headers } = answer(request, api);
    return sendJson(response, body, 200, headers);
  });
});
afterAll(() => server[Symbol.asyncDispose]());

/** The ids in the order in which they come. */
async function read(api: Pages, paginator: PaginatorConfig): Promise<number[]> {
  const path = `/${apis.size}`;
  apis.set(path, api);
  const client = new RestClient({ baseUrl: server.url, maxAttempts: 1 });
  const ids: number[] = [];
  const reading = client.paginate<{ id: number }>(path, {
    method: api.place.kind === "BodyPath" ? "POST" : "GET",
    paginator,
    dataSelector: jsonPath(api.rowsAt),
  });
  for await (const page of reading) {
    ids.push(...page.map(({ id }) => id));
    if (ids.length > 500) throw new RangeError("endless");
  }
  return ids;
}

const upTo = (total: number): number[] => Array.from({ length: total }, (_, i) => i + 1);

it("reads every row exactly once, whatever the paginator and the server that belongs to it", async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(pages, async (api) => {
      expect(await read(api, paginatorOf(api))).toEqual(upTo(api.total));
      if (api.total > api.size) seen.set(api.kind, (seen.get(api.kind) ?? 0) + 1);
    }),
    { numRuns: 300 },
  );
  for (const kind of KINDS) expect(seen.get(kind), kind).toBeGreaterThan(5);
});

/** The same kind of paginator, which looks and writes where the server knows of nothing. */
function misplaced(api: Pages): PaginatorConfig {
  if (api.kind === "header_link") return { type: api.kind, linksNextKey: "elsewhere" };
  if (api.kind === "header_cursor") return { type: api.kind, cursorKey: "elsewhere" };
  return paginatorOf({ ...api, place: { kind: "Param", keys: ["elsewhere"] }, told: ["elsewhere"] });
}

it("notices a paginator that does not belong to the server: it could fail", async () => {
  const several = pages.filter(({ total, size }) => total > size);
  await fc.assert(
    fc.asyncProperty(several, async (api) => {
      const outcome = await read(api, misplaced(api)).catch(() => "an error");
      expect(outcome).not.toEqual(upTo(api.total));
    }),
    { numRuns: 60 },
  );
});
