/** Secrets appear in no message, trace, progress event or file, by their value, whatever echoes them. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { type ProgressEvent, resource, restApiSource, restApiSourceFrom, RestClient } from "sluice";
import { describe, expect, it } from "vitest";
import { redact, registerPassingSecret, registerSecretFields } from "../../src/core/redaction.js";
import { localServer, sendJson } from "../../src/rest/testing/local-server.js";
import { pipelineScene } from "../support/pipeline-scene.js";

/** Every file below a folder as one text. */
async function textBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.includes(".duckdb"));
  return (await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), "utf8")))).join("\n");
}

describe("a run against an API that echoes every credential", () => {
  const secrets = {
    query: "query key/+ä=?&",
    client: "client secret %&'",
    token: "issued-token-8731",
    header: "literal-header-5521",
    param: "literal-param-9932",
    password: "user-info-p@ss",
  };
  const forms = Object.values(secrets).flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ k: secret }).toString().slice(2),
    Buffer.from(secret).toString("base64"),
    JSON.stringify(secret).slice(1, -1),
  ]);

  it("leaves none of them anywhere", async () => {
    await using scene = await pipelineScene();
    await using server = await localServer(({ url, headers }, response) => {
      if (url.pathname === "/token")
        return sendJson(response, { access_token: secrets.token, refresh_token: "unused" });
      const echo = { ...headers, search: url.search, ...secrets };
      const page = Number(url.searchParams.get("page") ?? 1);
      const next = new URL(url);
      next.searchParams.set("page", String(page + 1));
      // The secret stands where an excerpt of the body is cut off.
      if (page === 3) return sendJson(response, `${"x".repeat(290)}${secrets.client}${JSON.stringify(echo)}`, 400);
      return sendJson(response, { rows: [{ page }], next: next.href, [secrets.token]: echo });
    });
    const events: ProgressEvent[] = [];
    const oauth = {
      type: "oauth2_client_credentials",
      accessTokenUrl: `${server.url}/token`,
      clientId: "cid",
      clientSecret: secrets.client,
    } as const;
    const endpoint = {
      dataSelector: "rows",
      paginator: { type: "json_link" },
      params: { access_token: secrets.param },
    } as const;
    const source = restApiSource({
      client: {
        baseUrl: server.url.replace("//", `//u:${encodeURIComponent(secrets.password)}@`),
        headers: { "X-Api-Key": secrets.header },
        maxAttempts: 1,
      },
      resources: [
        { name: "basic", endpoint },
        {
          name: "key",
          endpoint: { ...endpoint, auth: { type: "api_key", name: "k", apiKey: secrets.query, location: "query" } },
        },
        { name: "oauth", endpoint: { ...endpoint, auth: oauth } },
      ],
    });
    const scenePipeline = scene.again({ progress: (event) => events.push(event) });
    const error = await scenePipeline.run(source).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    const { steps } = scenePipeline.lastTrace ?? { steps: [] };
    const told = [
      inspect(error, { depth: 20 }),
      inspect(source, { depth: 20 }),
      JSON.stringify(steps),
      inspect(events, { depth: 20 }),
      await textBelow(scene.directory),
    ];
    expect(told[0]).toContain("HTTP 400");
    expect(told[4]).toContain('"p":2');
    for (const form of forms) for (const text of told) expect(text).not.toContain(form);
    expect(told[0]).not.toContain(secrets.client.slice(0, 8)); // Not even its beginning, before the cut.
  });

  it("does not begin anew because a literal credential was replaced", () => {
    const fingerprint = (key: string): string | undefined =>
      restApiSourceFrom({
        client: { baseUrl: `https://u:${key}@api.example.com/`, headers: { "X-Api-Key": key } },
        resources: [{ name: "a", endpoint: { params: { api_key: key } } }],
      }).resources[0]?.definition.fingerprint;
    expect(fingerprint("first-credential")).toBe(fingerprint("other-credential"));
  });
});

describe("an error that is not sluice's", () => {
  it("is redacted in traces, warnings and messages", async () => {
    await using scene = await pipelineScene();
    await using server = await localServer((_, response) => sendJson(response, []));
    const token = "a-token-in-an-error";
    await new RestClient({ baseUrl: server.url, auth: { token } }).get("x");
    const broken = resource({ name: "broken" }, function* () {
      yield { id: 1 };
      throw new Error(`cannot use ${token}`);
    });
    await expect(scene.pipeline.run(broken)).rejects.toThrow(/cannot use \*\*\*/);
    expect(JSON.stringify(scene.pipeline.lastTrace?.steps)).not.toContain(token);
    expect(await textBelow(scene.directory)).not.toContain(token);
  });
});

describe("a wrong config", () => {
  const client = { baseUrl: "https://api.example.com/" };
  const secret = "sk-live-0123456789";
  it.each<[string, unknown, string]>([
    ["a token instead of a type", secret, "client.auth"],
    ["a list, as in Python", ["user", secret], "client.auth"],
    ["a token as type", { type: secret }, "client.auth.type"],
    ["a key as location", { type: "api_key", apiKey: "k", location: secret }, "client.auth.location"],
    ["a list of tokens", { type: "bearer", token: [secret] }, "client.auth.token"],
    [
      "an address without a scheme",
      { type: "oauth2_client_credentials", accessTokenUrl: `u:${secret}@x/t` },
      "client.auth.accessTokenUrl",
    ],
    [
      "a password with the user name",
      { type: "http_basic", username: `u:${secret}`, password: "" },
      "client.auth.username",
    ],
    ["an unknown option", { token: "k", secret }, "client.auth.secret"],
    ["a line break of a file", { token: `${secret}\n` }, "client.auth.token"],
    [
      "a private key that is none",
      { type: "oauth2_jwt_bearer", accessTokenUrl: "https://x.example/t", clientId: "c", privateKey: secret },
      "client.auth.privateKey",
    ],
  ])("with %s names the place and not the value", (_, auth, place) => {
    const make = (): unknown => restApiSourceFrom({ client: { ...client, auth }, resources: ["a"] });
    expect(make).toThrow(place);
    expect(make).not.toThrow(secret);
    const direct = (): unknown => new RestClient({ ...client, auth: auth as { token: string } });
    expect(direct).toThrow(/auth/);
    expect(direct).not.toThrow(secret);
  });

  it("with credentials in an address that is none hides them, in its cause too", () => {
    for (const baseUrl of [`https://u:${secret}@api example.com/`, `ftp://u:${secret}@host/`, `//u:${secret}@host`]) {
      let error: unknown;
      try {
        restApiSourceFrom({ client: { baseUrl }, resources: ["a"] });
      } catch (thrown) {
        error = thrown;
      }
      expect(inspect(error, { depth: 10 })).toContain("baseUrl");
      expect(inspect(error, { depth: 10 })).not.toContain(secret);
    }
  });

  it("with a percent sign in the password of the address works", async () => {
    await using server = await localServer((_, response) => sendJson(response, []));
    await new RestClient({ baseUrl: server.url.replace("//", "//u:100%@") }).get("x");
    expect(server.seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from("u:100%").toString("base64")}`);
  });
});

describe("what is registered", () => {
  it("of tokens that are made for each request are the newest", () => {
    for (let n = 0; n < 60; n += 1) registerPassingSecret(`passing-token-${n}-`);
    expect(redact("passing-token-59- passing-token-10-")).toBe("*** ***");
    expect(redact("passing-token-9-")).toBe("passing-token-9-");
  });

  it("of fields are credentials by their names, not ordinary words and templates", () => {
    const fields = {
      Authorization: "Bearer field-token-1",
      cookie: "lang=en; sid=field-session-1",
      nested: { password: "field-password-1", author: "field-author-1" },
      token: "short",
      api_key: "{resources.a.field_template}",
    };
    registerSecretFields(fields);
    expect(redact(Object.values({ ...fields, nested: "field-password-1 field-author-1" }).join(" | "))).toBe(
      "*** | *** | *** field-author-1 | short | {resources.a.field_template}",
    );
    expect(redact("field-token-1 field-session-1 Bearer lang")).toBe("*** *** Bearer lang");
  });
});
