import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { AuthError } from "../errors.js";
import { RestClient } from "../rest-client.js";
import { localServer, type SeenRequest, sendJson } from "../testing/local-server.js";
import type { SessionLoginConfig } from "./session-login.js";
import { cookiesOf } from "./set-cookie.js";

type Options = Partial<SessionLoginConfig>;

/** An API whose login is answered by `login`; everything else is answered with a list. */
const apiWith = (login: (request: SeenRequest, response: ServerResponse) => void) =>
  localServer((request, response) =>
    request.url.pathname === "/login" ? login(request, response) : sendJson(response, [1]),
  );
const client = (baseUrl: string, options: Options) =>
  new RestClient({ baseUrl, auth: { type: "session_login", loginUrl: `${baseUrl}/login`, ...options } });

describe("a session", () => {
  it.each<[string, Options, object]>([
    ["a bearer token", {}, { authorization: "Bearer session-token" }],
    ["under another path", { tokenPath: "$.user.session[0].id" }, { authorization: "Bearer 4711" }],
    ["with a prefix", { prefix: "Token" }, { authorization: "Token session-token" }],
    ["in a header", { name: "X-Session" }, { "x-session": "session-token" }],
    ["in a header with a prefix", { name: "X-Auth", prefix: "Session" }, { "x-auth": "Session session-token" }],
    ["in a cookie", { location: "cookie", name: "sid" }, { cookie: "mine=1; sid=session-token" }],
    ["from a header", { tokenHeader: "X-Subject-Token" }, { authorization: "Bearer header-token" }],
    ["from a cookie", { tokenCookie: "SID" }, { cookie: "mine=1; SID=cookie/token==" }],
    ["from a cookie in a header", { tokenCookie: "SID", location: "header", name: "X-S" }, { "x-s": "cookie/token==" }],
    ["from all cookies", { tokenCookie: "*" }, { cookie: "mine=1; SID=cookie/token==; route=a1" }],
  ])("is carried as %s", async (_, options, headers) => {
    await using server = await apiWith((_request, response) => {
      response.setHeader("set-cookie", [
        "SID=cookie/token==; Expires=Wed, 21 Oct 2099 07:28:00 GMT; HttpOnly; Path=/",
        "route=a1; Secure",
        "old=x; Max-Age=0",
      ]);
      const body = { token: "session-token", user: { session: [{ id: 4711 }] } };
      sendJson(response, body, 200, { "x-subject-token": "header-token" });
    });
    const api = client(server.url, { ...options, json: { user: "u", password: "pass-word" } });
    await Promise.all([1, 2, 3].map(() => api.get("x", { headers: { Cookie: "mine=1" } })));
    const [login, ...rest] = server.seen;
    expect(login).toMatchObject({ method: "POST", body: '{"user":"u","password":"pass-word"}' });
    expect(login?.headers).not.toHaveProperty("cookie");
    expect(rest).toHaveLength(3);
    for (const request of rest) expect(request.headers).toMatchObject(headers);
  });

  it("goes into the query, out of the links that echo it, and in again", async () => {
    await using server = await localServer(({ url }, response) => {
      if (url.pathname === "/login") return sendJson(response, { token: "query-session-token" });
      const next = new URL(url);
      next.searchParams.set("page", "2");
      const page = Number(url.searchParams.get("page") ?? 1);
      sendJson(response, { data: [{ page }], next: page === 2 ? null : next.href });
    });
    const api = client(server.url, { location: "query", name: "sid", data: { user: "u" } });
    for await (const page of api.paginate("x")) expect(JSON.stringify(page.request)).not.toContain("query-session");
    expect(server.seen.map(({ target }) => target)).toEqual([
      "/login",
      "/x?sid=query-session-token",
      "/x?page=2&sid=query-session-token",
    ]);
  });

  it("is begun anew after a 401, once, by all together", async () => {
    let sessions = 0;
    await using server = await localServer(({ url, headers }, response) => {
      if (url.pathname === "/login") return sendJson(response, { token: `session-${++sessions}` });
      return sendJson(response, [1], headers.authorization === "Bearer session-2" ? 200 : 401);
    });
    const api = client(server.url, { json: {} });
    await api.get("x");
    expect(sessions).toBe(2);
    await Promise.all([1, 2, 3, 4].map(() => api.get("x")));
    expect(sessions).toBe(2);
  });

  it("is taken from the answer that sets the cookie, not from where that redirects", async () => {
    await using server = await apiWith((_, response) => {
      response.writeHead(303, { location: "/home", "set-cookie": "SID=redirected-session" }).end();
    });
    await client(server.url, { method: "POST", data: { u: "x" }, tokenCookie: "SID" }).get("x");
    expect(server.seen.map(({ target, headers }) => [target, headers.cookie])).toEqual([
      ["/login", undefined],
      ["/x", "SID=redirected-session"],
    ]);
  });
});

describe("a login that fails", () => {
  it.each<[string, Options, number, unknown, Record<string, string>, RegExp]>([
    [
      "is refused",
      {},
      403,
      { error: "wrong for pass-word" },
      {},
      /HTTP 403: \{"error":"wrong for \*\*\*"\}\nCheck loginUrl/,
    ],
    [
      "has no token",
      {},
      200,
      { ok: true, data: { id: 1 } },
      {},
      /no token at "token"; it has: ok, data, data\.id\nName where/,
    ],
    ["has text for a token", {}, 200, '"a bare text"', {}, /it is a string/],
    ["is a page for people", {}, 200, "<html>a-secret-page", {}, /it is not JSON/],
    ["has no header", { tokenHeader: "X-T" }, 200, {}, {}, /has no header "X-T"/],
    [
      "has no cookie",
      { tokenCookie: "SID" },
      200,
      {},
      { "set-cookie": "lang=en; Path=/" },
      /no cookie "SID"; it sets: lang/,
    ],
    ["redirects", {}, 302, {}, { location: "/elsewhere" }, /no token at "token" \(it redirects, HTTP 302\)/],
  ])("because it %s says so", async (_, options, status, body, headers, message) => {
    await using server = await apiWith((_request, response) => sendJson(response, body, status, headers));
    const request = client(server.url, { ...options, json: { user: "u", password: "pass-word" } }).get("x");
    await expect(request).rejects.toThrow(AuthError);
    await expect(request).rejects.toThrow(message);
    await expect(request).rejects.not.toThrow(/a-secret-page|a bare text/);
  });

  it.each<[string, object, RegExp]>([
    ["two places", { tokenPath: "a", tokenCookie: "b" }, /Keep one of tokenPath, tokenHeader and tokenCookie/],
    ["two bodies", { json: {}, data: {} }, /both `json` and `data`/],
    ["a relative address", { loginUrl: "/login" }, /"loginUrl" .* is a text \(hidden\).*\nExpected an absolute URL/],
    ["cookies in a header", { tokenCookie: "*", location: "header" }, /can only be sent as cookies/],
    ["a life of no time", { sessionLifetime: 0 }, /"sessionLifetime" .*\nExpected a number above 0/],
    ["a JSONPath that is none", { tokenPath: "a[" }, /a\[/],
  ])("is refused for %s before it is sent", (_, options, message) => {
    expect(() => client("https://api.example.com", options)).toThrow(message);
  });
});

describe("cookiesOf", () => {
  it.each<[string | undefined, [string, string][]]>([
    [undefined, []],
    ["", []],
    ["a=1", [["a", "1"]]],
    [
      'a="x y"; Path=/, b=2; Expires=Thu, 01 Dec 2094 16:00:00 GMT, c=',
      [
        ["a", '"x y"'],
        ["b", "2"],
        ["c", ""],
      ],
    ],
    [
      "a=b=c==; Secure,d=e",
      [
        ["a", "b=c=="],
        ["d", "e"],
      ],
    ],
    ["gone=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT, kept=1; Max-Age=600", [["kept", "1"]]],
    ["=nameless, ;;;, junk", []],
  ])("reads %j", (header, expected) => {
    expect([...cookiesOf(header)]).toEqual(expected);
  });
});
