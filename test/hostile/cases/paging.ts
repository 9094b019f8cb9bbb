import type { RestApiConfig } from "sluice";
import type { HostileCase } from "../hostile-case.js";
import type { HostileApi, Visit } from "../hostile-api.js";

const json = (value: unknown): string => JSON.stringify(value);
const every = (): boolean => true;

type PaginatorOption = NonNullable<RestApiConfig["client"]["paginator"]>;

/** The resource `items` with another paginator. */
const items =
  (paginator: PaginatorOption, hints: { primaryKey?: string; writeDisposition?: "merge" } = {}) =>
  (_api: HostileApi): RestApiConfig["resources"] => [
    { name: "items", ...hints, endpoint: { path: "items", dataSelector: "data", paginator } },
  ];

const byOffset = { type: "offset", limit: 2, totalPath: "total" } as const;

/** Rows 1 to 4 by offset, with the total that the server claims. */
const claiming =
  (total: unknown) =>
  ({ request, send }: Visit): void => {
    const offset = Number(request.url.searchParams.get("offset"));
    send(json({ data: [1, 2, 3, 4].slice(offset, offset + 2).map((id) => ({ id })), total }));
  };

const byPage = { type: "page_number", totalPath: "total" } as const;

/** The same by page number from 0. */
const claimingPages =
  (total: unknown) =>
  ({ request, send }: Visit): void => {
    const offset = 2 * Number(request.url.searchParams.get("page"));
    send(json({ data: [1, 2, 3, 4].slice(offset, offset + 2).map((id) => ({ id })), total }));
  };

const FOUR = { items: [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }] };

/** A server that lies about its pages. */
export const PAGING: readonly HostileCase[] = [
  {
    name: "has pages without end, each with new rows",
    outcome: "read in flat memory until `limit`, or until somebody stops the run: a long list looks just like it",
    limit: 50,
    attacks: every,
    attack: ({ page, send }) => send(json({ data: [{ id: page }], next: `?page=${page + 1}` })),
    ends: { rows: { items: Array.from({ length: 50 }, (_, i) => ({ id: i + 1 })) } },
  },
  {
    name: "has empty pages without end, each with a new link",
    outcome: "an error after 1,000 empty pages in a row",
    attacks: ({ page }) => page > 1,
    attack: ({ page, send }) => send(json({ data: [], next: `?page=${page + 1}` })),
    ends: {
      code: "SLUICE_PAGINATION_LOOP",
      says: ["1000 pages in a row without rows"],
      page: 1002,
      rows: { items: [{ id: 1 }, { id: 2 }, { id: 2003 }, { id: 2004 }] },
    },
  },
  {
    name: "sends the same rows under ever new links",
    outcome: "an error at the first repetition",
    attacks: ({ page }) => page > 1,
    attack: ({ page, send }) => send(json({ data: [{ id: 3 }, { id: 4 }], next: `?page=${page + 1}` })),
    ends: {
      code: "SLUICE_PAGINATION_LOOP",
      says: ["same 2 rows as the page before"],
      page: 3,
      pending: 4,
      rows: { items: [...FOUR.items, { id: 5 }, { id: 6 }] },
    },
  },
  {
    name: "points back to a page that was read",
    outcome: "an error at the first repetition",
    attack: ({ send }) => send(json({ data: [{ id: 3 }, { id: 4 }], next: "/items?page=2" })),
    ends: { code: "SLUICE_PAGINATION_LOOP", says: ["points to page 2 again"] },
  },
  {
    name: "sends a cursor that never changes",
    outcome: "an error at the first repetition",
    resources: items({ type: "cursor", cursorPath: "next", cursorParam: "page" }),
    attacks: every,
    attack: ({ page, send }) => send(json({ data: [{ id: page * 2 - 1 }, { id: page * 2 }], next: 2 })),
    ends: { code: "SLUICE_PAGINATION_LOOP", says: ["points to page 2 again"] },
  },
  {
    name: "claims a total that is too low",
    outcome:
      "counted in rows (`offset`), it is not believed once the rows have passed it: all rows, with the warning `total-exceeded`. Counted in pages (`page_number`) it always falls on the end of a page: see below",
    resources: items(byOffset),
    attacks: every,
    attack: claiming(1),
    ends: { rows: FOUR, warnings: ["total-exceeded"] },
  },
  {
    name: "claims that there are no pages, beside rows",
    outcome: "not believed: all rows, with the warning `total-exceeded`",
    resources: items(byPage),
    attacks: every,
    attack: claimingPages(0),
    ends: { rows: FOUR, warnings: ["total-exceeded"] },
  },
  {
    name: "claims a total that is too low and falls on the end of a page",
    outcome:
      "believed, and rows are missing without a word: it looks like an honest one, as every number of pages does that is too low. `totalPath: null` asks until a page is empty",
    resources: items(byOffset),
    attacks: every,
    attack: claiming(2),
    ends: { rows: { items: [{ id: 1 }, { id: 2 }] } },
  },
  {
    name: "claims a total with a fraction",
    outcome: "rounded up",
    resources: items(byPage),
    attacks: every,
    attack: claimingPages(1.5),
    ends: { rows: FOUR },
  },
  {
    name: "claims a total that is too high",
    outcome: "all rows there are, with the warning `total-not-reached`",
    resources: items(byOffset),
    attacks: every,
    attack: claiming(1e15),
    ends: { rows: FOUR, warnings: ["total-not-reached"] },
  },
  {
    name: "sends fewer rows per page than it was asked for, without saying so, and a total",
    outcome:
      "rows between the pages are not had: the warnings `short-page`, which says how to mend it, and `total-not-reached`, which counts them",
    resources: items(byOffset),
    attacks: every,
    attack: ({ request, send }) =>
      send(json({ data: [{ id: Number(request.url.searchParams.get("offset")) + 1 }], total: 4 })),
    ends: { rows: { items: [{ id: 1 }, { id: 3 }] }, warnings: ["short-page", "total-not-reached"] },
  },
  {
    name: "claims a total that is no number",
    outcome: "an error that shows it",
    resources: items(byOffset),
    attacks: every,
    attack: claiming("many"),
    ends: { code: "SLUICE_PAGINATION", says: ['"total" is "many"'], page: 1, pending: 0 },
  },
  {
    name: "inserts rows at the front while the list is read by offset",
    outcome:
      "a row that is shifted into the next page comes twice; with a `primaryKey` and `merge` it is one row; warning `pagination-drift` where there is a key",
    resources: items({ type: "offset", limit: 2, totalPath: null }, { primaryKey: "id", writeDisposition: "merge" }),
    attacks: every,
    attack({ request, send, api }) {
      const offset = Number(request.url.searchParams.get("offset"));
      const list = api.seen.length === 1 ? [1, 2, 3, 4] : [0, 1, 2, 3, 4];
      send(json({ data: list.slice(offset, offset + 2).map((id) => ({ id })) }));
    },
    ends: { rows: FOUR, warnings: ["pagination-drift"] },
  },
];
