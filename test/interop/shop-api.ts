import { type LocalServer, localServer, sendJson } from "../../src/rest/testing/local-server.js";

type Rows = readonly Readonly<Record<string, unknown>>[];

/** What the API has at one time, by path. */
type Phase = Readonly<Record<string, Rows>>;

const event = (id: number, at: string, more: object = {}): Readonly<Record<string, unknown>> => ({
  id,
  at,
  createdBy: `user ${id}`,
  amount: id + 0.5,
  ok: id % 2 === 0,
  ...more,
});

/** The same shop at three times. Between them rows come, change and go, and a field is new. */
const PHASES: readonly Phase[] = [
  {
    events: [
      event(1, "2024-01-01T00:00:00Z", { marks: [{ by: "a" }, { by: "b" }] }),
      event(2, "2024-01-02T00:00:00Z"),
      event(3, "2024-01-02T00:00:00Z", { marks: [{ by: "c" }] }),
    ],
    users: [
      {
        id: 1,
        name: "Ann",
        address: { city: "X", geo: { lat: 1.25 } },
        tags: ["p", "q"],
        orders: [{ sku: "s1", lines: [{ q: 1 }] }],
      },
      { id: 2, name: "Bob", address: { city: "Y", geo: { lat: 2.25 } }, tags: ["r"], orders: [] },
    ],
    "users/1/notes": [{ text: "first" }],
    "users/2/notes": [],
    rates: [
      { code: "EUR", rate: 1.1 },
      { code: "CHF", rate: 0.9 },
    ],
    stock: [
      { sku: "s1", count: 5, places: ["a"] },
      { sku: "s2", count: 6, places: ["b", "c"] },
    ],
    plans: [
      { id: "basic", price: 1.5 },
      { id: "pro", price: 2.5 },
    ],
  },
  {
    events: [
      event(2, "2024-01-02T00:00:00Z"),
      event(3, "2024-01-02T00:00:00Z"),
      event(4, "2024-01-02T00:00:00Z"),
      event(5, "2024-01-03T00:00:00Z", { isNew: true }),
    ],
    users: [
      {
        id: 2,
        name: "Bea",
        address: { city: "Z", geo: { lat: 2.5 } },
        tags: ["s", "t"],
        orders: [{ sku: "s2", lines: [{ q: 2 }] }],
      },
      { id: 3, name: "Cid", address: { city: "W", geo: { lat: 3.5 } }, tags: [], orders: [] },
    ],
    "users/2/notes": [{ text: "second" }],
    "users/3/notes": [{ text: "third" }],
    rates: [{ code: "EUR", rate: 1.2 }],
    stock: [
      { sku: "s2", count: 7, places: ["d"] },
      { sku: "s3", count: 8, places: [] },
    ],
    plans: [
      { id: "basic", price: 1.75 },
      { id: "pro", price: 2.5 },
    ],
  },
  {
    events: [event(5, "2024-01-03T00:00:00Z", { isNew: true }), event(6, "2024-01-04T00:00:00Z")],
    users: [
      {
        id: 1,
        name: "Ada",
        address: { city: "X", geo: { lat: 1.5 } },
        tags: ["p"],
        orders: [{ sku: "s1", lines: [{ q: 9 }] }],
      },
    ],
    "users/1/notes": [{ text: "fourth" }],
    rates: [
      { code: "USD", rate: 1.5 },
      { code: "GBP", rate: 1.3 },
    ],
    stock: [{ sku: "s1", count: 0, places: ["e", "f"] }],
    plans: [{ id: "basic", price: 1.75 }],
  },
];

/** A server that plays the shop. */
export interface ShopApi extends AsyncDisposable {
  readonly url: string;
  /** Which time it is: 0, 1 or 2. */
  phase: number;
  /** What `events` was asked to begin with, one per run. */
  readonly starts: (string | null)[];
}

export async function shopApi(): Promise<ShopApi> {
  const starts: (string | null)[] = [];
  const server: LocalServer = await localServer((request, response) => {
    const path = request.url.pathname.slice(1);
    if (path === "events") starts.push(request.url.searchParams.get("since"));
    const rows = PHASES[shop.phase]?.[path];
    sendJson(response, rows ?? { error: `no ${path}` }, rows === undefined ? 404 : 200);
  });
  const shop: ShopApi = {
    url: server.url,
    phase: 0,
    starts,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  return shop;
}

/** A REST API config for every way of writing, in dlt's spelling. */
export function shopConfig(url: string): object {
  const incremental = { cursor_path: "at", initial_value: "2023-01-01T00:00:00Z" };
  return {
    client: { base_url: url, paginator: "single_page" },
    resources: [
      {
        name: "events",
        primary_key: "id",
        endpoint: { path: "events", params: { since: "{incremental.start_value}" }, incremental },
      },
      { name: "users", endpoint: "users", primary_key: "id", write_disposition: "merge" },
      {
        name: "notes",
        endpoint: "users/{resources.users.id}/notes",
        include_from_parent: ["id", "name"],
        columns: { text: { description: "what was noted" } },
      },
      { name: "rates", endpoint: "rates", write_disposition: "replace" },
      {
        name: "stock",
        endpoint: "stock",
        primary_key: "sku",
        write_disposition: { disposition: "merge", strategy: "upsert" },
      },
      { name: "plans", endpoint: "plans", write_disposition: { disposition: "merge", strategy: "scd2" } },
    ],
  };
}
