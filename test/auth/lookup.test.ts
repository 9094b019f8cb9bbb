/** What a config does not say comes from secrets and settings; what it says always wins. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Auth,
  type AuthOption,
  MissingConfigError,
  pipeline,
  registerAuth,
  type RequestSpec,
  restApiSourceFrom,
  SluiceError,
} from "sluice";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { redact } from "../../src/core/redaction.js";
import { localServer, sendJson, type SeenRequest } from "../../src/rest/testing/local-server.js";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-lookup-"));
  await mkdir(join(folder, ".sluice"));
  vi.spyOn(process, "cwd").mockReturnValue(folder);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** Loads one resource with the auth, and returns the requests for it. */
async function requestsWith(auth: unknown, name = "shop"): Promise<readonly SeenRequest[]> {
  await using server = await localServer((_, response) => sendJson(response, [{ id: 1 }]));
  const client = { base_url: server.url, paginator: "single_page", auth };
  await pipeline({
    pipelineName: "lookup",
    destination: `duckdb:${join(folder, "x.duckdb")}`,
    pipelinesDir: join(folder, "pipelines"),
  }).run(restApiSourceFrom({ client, resources: ["a"] }, { name }));
  return server.seen;
}

describe("a name alone", () => {
  it.each<[string, Record<string, string>, string]>([
    [
      "dlt's section of the source",
      { SOURCES__REST_API__SHOP__CREDENTIALS__TOKEN: "token-of-section-a", CREDENTIALS__TOKEN: "x" },
      "token-of-section-a",
    ],
    [
      "the source's section",
      { SOURCES__SHOP__TOKEN: "token-of-section-b", SOURCES__CREDENTIALS__TOKEN: "x" },
      "token-of-section-b",
    ],
    [
      "the section of all sources",
      { SOURCES__CREDENTIALS__TOKEN: "token-of-section-c", CREDENTIALS__TOKEN: "x" },
      "token-of-section-c",
    ],
    ["no section", { CREDENTIALS__TOKEN: "token-of-section-d" }, "token-of-section-d"],
  ])("is completed from %s", async (_, env, token) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const [seen] = await requestsWith("bearer");
    expect(seen?.headers.authorization).toBe(`Bearer ${token}`);
  });

  it("is completed from the files, where what is no secret stays readable", async () => {
    await writeFile(join(folder, ".sluice/config.toml"), '[sources.shop]\nusername = "reader-of-shop"\n');
    await writeFile(join(folder, ".sluice/secrets.toml"), '[sources.shop]\npassword = "pass-of-shop"\n');
    const [seen] = await requestsWith("http_basic");
    const pair = Buffer.from("reader-of-shop:pass-of-shop").toString("base64");
    expect(seen?.headers.authorization).toBe(`Basic ${pair}`);
    expect(redact("reader-of-shop pass-of-shop")).toBe("reader-of-shop ***");
  });
});

describe("what the config says", () => {
  it("wins over secrets and settings, unlike in dlt", async () => {
    vi.stubEnv("CREDENTIALS__NAME", "X-From-Env");
    vi.stubEnv("CREDENTIALS__API_KEY", "key-of-env");
    const [looked] = await requestsWith({ type: "api_key", name: "X-Own" });
    expect(looked?.headers["x-own"]).toBe("key-of-env");
    const [given] = await requestsWith({ type: "api_key", name: "X-Own", api_key: "key-of-config" });
    expect(given?.headers["x-own"]).toBe("key-of-config");
    expect(given?.headers).not.toHaveProperty("x-from-env");
  });

  it("with null is as good as not said, and an empty password is one", async () => {
    vi.stubEnv("CREDENTIALS__PASSWORD", "pass-of-env");
    const [looked] = await requestsWith({ type: "http_basic", username: "u", password: null });
    expect(looked?.headers.authorization).toBe(`Basic ${Buffer.from("u:pass-of-env").toString("base64")}`);
    const [empty] = await requestsWith({ type: "http_basic", username: "key", password: "" });
    expect(empty?.headers.authorization).toBe(`Basic ${Buffer.from("key:").toString("base64")}`);
  });
});

describe("what is nowhere", () => {
  it.each<[AuthOption, string]>([
    ["bearer", "token"],
    ["api_key", "api_key"],
    [{ type: "http_basic", username: "u" }, "password"],
    ["oauth2_client_credentials", "access_token_url"],
    [{ type: "oauth2_refresh_token", accessTokenUrl: "https://x.example/t", clientId: "c" }, "refresh_token"],
    [{ type: "oauth2_jwt_bearer", accessTokenUrl: "https://x.example/t", clientId: "c" }, "private_key"],
    ["session_login", "login_url"],
  ])("of %j is named with its place and all places of the lookup", (auth, field) => {
    const make = (): unknown =>
      restApiSourceFrom(
        {
          client: { base_url: "https://api.example.com/" },
          resource_defaults: { endpoint: { auth } },
          resources: ["a"],
        },
        { name: "shop" },
      );
    expect(make).toThrow(MissingConfigError);
    expect(make).toThrow(`sources.shop.${field}`);
    expect(make).toThrow(/which resource_?[dD]efaults\.endpoint\.auth\.\w+ needs/);
    expect(make).toThrow(`CREDENTIALS__${field.toUpperCase()}: not set`);
  });
});

describe("a registered kind", () => {
  class Stamp implements Auth {
    readonly type = "stamp";
    readonly #header: string;
    constructor(header: string) {
      this.#header = header;
    }
    apply(request: RequestSpec): RequestSpec {
      return { ...request, headers: { ...request.headers, "x-stamp": this.#header } };
    }
  }

  it("takes its options in camelCase and what it needs from the secrets", async () => {
    vi.stubEnv("SOURCES__SHOP__STAMP_KEY", "stamp-key-of-env");
    registerAuth("stamp", (config) => new Stamp(`${String(config["stampKey"])}/${String(config["keySize"])}`), {
      needs: { stampKey: "secret" },
    });
    const [seen] = await requestsWith({ type: "stamp", key_size: 5 });
    expect(seen?.headers["x-stamp"]).toBe("stamp-key-of-env/5");
  });

  it("that refuses its options is a config error with the place", async () => {
    registerAuth("picky", () => {
      throw new Error("needs a colour");
    });
    await expect(requestsWith({ type: "picky" })).rejects.toThrow(SluiceError);
    await expect(requestsWith({ type: "picky" })).rejects.toThrow(
      /"picky" cannot be made: needs a colour \(at client\.auth\)/,
    );
  });
});
