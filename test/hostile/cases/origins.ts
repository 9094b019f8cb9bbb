import type { HostileCase } from "../hostile-case.js";
import type { HostileApi } from "../hostile-api.js";

const json = (value: unknown): string => JSON.stringify(value);
const first = ({ page, request, api }: { page: number; request: { url: URL }; api: HostileApi }): boolean =>
  page === 1 && request.url.origin === api.url;
const FIRST = [{ id: 1 }, { id: 2 }];
const FOUR = { items: [...FIRST, { id: 3 }, { id: 4 }] };

const EVIL = "../1?a=b\r\nX-Evil: 1";
const EVIL_ENCODED = "..%2F1%3Fa%3Db%0D%0AX-Evil%3A%201";

const credentials = {
  auth: { type: "bearer", token: "hostile-token-1" },
  headers: { Cookie: "session=hostile-cookie", "X-Api-Key": "hostile-key" },
} as const;

/** Throws when a request to the other origin had something that belongs to the API. */
function keptBack(api: HostileApi): void {
  const text = JSON.stringify(api.seenElsewhere);
  if (api.seenElsewhere.length === 0) throw new Error("the other origin was never asked");
  for (const secret of ["hostile-token-1", "hostile-cookie", "hostile-key"])
    if (text.includes(secret)) throw new Error(`${secret} went to another origin`);
}

function notAsked(api: HostileApi): void {
  if (api.seenElsewhere.length > 0) throw new Error("the other origin was asked");
}

/** A server that sends us elsewhere, or has us send what it wants. */
export const ORIGINS: readonly HostileCase[] = [
  {
    name: "redirects in a circle",
    outcome: "an error after 10 redirects",
    attack: ({ send }) => send("", { location: "/items?page=2" }, 302),
    ends: { code: "SLUICE_CONNECTION", says: ["redirected more than 10 times"] },
  },
  {
    name: "redirects to `file:`",
    outcome: "an error at once",
    attack: ({ send }) => send("", { location: "file:///etc/passwd" }, 302),
    ends: { code: "SLUICE_CONNECTION", tries: 1, says: ["redirects to an address that is not http"] },
  },
  {
    name: "redirects without a location",
    outcome: "an error: it is no page",
    attack: ({ send }) => send("", {}, 302),
    ends: { code: "SLUICE_HTTP_STATUS", says: ["HTTP 302", "redirect without a location"] },
  },
  {
    name: "redirects to another origin",
    outcome: "followed without credentials, cookies and keys; warning `credentials-withheld`",
    client: credentials,
    attacks: ({ page, request, api }) => page === 2 && request.url.origin === api.url,
    attack: ({ send, api }) => send("", { location: `${api.elsewhere}/items?page=2` }, 307),
    ends: { rows: FOUR, warnings: ["credentials-withheld"] },
    check: keptBack,
  },
  {
    name: "sends a next link to another origin",
    outcome: "followed without credentials, cookies and keys; warning `credentials-withheld`",
    client: credentials,
    attacks: first,
    attack: ({ send, api }) => send(json({ data: FIRST, next: `${api.elsewhere}/items?page=2` })),
    ends: { rows: FOUR, warnings: ["credentials-withheld"] },
    check: keptBack,
  },
  {
    name: "sends a next link that hides another host behind user info (`//api@elsewhere`)",
    outcome: "it counts as the other origin that it is",
    client: credentials,
    attacks: first,
    attack: ({ send, api }) =>
      send(json({ data: FIRST, next: api.elsewhere.replace("http://", "//api.example.com:x@") + "/items?page=2" })),
    ends: { rows: FOUR, warnings: ["credentials-withheld"] },
    check: keptBack,
  },
  {
    name: "sends a next link to another origin for a request with a body",
    outcome: "an error: bodies go to `allowedOrigins` only",
    resources: () => [
      { name: "items", endpoint: { path: "items", method: "POST", json: { key: 1 }, dataSelector: "data" } },
    ],
    attacks: first,
    attack: ({ send, api }) => send(json({ data: FIRST, next: `${api.elsewhere}/items?page=2` })),
    ends: { code: "SLUICE_CONNECTION", says: ["POST with a body would go to", "allowedOrigins"], afterDrop: true },
    check: notAsked,
  },
  {
    name: "sends a next link to `file:`",
    outcome: "an error at once",
    attacks: first,
    attack: ({ send }) => send(json({ data: FIRST, next: "file:///etc/passwd" })),
    ends: {
      code: "SLUICE_PAGINATION",
      tries: 1,
      says: ['"file:///etc/passwd"', "no http address"],
      page: 1,
      pending: 0,
    },
  },
  {
    name: "sends a next link with line breaks and headers in it",
    outcome: "nothing of it becomes a header",
    attacks: first,
    attack: ({ send }) => send(json({ data: FIRST, next: "/items?page=2&x=\r\nX-Evil: 1\r\n\r\n" })),
    ends: { rows: FOUR },
    check: noEvil,
  },
  {
    name: "sends a next link of a megabyte",
    outcome: "the error of the server that will not take it, cut short",
    attacks: first,
    attack: ({ send }) => send(json({ data: FIRST, next: `/items?page=2&x=${"y".repeat(1_000_000)}` })),
    ends: { code: "SLUICE_HTTP_STATUS", says: ["HTTP 431"], afterDrop: true },
  },
  {
    name: "sends line breaks and slashes in values that become part of a path or a query",
    outcome: "encoded: they stay one value",
    resources: () => [
      { name: "items", endpoint: { path: "items", dataSelector: "data" } },
      {
        name: "details",
        endpoint: {
          path: "items/{resources.items.id}/details",
          params: { of: "{resources.items.id}" },
          dataSelector: "data",
        },
      },
    ],
    attacks: () => true,
    attack: ({ request, send }) =>
      send(
        request.url.pathname === "/items"
          ? json({ data: [{ id: EVIL }] })
          : json({ data: [{ target: request.target }] }),
      ),
    ends: {
      rows: {
        items: [{ id: EVIL }],
        details: [{ target: `/items/${EVIL_ENCODED}/details?of=${EVIL_ENCODED}` }],
      },
    },
    check: noEvil,
  },
  {
    name: "sends line breaks in values that become a header",
    outcome: "an error: such a header is not sent",
    resources: () => [
      { name: "items", endpoint: { path: "items", dataSelector: "data" } },
      {
        name: "details",
        endpoint: { path: "details", headers: { "X-Of": "{resources.items.id}" }, dataSelector: "data" },
      },
    ],
    attacks: ({ request }) => request.url.pathname === "/items",
    attack: ({ send }) => send(json({ data: [{ id: "1\r\nX-Evil: 1" }] })),
    ends: {
      code: "SLUICE_CONFIG",
      says: ["invalid X-Of header"],
      resource: "details",
      page: 1,
      pending: 1,
      afterDrop: true,
    },
    check: noEvil,
  },
];

function noEvil(api: HostileApi): void {
  if (api.seen.some(({ headers }) => "x-evil" in headers)) throw new Error("a value became a header");
}
