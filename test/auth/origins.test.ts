/** Credentials stay with their origin, whoever sends a request elsewhere: a link, a path, a parent's row, a redirect. */
import { type AuthOption, restApiSourceFrom } from "sluice";
import { describe, expect, it } from "vitest";
import { localServer, type LocalServer, sendJson } from "../../src/rest/testing/local-server.js";
import { pipelineScene } from "../support/pipeline-scene.js";

const SECRETS = [
  "bearer-secret",
  "basic-secret",
  "key-secret",
  "client-secret",
  "login-secret",
  "header-secret",
  "param-secret",
  "access-secret",
  "cookie-secret",
  "signature-secret",
];
const base64 = SECRETS.map((secret) => Buffer.from(`u:${secret}`).toString("base64"));

const kinds = (url: string): Record<string, AuthOption | null> => ({
  bearer: { type: "bearer", token: "bearer-secret" },
  http_basic: { type: "http_basic", username: "u", password: "basic-secret" },
  "api_key in a header": { type: "api_key", name: "X-Unusual", apiKey: "key-secret" },
  "api_key in the query": { type: "api_key", name: "unusual", apiKey: "key-secret", location: "query" },
  "api_key in a cookie": { type: "api_key", name: "unusual", apiKey: "key-secret", location: "cookie" },
  oauth2_client_credentials: {
    type: "oauth2_client_credentials",
    accessTokenUrl: `${url}/token`,
    clientId: "cid",
    clientSecret: "client-secret",
  },
  session_login: {
    type: "session_login",
    loginUrl: `${url}/token`,
    json: { password: "login-secret" },
    tokenCookie: "sid",
  },
  signature: { type: "signature", sign: () => ({ "X-Unusual": "signature-secret" }) },
  "none, but headers and parameters": null,
});

/** Two servers that answer the same; `away` is where the first one points. */
async function twoServers(): Promise<{ home: LocalServer; away: LocalServer } & AsyncDisposable> {
  const away = await localServer((_, response) => sendJson(response, [{ id: "away" }]));
  const home = await localServer(({ url }, response) => {
    const status = /^\/redirect\/(\d+)/.exec(url.pathname)?.[1];
    if (status !== undefined) return response.writeHead(Number(status), { location: `${away.url}/x` }).end();
    if (url.pathname === "/token")
      return sendJson(response, { access_token: "access-secret" }, 200, { "set-cookie": "sid=cookie-secret" });
    if (url.pathname === "/linked") return sendJson(response, { data: [{ id: "home" }], next: `${away.url}/x` });
    return sendJson(response, [{ id: "home", url: `${away.url}/of-a-row` }]);
  });
  return {
    home,
    away,
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await away[Symbol.asyncDispose]();
    },
  };
}

describe.each(Object.keys(kinds("")))("with %s", (kind) => {
  it("nothing secret goes to another origin, and the load info says so", async () => {
    await using servers = await twoServers();
    await using scene = await pipelineScene();
    const { home, away } = servers;
    const auth = kinds(home.url)[kind];
    const literal = auth === null;
    const source = restApiSourceFrom({
      client: {
        baseUrl: home.url,
        auth,
        headers: literal ? { "X-Client-Key": "header-secret", Cookie: "sid=cookie-secret" } : {},
      },
      resourceDefaults: { endpoint: { params: literal ? { access_token: "param-secret" } : {} } },
      resources: [
        { name: "linked", endpoint: { paginator: { type: "json_link" } } },
        { name: "absolute", endpoint: `${away.url}/absolute` },
        "parents",
        { name: "rows", endpoint: { path: "{resources.parents.url}", paginator: "single_page" } },
        ...[301, 302, 303, 307, 308].map((status) => ({ name: `redirect_${status}`, endpoint: `redirect/${status}` })),
      ],
    });
    const info = await scene.pipeline.run(source);
    expect(away.seen).toHaveLength(8);
    const seen = JSON.stringify(away.seen.map(({ target, headers, body }) => ({ target, headers, body })));
    for (const secret of [...SECRETS, ...base64]) expect(seen).not.toContain(secret);
    // At home they were sent, or the test would prove nothing.
    const sent = JSON.stringify(home.seen.map(({ target, headers }) => ({ target, headers })));
    expect([...SECRETS, ...base64].some((secret) => sent.includes(secret))).toBe(true);
    expect(info.warnings).toContainEqual(expect.objectContaining({ code: "credentials-withheld" }));
  });
});
