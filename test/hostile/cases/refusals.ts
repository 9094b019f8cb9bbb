import type { HostileCase } from "../hostile-case.js";
import type { Visit } from "../hostile-api.js";
import { healthyPage } from "../hostile-api.js";

const FOUR = { items: [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }] };

const page = (visit: Visit): void => visit.send(JSON.stringify(healthyPage(visit.page)));

/** Refuses twice, then answers. */
const refusingTwice =
  (status: number, headers: Record<string, string>) =>
  (visit: Visit): void =>
    visit.times <= 2 ? visit.send('{"message":"slow down"}', headers, status) : page(visit);

/** A server that refuses, for a while or from now on. */
export const REFUSALS: readonly HostileCase[] = [
  ...[
    ["0", "0"],
    ["-5", "a negative number"],
    ["Sat, 01 Jan 2000 00:00:00 GMT", "a time in the past"],
    ["soon", "what is no time"],
  ].map(([value = "", words = ""]) => ({
    name: `answers 429 with \`Retry-After: ${value}\``,
    outcome: `${words} is not taken at its word: the request is sent again after a short wait`,
    client: { maxAttempts: 4 },
    attack: refusingTwice(429, { "retry-after": value }),
    ends: { rows: FOUR },
  })),
  {
    name: "answers 429 with a `Retry-After` a year ahead",
    outcome: "an error: nobody waits for so long",
    client: { maxAttempts: 2, maxRetryDelay: 0.1 },
    attack: ({ send }) => send("{}", { "retry-after": "31536000" }, 429),
    ends: { code: "SLUICE_RATE_LIMIT", says: ["HTTP 429"] },
  },
  {
    name: "answers 403 with `Retry-After` where it means 429",
    outcome: "taken for a rate limit: sent again",
    client: { maxAttempts: 4 },
    attack: refusingTwice(403, { "retry-after": "0" }),
    ends: { rows: FOUR },
  },
  {
    name: "answers 403 and nothing else",
    outcome: "an error at once",
    attack: ({ send }) => send('{"message":"forbidden"}', {}, 403),
    ends: { code: "SLUICE_HTTP_STATUS", tries: 1, says: ["HTTP 403", "forbidden", "no credentials"] },
  },
  {
    name: "lets a fixed token expire in the middle of the run",
    outcome: "an error that says so; the run goes on with a new token",
    client: { auth: { type: "bearer", token: "hostile-token-2" } },
    attack: ({ send }) => send('{"message":"token expired"}', {}, 401),
    ends: { code: "SLUICE_HTTP_STATUS", says: ["HTTP 401", "token expired", '"bearer" credentials'] },
  },
  {
    name: "lets an OAuth token expire in the middle of the run",
    outcome: "a new one is fetched, the request is sent again: all rows",
    clientOf: (api) => ({
      auth: {
        type: "oauth2_client_credentials",
        accessTokenUrl: `${api.elsewhere}/token`,
        clientId: "hostile-client",
        clientSecret: "hostile-secret",
      },
    }),
    attacks: () => true,
    attack(visit) {
      const { request, api, send } = visit;
      if (request.url.pathname === "/token") {
        const token = `hostile-oauth-${api.seenElsewhere.length}`;
        return send(JSON.stringify({ access_token: token, expires_in: 3600, token_type: "bearer" }));
      }
      const wanted = `Bearer hostile-oauth-${visit.page}`;
      return request.headers.authorization === wanted ? page(visit) : send('{"message":"expired"}', {}, 401);
    },
    ends: { rows: FOUR },
  },
  {
    name: "answers every token with 401",
    outcome: "one new token is tried, then an error",
    clientOf: (api) => ({
      auth: {
        type: "oauth2_client_credentials",
        accessTokenUrl: `${api.elsewhere}/token`,
        clientId: "hostile-client",
        clientSecret: "hostile-secret",
      },
    }),
    attacks: ({ page: number, request }) => number === 2 || request.url.pathname === "/token",
    attack: ({ request, api, send }) =>
      request.url.pathname === "/token"
        ? send(JSON.stringify({ access_token: `hostile-bad-${api.seenElsewhere.length}`, expires_in: 3600 }))
        : send('{"message":"expired"}', {}, 401),
    ends: { code: "SLUICE_HTTP_STATUS", says: ["HTTP 401", "expired"] },
  },
];
