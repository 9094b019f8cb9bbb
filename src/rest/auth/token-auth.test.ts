import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CancelledError } from "../../core/errors.js";
import { RestClient } from "../rest-client.js";
import { localServer, sendJson, type LocalServer } from "../testing/local-server.js";

/** An API that hands out `token-1`, `token-2`, …, and accepts the newest only. `hold` keeps token requests waiting. */
async function tokenServer(lifetime: unknown): Promise<LocalServer & { readonly issued: () => number }> {
  let issued = 0;
  const server = await localServer(({ url, headers }, response) => {
    if (url.pathname === "/token") {
      issued += 1;
      sendJson(response, { access_token: `token-${issued}-of-this-run`, expires_in: lifetime });
    } else if (headers.authorization === `Bearer token-${issued}-of-this-run`) sendJson(response, [{ id: 1 }]);
    else sendJson(response, {}, 401);
  });
  return { ...server, issued: () => issued, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const credentials = (url: string) =>
  ({
    type: "oauth2_client_credentials",
    accessTokenUrl: `${url}/token`,
    clientId: "cid",
    clientSecret: "the client's secret",
  }) as const;

describe("the life of a token", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_700_000_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    ["30 seconds before it expires", 100, 69_000, 71_000],
    ["after half of a short life", 20, 9_000, 11_000],
    ["by the text of a number", "100", 69_000, 71_000],
    ["after an hour when nothing is said", null, 3_569_000, 3_571_000],
    ["after an hour when nonsense is said", { seconds: 5 }, 3_569_000, 3_571_000],
  ])("ends %s", async (_, lifetime, good, over) => {
    await using server = await tokenServer(lifetime);
    const api = new RestClient({ baseUrl: server.url, auth: credentials(server.url) });
    const start = Date.now();
    await api.get("x");
    vi.setSystemTime(start + good);
    await api.get("x");
    expect(server.issued()).toBe(1);
    vi.setSystemTime(start + over);
    await api.get("x");
    expect(server.issued()).toBe(2);
  });

  it("ends at once when the server says so, yet serves all that wait for it", async () => {
    await using server = await tokenServer(-5);
    const api = new RestClient({ baseUrl: server.url, auth: credentials(server.url) });
    await Promise.all(Array.from({ length: 5 }, () => api.get("x")));
    expect(server.issued()).toBe(1);
    await api.get("x");
    expect(server.issued()).toBe(2);
  });
});

describe("one token", () => {
  it("serves requests of a client that bring equal options, not those with others", async () => {
    await using server = await tokenServer(3600);
    const api = new RestClient({ baseUrl: server.url });
    for (const scopes of [["a"], ["a"], ["b"]]) await api.get("x", { auth: { ...credentials(server.url), scopes } });
    expect(server.issued()).toBe(2);
  });

  it("is fetched anew by a request that waited for one that was cancelled", async () => {
    let tellAsked = (): void => undefined;
    const isAsked = new Promise<void>((resolve) => (tellAsked = resolve));
    let asked = 0;
    await using server = await localServer(({ url }, response) => {
      if (url.pathname !== "/token") return sendJson(response, [1]);
      asked += 1;
      if (asked > 1) return sendJson(response, { access_token: "token-after-all" });
      return tellAsked(); // Never answers the first.
    });
    const api = new RestClient({ baseUrl: server.url, auth: credentials(server.url) });
    const cancel = new AbortController();
    const cancelled = api.get("x", { signal: cancel.signal });
    const waiting = api.get("x");
    await isAsked;
    cancel.abort();
    await expect(cancelled).rejects.toThrow(CancelledError);
    expect((await waiting).json()).toEqual([1]);
    expect(asked).toBe(2);
  });
});

describe("a 401", () => {
  it("is answered by one new token and one replay, for a token from a function too", async () => {
    let calls = 0;
    await using server = await localServer(({ headers }, response) =>
      headers.authorization === "Bearer function-token-2" ? sendJson(response, [1]) : sendJson(response, {}, 401),
    );
    const auth = { type: "bearer", token: () => `function-token-${++calls}` } as const;
    const api = new RestClient({ baseUrl: server.url, auth });
    expect((await api.get("x")).status).toBe(200);
    expect(server.seen).toHaveLength(2);
  });

  it("is the end for a token that cannot be renewed, and for a renewed one", async () => {
    await using server = await localServer(({ url }, response) =>
      url.pathname === "/token"
        ? sendJson(response, { access_token: "never-good-enough" })
        : sendJson(response, {}, 401),
    );
    await expect(new RestClient({ baseUrl: server.url, auth: { token: "fixed-token" } }).get("x")).rejects.toThrow(
      'The request carried "bearer" credentials',
    );
    expect(server.seen).toHaveLength(1);
    const renewing = new RestClient({ baseUrl: server.url, auth: credentials(server.url) });
    await expect(renewing.get("y")).rejects.toThrow("HTTP 401");
    expect(server.seen.slice(1).map(({ url }) => url.pathname)).toEqual(["/token", "/y", "/token", "/y"]);
  });
});
