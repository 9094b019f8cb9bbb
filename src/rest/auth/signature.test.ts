import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { redact } from "../../core/redaction.js";
import { AuthError } from "../errors.js";
import { RestClient, type RequestOptions } from "../rest-client.js";
import { localServer, sendJson } from "../testing/local-server.js";
import type { RequestToSign, Sign } from "./signature.js";

const digest = (method: string | undefined, path: string | undefined, body: string | Uint8Array): string =>
  createHash("sha256").update(`${method} ${path}\n`).update(body).digest("hex");
/** Signs method, path with query, and body. */
const sign: Sign = ({ method, url, body }) => {
  const { pathname, search } = new URL(url);
  return { "X-Signature": digest(method, pathname + search, body) };
};

describe("signature", () => {
  it.each<[string, string, RequestOptions]>([
    ["a GET with parameters", "a b?x=1", { params: { q: "ü/ö", list: [1, 2], none: null } }],
    ["a JSON body", "items", { method: "POST", json: { name: "ü", big: 2n ** 60n } }],
    ["a form", "items", { method: "POST", data: { a: "b c", d: ["e", "f"] } }],
    ["bytes", "items", { method: "PUT", data: new Uint8Array([104, 105]), headers: { "Content-Type": "text/x" } }],
  ])("covers %s as the server sees it", async (_, path, options) => {
    await using server = await localServer((_request, response) => sendJson(response, []));
    await new RestClient({ baseUrl: server.url, auth: { type: "signature", sign } }).request(path, options);
    const [seen] = server.seen;
    expect(seen?.headers["x-signature"]).toBe(digest(seen?.method, seen?.target, seen?.body ?? ""));
    const type =
      options.json === undefined ? (options.data === undefined ? undefined : expect.any(String)) : "application/json";
    expect(seen?.headers["content-type"]).toEqual(type);
  });

  it("sees the headers that are sent, and replaces them without regard to case", async () => {
    const requests: RequestToSign[] = [];
    await using server = await localServer((_, response) => sendJson(response, []));
    const api = new RestClient({
      baseUrl: server.url,
      headers: { "X-Tenant": "t", "User-Agent": null, "x-date": "old" },
      auth: {
        type: "signature",
        sign: async (request) => {
          requests.push(request);
          return Promise.resolve({ "X-Date": "new" });
        },
      },
    });
    await api.post("x", { json: [1] });
    expect(requests).toMatchObject([
      {
        method: "POST",
        url: `${server.url}/x`,
        headers: { "X-Tenant": "t", "content-type": "application/json", "x-date": "old" },
      },
    ]);
    expect(requests[0]?.headers).not.toHaveProperty("User-Agent");
    expect(Buffer.from(requests[0]?.body ?? []).toString()).toBe("[1]");
    expect(server.seen[0]?.headers).toMatchObject({ "x-date": "new", "x-tenant": "t" });
    expect(server.seen[0]?.headers).not.toHaveProperty("user-agent");
  });

  it("is made anew for each page, retry and redirect, and for no other origin", async () => {
    const signed: string[] = [];
    await using other = await localServer((_, response) => sendJson(response, []));
    await using server = await localServer(({ url }, response) => {
      if (url.pathname === "/old") return response.writeHead(307, { location: "/new" }).end();
      if (url.pathname === "/away") return response.writeHead(307, { location: `${other.url}/x` }).end();
      return sendJson(response, [], server.seen.length === 2 ? 503 : 200);
    });
    const auth = {
      type: "signature",
      sign: ({ url }: RequestToSign) => {
        signed.push(new URL(url).pathname);
        return { "x-signature": `signature number ${signed.length}` };
      },
    } as const;
    const api = new RestClient({ baseUrl: server.url, backoffFactor: 0, auth });
    await api.get("old");
    expect(signed).toEqual(["/old", "/new", "/old", "/new"]);
    expect(server.seen.map(({ headers }) => headers["x-signature"])).toEqual(
      [1, 2, 3, 4].map((n) => `signature number ${n}`),
    );
    await api.get("away");
    expect(other.seen[0]?.headers).not.toHaveProperty("x-signature");
    expect(redact("signature number 4")).toBe("***");
  });

  it.each<[string, unknown, RegExp]>([
    [
      "throws",
      () => {
        throw new Error("no key today");
      },
      /signs requests failed: no key today/,
    ],
    ["returns nothing", () => undefined, /returned something else than headers/],
    ["returns numbers", () => ({ "x-size": 5 }), /returned something else than headers/],
  ])("explains a function that %s", async (_, wrong, message) => {
    const api = new RestClient({ baseUrl: "http://127.0.0.1:9", auth: { type: "signature", sign: wrong as Sign } });
    await expect(api.get("x")).rejects.toThrow(AuthError);
    await expect(api.get("x")).rejects.toThrow(message);
  });
});
