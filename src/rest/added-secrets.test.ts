import { afterAll, describe, expect, it } from "vitest";
import { registerPassingSecret, registerSecret } from "../core/redaction.js";
import { messageOf } from "../core/errors.js";
import type { AuthInput } from "./auth/registry.js";
import { RestClient } from "./rest-client.js";
import { localServer, sendJson } from "./testing/local-server.js";

afterAll(() => {
  for (let n = 0; n < 50; n += 1) registerPassingSecret(`takes the place of an older one: ${n}`);
});

/** What a client says of an API that refuses a request and repeats all that came with it. */
async function refusal(auth: AuthInput): Promise<string> {
  await using server = await localServer(({ headers, target }, response) => {
    const { authorization, cookie } = headers;
    sendJson(
      response,
      { error: [authorization, cookie, headers["x-sig"], headers["x-tenant"], target].join(" ; ") },
      400,
    );
  });
  const client = new RestClient({ baseUrl: server.url, auth, maxAttempts: 1 });
  return await client.get("items").then(() => "", messageOf);
}

describe("what an auth of the user adds to a request is not shown", () => {
  it("in headers, cookies and the query", async () => {
    const message = await refusal({
      type: "mine",
      apply: (request) => ({
        ...request,
        url: `${request.url}?k=inurl-4444`,
        params: { ...request.params, sid: "param-3333" },
        headers: {
          ...request.headers,
          Authorization: "Bearer custom-1111",
          Cookie: "a=cookie-2222; b=9999",
          "X-Tenant": "acme",
        },
      }),
    });
    expect(message).not.toMatch(/1111|2222|3333|4444|9999/);
    expect(message).toContain("acme");
  });

  it("by a function that signs", async () => {
    const sign = () => ({ authorization: "AWS4 SignedHeaders=host, Signature=sig-5555", "x-sig": "sig-6666" });
    const message = await refusal({ type: "signature", sign });
    expect(message).not.toMatch(/5555|6666/);
  });
});

async function drained(pages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of pages);
}

describe("a credential in a path", () => {
  it("stays with its origin, on redirects and next links", async () => {
    registerSecret("BOT:path-secret-7777");
    await using away = await localServer((_, response) => sendJson(response, [{ id: 9 }]));
    await using home = await localServer(({ target, url }, response) => {
      if (url.pathname.startsWith("/bot")) response.writeHead(302, { location: away.url + target }).end();
      else sendJson(response, { items: [{ id: 1 }], next: `${away.url}/x/BOT:path-secret-7777` });
    });
    const client = new RestClient({ baseUrl: home.url, maxAttempts: 1 });
    const refused = { code: "SLUICE_CONNECTION", hint: expect.stringContaining("allowedOrigins") as unknown };
    await expect(client.get("botBOT:path-secret-7777/items")).rejects.toMatchObject(refused);
    await expect(drained(client.paginate("linked"))).rejects.toMatchObject(refused);
    expect(away.seen).toEqual([]);

    const trusting = new RestClient({ baseUrl: home.url, maxAttempts: 1, allowedOrigins: [away.url] });
    expect((await trusting.get("botBOT:path-secret-7777/items")).json()).toEqual([{ id: 9 }]);
  });
});
