import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AuthError } from "../errors.js";
import { RestClient } from "../rest-client.js";
import { localServer, sendJson, type LocalServer } from "../testing/local-server.js";
import { RefreshTokenFile, type RefreshTokenStore } from "./refresh-token-store.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-tokens-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A server that replaces the refresh token each time and forgets the one before. Access tokens are good for one request. */
interface RotatingServer extends LocalServer {
  /** The refresh token that it accepts now. */
  current(): string;
  /** Forgets the current one and accepts `token`, as when somebody signs in anew. */
  accept(token: string): void;
  readonly refused: string[];
}

async function rotatingServer(first = "refresh-token-0"): Promise<RotatingServer> {
  let current = first;
  let issued = 0;
  const refused: string[] = [];
  const server = await localServer(({ url, body }, response) => {
    if (url.pathname !== "/token") return sendJson(response, [1]);
    const sent = new URLSearchParams(body).get("refresh_token") ?? "";
    if (sent !== current) {
      refused.push(sent);
      return sendJson(response, { error: "invalid_grant" }, 400);
    }
    issued += 1;
    current = `refresh-token-${issued}`;
    return sendJson(response, { access_token: `access-token-${issued}`, refresh_token: current, expires_in: 0 });
  });
  const accept = (token: string): void => {
    current = token;
  };
  return {
    ...server,
    current: () => current,
    accept,
    refused,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function api(
  server: LocalServer,
  tokenStore: RefreshTokenStore | string | null,
  refreshToken = "refresh-token-0",
): RestClient {
  const auth = { type: "oauth2_refresh_token", accessTokenUrl: `${server.url}/token`, clientId: "cid" } as const;
  return new RestClient({ baseUrl: server.url, backoffFactor: 0, auth: { ...auth, refreshToken, tokenStore } });
}

describe("oauth2_refresh_token", () => {
  it("sends what RFC 6749 says, with client credentials where they are asked for", async () => {
    await using server = await localServer((_, response) => sendJson(response, { access_token: "an-access-token" }));
    const common = {
      type: "oauth2_refresh_token",
      accessTokenUrl: `${server.url}/token`,
      refreshToken: "r 1",
    } as const;
    const client = { clientId: "c:id", clientSecret: "s ecret", tokenStore: null };
    const make = (more: object) => new RestClient({ baseUrl: server.url, auth: { ...common, ...client, ...more } });
    await make({}).get("x");
    await make({ clientAuthentication: "basic", scopes: ["a", "b"] }).get("x");
    const [body, , basic] = server.seen;
    expect(body?.body).toBe("client_id=c%3Aid&client_secret=s%20ecret&grant_type=refresh_token&refresh_token=r%201");
    expect(basic?.body).toBe("grant_type=refresh_token&refresh_token=r%201&scope=a%20b");
    expect(basic?.headers.authorization).toBe(`Basic ${Buffer.from("c%3Aid:s%20ecret").toString("base64")}`);
    expect(server.seen[1]?.headers.authorization).toBe("Bearer an-access-token");
  });

  it("keeps each new refresh token in a file that only its owner may read, and begins the next run with it", async () => {
    await using server = await rotatingServer();
    const file = join(folder, "made", "token");
    for (let run = 0; run < 3; run += 1) {
      await api(server, file).get("x");
      expect(await readFile(file, "utf8")).toBe(server.current());
    }
    expect(server.refused).toEqual([]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "made"))).mode & 0o777).toBe(0o700);
    expect((await readdir(join(folder, "made"))).sort()).toEqual([".gitignore", "token"]);
    expect(await readFile(join(folder, "made", ".gitignore"), "utf8")).toBe("*\n");
  });

  it("writes nothing when the token stays the same", async () => {
    await using server = await localServer((_, response) =>
      sendJson(response, { access_token: "an-access-token", refresh_token: "refresh-token-0" }),
    );
    await api(server, join(folder, "token")).get("x");
    expect(await readdir(folder)).toEqual([]);
  });

  it("never lets two send the same token, also when they do not know of each other", async () => {
    await using server = await rotatingServer();
    const file = join(folder, "token");
    await Promise.all(Array.from({ length: 8 }, () => api(server, file).get("x")));
    expect(server.refused).toEqual([]);
    expect(server.current()).toBe("refresh-token-8");
  });

  it("turns to the configured token when the kept one is refused, and keeps what works", async () => {
    await using server = await rotatingServer();
    const file = join(folder, "token");
    await api(server, file).get("x");
    server.accept("refresh-token-of-a-new-sign-in");
    await api(server, file, "refresh-token-of-a-new-sign-in").get("x");
    expect(server.refused).toEqual(["refresh-token-1"]);
    expect(await readFile(file, "utf8")).toBe(server.current());
  });

  it("says what to do when the token has expired, without showing it", async () => {
    await using server = await rotatingServer("another-token");
    const request = api(server, join(folder, "token")).get("x");
    await expect(request).rejects.toThrow(AuthError);
    await expect(request).rejects.toThrow(/HTTP 400: \{"error":"invalid_grant"\}\n.*sign in anew/);
    await expect(request).rejects.not.toThrow(/refresh-token-0/);
  });

  it("does not ask for a new token that it could not keep", async () => {
    await using server = await rotatingServer();
    await writeFile(join(folder, "a file"), "");
    const request = api(server, join(folder, "a file", "token")).get("x");
    await expect(request).rejects.toThrow(/refresh tokens .* cannot be written: .*\n.*tokenStore/s);
    expect(server.seen).toEqual([]);
  });

  it("fails when a new token cannot be saved, and saves it with the next request", async () => {
    await using server = await rotatingServer();
    const file = join(folder, "token");
    await mkdir(file); // A folder in its place cannot be replaced by a file.
    const store: RefreshTokenStore = {
      load: () => undefined,
      save: (token) => new RefreshTokenFile(file).save(token),
    };
    const client = api(server, store);
    await expect(client.get("x")).rejects.toThrow(/could not be saved: .*\n.*sign in anew/s);
    expect(await readdir(folder)).toEqual(["token"]);
    await rm(file, { recursive: true });
    await client.get("x");
    expect(server.refused).toEqual([]);
    expect(await readFile(file, "utf8")).toBe(server.current());
  });

  it("works with a store of one's own, which may be an object that changes itself", async () => {
    await using server = await rotatingServer();
    const store = {
      kept: undefined as string | undefined,
      load() {
        return this.kept;
      },
      save(token: string) {
        this.kept = token;
      },
    };
    for (let run = 0; run < 2; run += 1) await api(server, store).get("x");
    expect(store.kept).toBe("refresh-token-2");
  });

  it("explains a store that fails, and keeps nothing without one", async () => {
    await using server = await rotatingServer();
    const failing = { load: () => Promise.reject(new Error("vault is sealed")), save: () => undefined };
    await expect(api(server, failing).get("x")).rejects.toThrow(/could not be loaded from its store: vault is sealed/);
    const client = api(server, null);
    await client.get("x");
    await client.get("x");
    expect(server.current()).toBe("refresh-token-2");
    expect(await readdir(folder)).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0)("explains a file that may not be read", async () => {
    const file = join(folder, "token");
    await writeFile(file, "refresh-token-0");
    await chmod(file, 0);
    await expect(new RefreshTokenFile(file).load()).rejects.toThrow(/cannot be read: .*EACCES/);
  });
});
