/** Every kind of auth that a file can name, in dlt's spelling, through the command line against a server that checks. */
import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { localServer, type LocalServer, type SeenRequest, sendJson } from "../../src/rest/testing/local-server.js";
import { Workspace } from "./command-line.js";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const PEM = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const SECRETS = {
  SHOP_TOKEN: "bearer-token-of-the-file",
  SOURCES__REST_API__SHOP__CREDENTIALS__PASSWORD: "looked-up-password",
  SOURCES__SHOP__API_KEY: "looked-up-key",
  CREDENTIALS__CLIENT_SECRET: "looked-up-client-secret",
  LOGIN_PASSWORD: "login-password",
  FIRST_REFRESH_TOKEN: "refresh-token-0",
  SERVICE_KEY: PEM.replaceAll("\n", "\\n"),
};

let workspace: Workspace;
let server: LocalServer;
let refreshes: (string | null)[];

beforeEach(async () => {
  workspace = await Workspace.create();
  refreshes = [];
  server = await localServer((request, response) => {
    const { url } = request;
    if (url.pathname === "/login")
      return request.body === '{"user":"loader","password":"login-password"}'
        ? sendJson(response, {}, 200, { "set-cookie": "SID=session-of-cli; HttpOnly" })
        : sendJson(response, {}, 403);
    if (url.pathname === "/token") {
      const answer = grant(request);
      return sendJson(response, answer ?? { error: "invalid_client" }, answer === undefined ? 400 : 200);
    }
    return sendJson(response, [{ id: 1 }], isAllowed(request) ? 200 : 401);
  });
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await workspace.remove();
});

/** The answer of the token endpoint; undefined: refused. */
function grant({ body, headers, url }: SeenRequest): Record<string, unknown> | undefined {
  const form = new URLSearchParams(body);
  const basic = `Basic ${Buffer.from("cid:looked-up-client-secret").toString("base64")}`;
  switch (form.get("grant_type")) {
    case "client_credentials":
      return headers.authorization === basic && form.get("scope") === "a b"
        ? { access_token: "cc-access-token" }
        : undefined;
    case "refresh_token":
      if (form.get("refresh_token") !== `refresh-token-${refreshes.length}`) return undefined;
      refreshes.push(form.get("refresh_token"));
      return {
        access_token: "refreshed-access-token",
        refresh_token: `refresh-token-${refreshes.length}`,
        expires_in: 60,
      };
    case "urn:ietf:params:oauth:grant-type:jwt-bearer": {
      const [header = "", claims = "", signature = ""] = (form.get("assertion") ?? "").split(".");
      const key = {
        key: createPublicKey(publicKey.export({ type: "spki", format: "pem" })),
        dsaEncoding: "ieee-p1363",
      } as const;
      const isGenuine = verify("sha256", Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, "base64url"));
      const said = JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, number | string>;
      const isFitting =
        said["iss"] === "service@example.com" &&
        said["sub"] === "someone@example.com" &&
        said["aud"] === `${url.origin}/token` &&
        said["scope"] === "read" &&
        Number(said["exp"]) - Number(said["iat"]) === 60;
      return isGenuine && isFitting ? { access_token: "jwt-access-token" } : undefined;
    }
    default:
      return undefined;
  }
}

function isAllowed({ url, headers }: SeenRequest): boolean {
  const { authorization, cookie } = headers;
  switch (url.pathname) {
    case "/bearer":
      return authorization === "Bearer bearer-token-of-the-file";
    case "/basic":
      return authorization === `Basic ${Buffer.from("reader:looked-up-password").toString("base64")}`;
    case "/in_header":
      return headers["x-api-key"] === "looked-up-key" && authorization === undefined;
    case "/in_query":
      return url.searchParams.get("key") === "looked-up-key";
    case "/in_cookie":
      return cookie === "key=looked-up-key";
    case "/client_credentials":
      return authorization === "Bearer cc-access-token";
    case "/refresh":
      return authorization === "Bearer refreshed-access-token";
    case "/service":
      return authorization === "Bearer jwt-access-token";
    case "/session":
      return cookie === "SID=session-of-cli";
    default:
      return url.pathname === "/public" && authorization === undefined && cookie === undefined;
  }
}

const file = (url: string): string => `pipeline_name: shop
destination: shop.duckdb
source:
  name: shop
  client:
    base_url: ${url}
    max_attempts: 1
    paginator: single_page
    auth: { token: "\${env.SHOP_TOKEN}" }
  resources:
    - bearer
    - { name: public, endpoint: { auth: null } }
    - { name: basic, endpoint: { auth: { type: http_basic, username: reader } } }
    - { name: in_header, endpoint: { auth: { type: api_key, name: X-API-Key } } }
    - { name: in_query, endpoint: { auth: { type: api_key, name: key, location: query } } }
    - { name: in_cookie, endpoint: { auth: { type: api_key, name: key, location: cookie } } }
    - name: client_credentials
      endpoint:
        auth:
          type: oauth2_client_credentials
          access_token_url: ${url}/token
          client_authentication: basic
          scopes: [a, b]
    - name: refresh
      endpoint:
        auth:
          type: oauth2_refresh_token
          access_token_url: ${url}/token
          client_id: public
          refresh_token: \${env.FIRST_REFRESH_TOKEN}
    - name: service
      endpoint:
        auth:
          type: oauth2_jwt_bearer
          access_token_url: ${url}/token
          client_id: service@example.com
          private_key: \${env.SERVICE_KEY}
          subject: someone@example.com
          scopes: read
          assertion_lifetime: 60
    - name: session
      endpoint:
        auth:
          type: session_login
          login_url: ${url}/login
          json: { user: loader, password: "\${env.LOGIN_PASSWORD}" }
          token_cookie: SID
`;

describe("sluice run with credentials", () => {
  it("loads with every kind of auth, and with the refresh token that the first run was given", async () => {
    await workspace.write("shop.yaml", file(server.url));
    // No secret: it may stand among the settings.
    await workspace.write(".sluice/config.toml", '[sources.shop]\nclient_id = "cid"\n');
    for (const run of [1, 2]) {
      const { code, stdout, stderr } = await workspace.sluice(["run", "shop.yaml", "--json"], SECRETS);
      expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
      const { tables } = JSON.parse(stdout) as { tables: Record<string, number> };
      expect(Object.values(tables)).toEqual(Array.from({ length: 10 }, () => 1));
      expect(refreshes).toHaveLength(run);
    }
    const [, token = ""] = (await readdir(workspace.path(".sluice", "tokens"))).sort();
    const kept = workspace.path(".sluice", "tokens", token);
    expect(await readFile(kept, "utf8")).toBe("refresh-token-2");
    expect((await stat(kept)).mode & 0o777).toBe(0o600);
  });

  it("ends with what to check, and without showing anything, when the API or the token endpoint refuses", async () => {
    await workspace.write("shop.yaml", file(server.url));
    const wrong = { ...SECRETS, SOURCES__SHOP__CLIENT_ID: "cid", CREDENTIALS__CLIENT_SECRET: "a-wrong-client-secret" };
    const { code, stderr } = await workspace.sluice(["run", "shop.yaml", "--debug"], wrong);
    expect(code).not.toBe(0);
    expect(stderr).toContain('Resource "client_credentials"');
    expect(stderr).toContain('HTTP 400: {"error":"invalid_client"}');
    for (const secret of Object.values(wrong).filter((value) => value !== "cid")) expect(stderr).not.toContain(secret);
  });

  it("names the key in the file and the places where a missing secret was looked for", async () => {
    await workspace.write("shop.yaml", file(server.url).replace("scopes: [a, b]", "scops: [a, b]"));
    const misspelt = await workspace.sluice(["check", "shop.yaml"], SECRETS);
    expect(misspelt.code).not.toBe(0);
    expect(misspelt.stderr).toMatch(/shop\.yaml:\d+:\d+: .*auth "oauth2_client_credentials" has no option "scops"/);
    await workspace.write("shop.yaml", file(server.url));
    const missing = await workspace.sluice(["check", "shop.yaml"], SECRETS);
    expect(missing.stderr).toMatch(/client_id", which .*resources\[6\]\.endpoint\.auth\.client_id needs/);
    expect(missing.stderr).toContain("SOURCES__SHOP__CLIENT_ID: not set");
  });
});
