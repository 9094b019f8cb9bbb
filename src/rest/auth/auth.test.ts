import { describe, expect, it } from "vitest";
import { ConfigError } from "../../core/errors.js";
import { redact } from "../../core/redaction.js";
import { AuthError, HttpStatusError } from "../errors.js";
import type { RequestSpec } from "../request.js";
import { RestClient, type RestClientOptions } from "../rest-client.js";
import { localServer, sendJson } from "../testing/local-server.js";
import type { Auth } from "./auth.js";
import { BearerAuth } from "./bearer.js";
import { createAuth, registerAuth } from "./registry.js";

const client = (baseUrl: string, auth: RestClientOptions["auth"], options: Partial<RestClientOptions> = {}) =>
  new RestClient({ baseUrl, backoffFactor: 0, ...(auth !== undefined && { auth }), ...options });
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;

const read = async (api: RestClient) => {
  const found = [];
  for await (const page of api.paginate()) found.push({ ids: [...page], codes: page.warnings.map(({ code }) => code) });
  return found;
};

describe("credentials on the wire", () => {
  it.each<[string, RestClientOptions["auth"], object]>([
    ["bearer", { type: "bearer", token: "tok-1" }, { authorization: "Bearer tok-1" }],
    ["bearer without a type", { token: "tok-1" }, { authorization: "Bearer tok-1" }],
    [
      "bearer from a function",
      { type: "bearer", token: async () => Promise.resolve("tok-2") },
      { authorization: "Bearer tok-2" },
    ],
    ["basic in UTF-8", { type: "http_basic", username: "jö", password: "p:w" }, { authorization: basic("jö:p:w") }],
    [
      "basic without a password",
      { type: "http_basic", username: "key", password: "" },
      { authorization: basic("key:") },
    ],
    ["a key in Authorization", { type: "api_key", apiKey: "k3y0" }, { authorization: "k3y0" }],
    [
      "a key in a header",
      { type: "api_key", name: "X-API-Key", api_key: "k3y0", location: "header" },
      { "x-api-key": "k3y0" },
    ],
    [
      "a key in a cookie",
      { type: "api_key", name: "sid", apiKey: "k3y;0", location: "cookie" },
      { cookie: "a=1; sid=k3y%3B0" },
    ],
  ])("%s", async (_, auth, headers) => {
    await using server = await localServer((_request, response) => sendJson(response, []));
    await client(server.url, auth, { headers: { Cookie: "a=1", AUTHORIZATION: "overridden" } }).get();
    expect(server.seen[0]?.headers).toMatchObject(headers);
  });

  it("put a key behind the query and never send it twice", async () => {
    await using server = await localServer((request, response) => {
      const page = Number(request.url.searchParams.get("page") ?? 1);
      // The API echoes the whole query in its link.
      const next = new URL(request.url);
      next.searchParams.set("page", String(page + 1));
      sendJson(response, { data: [{ page }], next: page < 3 ? next.href : null });
    });
    const api = client(server.url, { type: "api_key", name: "key", apiKey: "k3y 0", location: "query" });
    for await (const page of api.paginate("items?key=old", { params: { a: 1, key: "mine" } }))
      expect(JSON.stringify(page.request)).not.toContain("k3y");
    expect(server.seen.map(({ target }) => target)).toEqual([
      "/items?a=1&key=k3y%200",
      "/items?a=1&page=2&key=k3y%200",
      "/items?a=1&page=3&key=k3y%200",
    ]);
  });

  it("come from the URL when there is no auth, and leave it", async () => {
    await using server = await localServer((_, response) => sendJson(response, []));
    const api = new RestClient({ baseUrl: server.url.replace("//", "//user:p%40ss@") });
    expect(api.baseUrl).toBe(server.url);
    await api.get();
    expect(server.seen[0]?.headers.authorization).toBe(basic("user:p@ss"));
  });

  it("can be replaced or switched off for a request", async () => {
    await using server = await localServer((_, response) => sendJson(response, []));
    const api = client(server.url, { token: "tok-1" });
    await api.get("", { auth: null });
    await api.get("", { auth: { token: "tok-3" } });
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, "Bearer tok-3"]);
  });

  it("stay at home when a link leads elsewhere, with a warning", async () => {
    await using other = await localServer((_, response) => sendJson(response, { data: [{ id: 2 }], next: null }));
    await using server = await localServer((_, response) =>
      sendJson(response, { data: [{ id: 1 }], next: `${other.url}/x` }),
    );
    expect(await read(client(server.url, { token: "tok-1" }))).toEqual([
      { ids: [{ id: 1 }], codes: [] },
      { ids: [{ id: 2 }], codes: ["credentials-withheld"] },
    ]);
    expect(other.seen[0]?.headers).not.toHaveProperty("authorization");
    await read(client(server.url, { token: "tok-1" }, { allowedOrigins: [`${other.url}/any/path`] }));
    expect(other.seen[1]?.headers.authorization).toBe("Bearer tok-1");
  });

  it("are known as secrets", () => {
    createAuth({ type: "http_basic", username: "u", password: "hidden-password" });
    createAuth({ type: "api_key", apiKey: "hidden-key" });
    createAuth({ token: "hidden-token" });
    expect(redact(`hidden-password hidden-key hidden-token ${basic("u:hidden-password")}`)).toBe(
      "*** *** *** Basic ***",
    );
  });
});

/** An API with tokens; `lifetime` in seconds. */
const tokenServer = (lifetime: unknown = 3600, valid: () => boolean = () => true) => {
  let issued = 0;
  return localServer((request, response) => {
    if (request.url.pathname === "/token")
      return sendJson(response, { access_token: `token-${++issued}`, expires_in: lifetime });
    const current = request.headers.authorization === `Bearer token-${issued}` && valid();
    return sendJson(response, current ? [1] : { error: "expired" }, current ? 200 : 401);
  });
};

const config = (url: string) =>
  ({
    type: "oauth2_client_credentials",
    accessTokenUrl: `${url}/token`,
    clientId: "cid",
    clientSecret: "c secret",
  }) as const;

const tokenRequests = (server: Awaited<ReturnType<typeof tokenServer>>) =>
  server.seen.filter(({ url }) => url.pathname === "/token");

describe("oauth2_client_credentials", () => {
  it("fetches one token for all requests, also for those at the same time", async () => {
    await using server = await tokenServer();
    const api = client(server.url, config(server.url));
    await Promise.all(Array.from({ length: 10 }, () => api.get("x")));
    await api.get("x");
    expect(tokenRequests(server)).toMatchObject([
      {
        method: "POST",
        body: "client_id=cid&client_secret=c%20secret&grant_type=client_credentials",
        headers: { "content-type": "application/x-www-form-urlencoded" },
      },
    ]);
  });

  it("sends scopes, audience, extra data and Basic client credentials", async () => {
    await using server = await tokenServer();
    const auth = {
      ...config(server.url),
      scopes: ["a", "b"],
      audience: "https://api",
      accessTokenRequestData: { account_id: 7 },
      clientAuthentication: "basic",
    } as const;
    await client(server.url, auth).get("x");
    expect(tokenRequests(server)).toMatchObject([
      {
        body: "grant_type=client_credentials&scope=a%20b&audience=https%3A%2F%2Fapi&account_id=7",
        headers: { authorization: basic("cid:c%20secret") },
      },
    ]);
  });

  it("renews the token once after a 401, together", async () => {
    let revoked = false;
    await using server = await tokenServer(3600, () => !revoked);
    const api = client(server.url, { ...config(server.url), accessToken: "stale-token" });
    await Promise.all(Array.from({ length: 5 }, () => api.get("x")));
    expect(tokenRequests(server)).toHaveLength(1);
    revoked = true;
    await expect(api.get("x")).rejects.toThrow(HttpStatusError);
    expect(tokenRequests(server)).toHaveLength(2);
  });

  it("fetches a new token for each request only when tokens expire at once", async () => {
    await using server = await tokenServer("0");
    const api = client(server.url, config(server.url));
    await api.get("x");
    await api.get("x");
    expect(tokenRequests(server)).toHaveLength(2);
  });

  it("takes no expires_in and null for the default", async () => {
    await using server = await tokenServer(null);
    const api = client(server.url, config(server.url));
    await api.get("x");
    await api.get("x");
    expect(tokenRequests(server)).toHaveLength(1);
  });

  it.each<[string, number, unknown, RegExp]>([
    [
      "refuses",
      400,
      { error: "invalid_client" },
      /answered HTTP 400: \{"error":"invalid_client"\}\n.*clientAuthentication/s,
    ],
    ["has no token", 200, { token: "x" }, /has no access_token; it has: token/],
    ["sends a list", 200, [], /has no access_token/],
  ])("explains when the endpoint %s", async (_, status, body, message) => {
    await using server = await localServer((_request, response) => sendJson(response, body, status));
    const run = client(server.url, config(server.url)).get("x");
    await expect(run).rejects.toThrow(AuthError);
    await expect(run).rejects.toThrow(message);
  });

  it("retries the endpoint and lets a redirect take the secret nowhere else", async () => {
    let calls = 0;
    await using other = await localServer((_, response) => sendJson(response, { access_token: "x" }));
    await using server = await localServer((request, response) => {
      if (request.url.pathname !== "/token") return sendJson(response, []);
      calls += 1;
      if (calls === 1) return sendJson(response, {}, 503);
      return response.writeHead(307, { location: `${other.url}/token` }).end();
    });
    await expect(client(server.url, config(server.url)).get("x")).rejects.toThrow(/not an allowed origin/);
    expect(calls).toBe(2);
    expect(other.seen).toEqual([]);
  });
});

describe("a token endpoint that is down", () => {
  it("is tried maxAttempts times, not for every attempt again", async () => {
    await using server = await localServer((_, response) => response.destroy());
    const auth = {
      type: "oauth2_client_credentials",
      accessTokenUrl: `${server.url}/token`,
      clientId: "cid",
      clientSecret: "c secret",
    } as const;
    await expect(client(server.url, auth, { maxAttempts: 3 }).get("x")).rejects.toThrow(
      /^No token could be fetched: The connection to .* broke/,
    );
    expect(server.seen).toHaveLength(3);
  });
});

describe("createAuth", () => {
  it.each<[string, unknown, RegExp]>([
    ["an unknown type", { type: "digest" }, /auth\.type is "digest", which is no auth type\nGive one of: bearer/],
    ["a missing token", { type: "bearer" }, /auth "bearer" needs "token" \(at auth\.token\)/],
    ["a missing key", "api_key", /needs "apiKey"/],
    [
      "a wrong location",
      { type: "api_key", apiKey: "k", location: "body" },
      /Expected one of header, query, param, cookie/,
    ],
    ["an unknown option", { type: "http_basic", username: "u", password: "p", user: "x" }, /has no option "user"/],
    ["a number", 5, /auth is a number \(hidden\)/],
  ])("refuses %s", (_, config, message) => {
    expect(() => createAuth(config)).toThrow(ConfigError);
    expect(() => createAuth(config)).toThrow(message);
  });

  it("takes instances and registered types", async () => {
    class Signed implements Auth {
      readonly type = "signed";
      apply(request: RequestSpec): RequestSpec {
        return {
          ...request,
          headers: { ...request.headers, "x-signature": `${request.method} ${request.url.slice(-1)}` },
        };
      }
    }
    registerAuth("signed", () => new Signed());
    expect(() => registerAuth("bearer", () => new Signed())).toThrow(/built in/);
    const own = new BearerAuth("tok-9");
    expect(createAuth(own)).toBe(own);
    await using server = await localServer((_, response) => sendJson(response, []));
    const api = new RestClient({ baseUrl: server.url });
    await api.get("z", { auth: createAuth({ type: "signed" }) });
    expect(server.seen[0]?.headers["x-signature"]).toBe("GET z");
  });
});
