import { getEventListeners, once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { CancelledError } from "../core/errors.js";
import { registerSecret } from "../core/redaction.js";
import { ConnectionError, HttpStatusError, ResponseParseError, ResponseTooLargeError } from "./errors.js";
import { RestClient, type RestClientOptions } from "./rest-client.js";
import { localServer, sendJson, type Handler } from "./testing/local-server.js";

/** Retries at once. */
const client = (baseUrl: string, options: Partial<RestClientOptions> = {}) =>
  new RestClient({ baseUrl, backoffFactor: 0, ...options });

async function failure(run: Promise<unknown>): Promise<Error> {
  const error: unknown = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error("nothing was thrown");
}

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

describe("requests", () => {
  it("have the default headers, which a null removes", async () => {
    await using server = await localServer((_, response) => sendJson(response, []));
    const api = client(server.url, { headers: { "X-A": "1", "X-B": "2" } });
    await api.get("a", { headers: { "x-a": "3", "X-B": null } });
    expect(server.seen[0]?.headers).toMatchObject({
      "user-agent": `sluice/${manifest.version}`,
      accept: "*/*",
      "accept-encoding": "gzip, deflate, br",
      "x-a": "3",
    });
    expect(server.seen[0]?.headers).not.toHaveProperty("x-b");
    await api.get("a", { headers: { "User-Agent": null } });
    expect(server.seen[1]?.headers).not.toHaveProperty("user-agent");
  });

  it("send JSON, forms and raw bodies", async () => {
    await using server = await localServer((_, response) => sendJson(response, []));
    const api = client(server.url);
    await api.post("", { json: {} });
    await api.post("", { data: { a: "ü &", b: ["1", "2"], c: null, d: true } });
    await api.post("", {
      data: [
        ["a", "1"],
        ["a", "2"],
      ],
    });
    await api.post("", { data: { a: null } });
    await api.post("", { data: "<xml/>" });
    await api.get("", { json: [1] });
    expect(server.seen.map(({ method, headers, body }) => [method, headers["content-type"], body])).toEqual([
      ["POST", "application/json", "{}"],
      ["POST", "application/x-www-form-urlencoded", "a=%C3%BC%20%26&b=1&b=2&d=true"],
      ["POST", "application/x-www-form-urlencoded", "a=1&a=2"],
      ["POST", "application/x-www-form-urlencoded", ""],
      ["POST", undefined, "<xml/>"],
      ["GET", "application/json", "[1]"],
    ]);
    await expect(api.post("", { json: {}, data: { a: "1" } })).rejects.toThrow(/both `json` and `data`/);
  });
});

describe("bodies", () => {
  const text = JSON.stringify({ text: "grün ".repeat(100) });
  it.each([
    ["gzip", gzipSync(text)],
    ["x-gzip", gzipSync(text)],
    ["deflate", deflateSync(text)],
    ["deflate", deflateRawSync(text)],
    ["br", brotliCompressSync(text)],
    ["gzip, br", brotliCompressSync(gzipSync(text))],
    ["identity", Buffer.from(text)],
  ])("are decoded from %s", async (encoding, body) => {
    await using server = await localServer((_, response) =>
      response.writeHead(200, { "content-encoding": encoding }).end(body),
    );
    const response = await client(server.url).get();
    expect(response.text).toBe(text);
    expect(response.bytes).toBe(Buffer.byteLength(text));
  });

  it("are decoded from other charsets, without a byte order mark", async () => {
    await using server = await localServer((request, response) => {
      if (request.url.pathname === "/latin")
        response
          .writeHead(200, { "content-type": "application/json; charset=iso-8859-1" })
          .end(Buffer.from('["é"]', "latin1"));
      else if (request.url.pathname === "/utf16")
        response.writeHead(200, { "content-type": "text/csv" }).end(Buffer.from("\uFEFFid,n\n1,é\n", "utf16le"));
      else response.end("\uFEFF[1]");
    });
    expect((await client(server.url).get("latin")).json()).toEqual(["é"]);
    expect((await client(server.url).get("mark")).json()).toEqual([1]);
    // What Excel calls Unicode text: the byte order mark tells it.
    expect((await client(server.url).get("utf16")).json()).toEqual([{ id: "1", n: "é" }]);
  });

  it("are bounded before and after decompression", async () => {
    await using server = await localServer((request, response) => {
      if (request.url.pathname === "/bomb")
        response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(1_000_000)));
      else response.end(Buffer.alloc(20_000, "a"));
    });
    const api = client(server.url, { maxResponseBytes: 10_000 });
    for (const path of ["bomb", "long"]) {
      const error = await failure(api.get(path));
      expect(error).toBeInstanceOf(ResponseTooLargeError);
      expect(error.message).toMatch(/larger than 10000 bytes\n.*maxResponseBytes/s);
    }
    expect(server.seen).toHaveLength(2);
  });

  it("may be empty", async () => {
    await using server = await localServer((_, response) => response.writeHead(204).end());
    expect((await client(server.url).get()).json()).toBeUndefined();
  });

  it("tell how many bytes were no text", async () => {
    await using server = await localServer((request, response) => {
      const charset = request.url.pathname === "/eucjp" ? "; charset=euc-jp" : "";
      response.writeHead(200, { "content-type": `application/json${charset}` });
      response.end(
        Buffer.concat([Buffer.from('["\uFFFD'.slice(0, charset === "" ? 3 : 2)), Buffer.of(0xff), Buffer.from('"]')]),
      );
    });
    expect(await client(server.url).get("utf8")).toMatchObject({ text: '["\uFFFD\uFFFD"]', replacedCharacters: 1 });
    expect(await client(server.url).get("eucjp")).toMatchObject({ text: '["\uFFFD"]', replacedCharacters: 1 });
  });

  it("in an encoding nobody asked for are an error at once", async () => {
    await using server = await localServer((_, response) =>
      response.writeHead(200, { "content-encoding": "zstd" }).end("x"),
    );
    expect((await failure(client(server.url).get())).message).toContain('encoded as "zstd"');
    expect(server.seen).toHaveLength(1);
  });
});

/** Answers the n-th request with the n-th handler, and with the last one from then on. */
function inTurn(...handlers: readonly Handler[]): Handler {
  let n = 0;
  return (request, response) => handlers[Math.min(n++, handlers.length - 1)]?.(request, response);
}

const ok: Handler = (_, response) => sendJson(response, [{ id: 1 }]);
const status =
  (code: number, headers: Record<string, string> = {}): Handler =>
  (_, response) =>
    sendJson(response, { error: code }, code, headers);

async function rowsOf(api: RestClient, options: Parameters<RestClient["paginate"]>[1] = {}): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const page of api.paginate("", options)) rows.push(...page);
  return rows;
}

const half: Handler = (_, response) => {
  response.writeHead(200, { "content-length": "1000" });
  response.write("[1,");
  setImmediate(() => response.destroy());
};

const halfGzip: Handler = (_, response) =>
  response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("[1,2,3]").subarray(0, 15));

const cut: Handler = (_, response) => sendJson(response, '[{"id":1},{"i');

describe("retries", () => {
  it.each([408, 425, 429, 500, 502, 503, 504])("go on after %i", async (code) => {
    await using server = await localServer(inTurn(status(code), status(code), ok));
    expect(await rowsOf(client(server.url))).toEqual([{ id: 1 }]);
    expect(server.seen).toHaveLength(3);
  });

  it.each([400, 401, 404, 409])("do not follow %i", async (code) => {
    await using server = await localServer(status(code));
    const error = await failure(client(server.url).get());
    expect(error).toMatchObject({ name: "HttpStatusError", code: "SLUICE_HTTP_STATUS", status: code, attempts: 1 });
    expect(server.seen).toHaveLength(1);
  });

  it("end after maxAttempts and say how many there were", async () => {
    await using server = await localServer(status(503));
    const error = await failure(client(server.url, { maxAttempts: 3 }).post("x", { json: 1 }));
    expect(error.message).toMatch(
      /^HTTP 503 for POST http:\S+\/x after 3 attempts\nThe API said: \{"error":503\}\n.*run again later/,
    );
    expect(server.seen).toHaveLength(3);
  });

  it("cover bodies that break off, damaged compression and cut JSON", async () => {
    await using server = await localServer(inTurn(half, halfGzip, cut, ok));
    const waits: string[] = [];
    expect(
      await rowsOf(client(server.url), { onWait: (reason, _ms, detail) => waits.push(`${reason}: ${detail}`) }),
    ).toEqual([{ id: 1 }]);
    expect(server.seen).toHaveLength(4);
    expect(waits).toHaveLength(3);
    expect(waits[0]).toMatch(/^retry: The connection to 127\.0\.0\.1:\d+ broke: .*attempt 1 of 5$/);
  });

  it.each([
    ["a body that breaks off", half],
    ["damaged compression", halfGzip],
  ])("end with the next step: %s", async (_what, answer) => {
    await using server = await localServer(answer);
    const error = await failure(client(server.url, { maxAttempts: 2 }).get());
    expect(error).toMatchObject({ code: "SLUICE_CONNECTION", hint: expect.stringMatching(/^Run again\. If it stays/) });
  });

  it("do not repeat a web page", async () => {
    await using server = await localServer((_, response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
    );
    expect(await failure(rowsOf(client(server.url)))).toBeInstanceOf(ResponseParseError);
    expect(server.seen).toHaveLength(1);
  });

  it("end when the time for them is over, whatever the attempts that are left", async () => {
    await using server = await localServer(status(503, { "retry-after": "30" }));
    const error = await failure(client(server.url, { maxRetrySeconds: 20 }).get());
    expect(error).toMatchObject({ status: 503, attempts: 1 });
    expect(server.seen).toHaveLength(1);
  });

  it("end when the time for them is over, of connections that break as well", async () => {
    await using server = await localServer((_, response) => response.destroy());
    expect(await failure(client(server.url, { maxRetrySeconds: 0, backoffFactor: 1 }).get())).toBeInstanceOf(
      ConnectionError,
    );
    expect(server.seen).toHaveLength(1);
  });

  it("follow the statuses that are declared", async () => {
    await using server = await localServer(inTurn(status(404), ok));
    expect(await rowsOf(client(server.url, { retryStatuses: [404] }))).toEqual([{ id: 1 }]);
    await using failing = await localServer(status(500));
    await failure(client(failing.url, { retryStatuses: [404] }).get());
    expect(failing.seen).toHaveLength(1);
  });

  it("leave methods alone that are not declared, but for rate limits", async () => {
    await using server = await localServer(inTurn(status(500), (_, response) => response.destroy(), ok));
    const api = client(server.url, { retryMethods: ["GET"] });
    expect(await failure(api.post("x", { json: 1 }))).toMatchObject({ status: 500, attempts: 1 });
    expect(await failure(api.post("x", { json: 1 }))).toBeInstanceOf(ConnectionError);
    expect((await api.post("x", { json: 1 })).status).toBe(200);
    await using limited = await localServer(inTurn(status(429), ok));
    expect((await client(limited.url, { retryMethods: [] }).post("x")).status).toBe(200);
    expect(() => client(server.url, { retry_methods: ["get"] } as object)).toThrow(/retryMethods is \["get"\]/);
  });

  it("cover connections that are reset", async () => {
    await using server = await localServer(inTurn((_, response) => response.destroy(), ok));
    expect(await rowsOf(client(server.url))).toEqual([{ id: 1 }]);
  });

  it("wait as long as Retry-After says, and can be cancelled meanwhile", async () => {
    await using server = await localServer(inTurn(status(503, { "retry-after": "30" }), ok));
    const controller = new AbortController();
    const waits: number[] = [];
    const run = rowsOf(client(server.url), {
      signal: controller.signal,
      onWait: (_reason, ms) => {
        waits.push(ms);
        controller.abort();
      },
    });
    expect(await failure(run)).toBeInstanceOf(CancelledError);
    expect(waits).toEqual([30_000]);
    expect(server.seen).toHaveLength(1);
  });
});

describe("a callback for waits that throws", () => {
  const onWait = (): never => {
    throw new ConnectionError("not of the request", { url: "http://callback.invalid" });
  };

  it("changes nothing about retries, and is reported once", async () => {
    const warnings: string[] = [];
    const warn = (warning: Error): void => void warnings.push(warning.message);
    process.on("warning", warn);
    await using server = await localServer(inTurn(status(503), half, ok));
    expect(await rowsOf(client(server.url), { onWait })).toEqual([{ id: 1 }]);
    await new Promise(setImmediate); // Warnings are emitted in a tick of their own.
    process.off("warning", warn);
    expect(server.seen).toHaveLength(3);
    expect(warnings).toEqual([expect.stringContaining("sluice: the onWait callback threw: not of the request")]);
  });

  it("changes nothing about rate limits", async () => {
    await using server = await localServer(ok);
    const api = client(server.url, { rateLimit: { requests: 1, seconds: 0.05 }, maxAttempts: 1 });
    await api.get("", { onWait });
    expect((await api.get("", { onWait })).status).toBe(200);
    expect(server.seen).toHaveLength(2);
  });
});

describe("connections", () => {
  it("explain a refused one", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const error = await failure(client(`http://127.0.0.1:${port}`, { maxAttempts: 2 }).get("items"));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ code: "SLUICE_CONNECTION", reasonCode: "ECONNREFUSED" });
    expect(error.message).toBe(
      `127.0.0.1:${port} refused the connection (http://127.0.0.1:${port}/items, 2 attempts)\nNothing listens there: is the API up, and are host and port right?`,
    );
  });

  it("explain an unknown host", async () => {
    const error = await failure(client("http://nowhere.invalid", { maxAttempts: 1 }).get());
    expect(error.message).toContain("The host name nowhere.invalid could not be resolved");
  });

  it("time out on silence and on a body that stops", async () => {
    await using server = await localServer((request, response) => {
      if (request.url.pathname === "/half") response.writeHead(200).write("[");
    });
    const api = client(server.url, { timeout: 0.1, maxAttempts: 1 });
    expect((await failure(api.get("silent"))).message).toContain("did not answer within 0.1 s");
    expect((await failure(api.get("half"))).message).toContain("stopped sending for 0.1 s in the middle of the body");
  });

  it("limit the time of a body that never stops dripping", async () => {
    await using server = await localServer((_, response) => {
      const timer = setInterval(() => response.write(" "), 10).unref();
      response.writeHead(200).on("close", () => clearInterval(timer));
    });
    const api = new RestClient({ base_url: server.url, max_response_seconds: 0.15, max_attempts: 1 });
    expect(await failure(api.get())).toMatchObject({
      reasonCode: "BODY_TOO_SLOW",
      message: expect.stringContaining("took longer than 0.15 s") as unknown,
    });
    for (const options of [{ maxResponseSeconds: 0 }, { maxResponseSeconds: 1e9 }, { maxResponseBytes: 2 ** 40 }])
      expect(() => client(server.url, options)).toThrow(/is \d+\nGive a number from [\d.]+ to \d+/);
  });

  it("end when they are cancelled", async () => {
    const controller = new AbortController();
    await using server = await localServer(() => controller.abort(new Error("enough")));
    const error = await failure(client(server.url).get("", { signal: controller.signal }));
    expect(error).toMatchObject({ code: "SLUICE_CANCELLED" });
    expect(await failure(client(server.url).get("", { signal: controller.signal }))).toBeInstanceOf(CancelledError);
    expect(server.seen).toHaveLength(1);
  });

  it("end at once when cancelled while a function that gives the token does not return", async () => {
    await using server = await localServer((_, response) => sendJson(response, []));
    const controller = new AbortController();
    const token = (): Promise<string> => {
      queueMicrotask(() => controller.abort());
      return new Promise(() => undefined);
    };
    const run = client(server.url, { auth: { type: "bearer", token } }).get("", { signal: controller.signal });
    expect(await failure(run)).toBeInstanceOf(CancelledError);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    expect(server.seen).toEqual([]);
  });

  it("leave no listener on a long-lived signal", async () => {
    await using server = await localServer(inTurn(ok, status(500), ok));
    const { signal } = new AbortController();
    const added: unknown[] = [];
    const warn = (warning: Error): void => void added.push(warning);
    process.on("warning", warn);
    const api = client(server.url);
    for (let i = 0; i < 30; i += 1) await api.get("", { signal });
    await Promise.all(Array.from({ length: 30 }, () => api.get("", { signal })));
    process.off("warning", warn);
    expect(added).toEqual([]);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("refuse headers that cannot be sent", async () => {
    await using server = await localServer(ok);
    expect(await failure(client(server.url).get("", { headers: { "x-a": "line\nbreak" } }))).toMatchObject({
      code: "SLUICE_CONFIG",
    });
  });
});

describe("redirects", () => {
  it.each<[number, string, string, string]>([
    [301, "POST", "GET", ""],
    [302, "POST", "GET", ""],
    [303, "PUT", "GET", ""],
    [307, "POST", "POST", '{"a":1}'],
    [308, "PUT", "PUT", '{"a":1}'],
    [301, "PUT", "PUT", '{"a":1}'],
  ])("%i turn %s into %s", async (code, from, to, body) => {
    await using server = await localServer((request, response) => {
      if (request.url.pathname === "/old") response.writeHead(code, { location: "/new?b=2" }).end("moved");
      else sendJson(response, []);
    });
    const response = await client(server.url).request("old", {
      method: from as "POST",
      json: { a: 1 },
      params: { a: 1 },
    });
    expect(response.url).toBe(`${server.url}/new?b=2`);
    expect(server.seen[1]).toMatchObject({ method: to, target: "/new?b=2", body });
    expect(server.seen[1]?.headers["content-type"]).toBe(body === "" ? undefined : "application/json");
  });

  it("end after ten", async () => {
    await using server = await localServer((_, response) => response.writeHead(302, { location: "/again" }).end());
    expect((await failure(client(server.url).get())).message).toMatch(
      /redirected more than 10 times.*\n.*check the address/,
    );
    expect(server.seen).toHaveLength(11);
  });

  it("to no web address are refused", async () => {
    await using server = await localServer((_, response) =>
      response.writeHead(302, { location: "file:///etc/passwd" }).end(),
    );
    expect((await failure(client(server.url).get())).message).toContain("not http or https");
  });

  it("take credentials and bodies only to allowed origins", async () => {
    await using other = await localServer(ok);
    await using server = await localServer((request, response) =>
      response.writeHead(request.method === "GET" ? 302 : 307, { location: `${other.url}/x?copy=query-secret` }).end(),
    );
    registerSecret("query-secret");
    const options = {
      auth: { type: "bearer", token: "bearer-secret" },
      headers: { "X-Api-Key": "k", Cookie: "c=1", Accept: "application/json" },
    } as const;
    expect(await rowsOf(client(server.url, options))).toEqual([{ id: 1 }]);
    expect(other.seen[0]?.target).toBe("/x");
    expect(other.seen[0]?.headers).not.toHaveProperty("authorization");
    expect(other.seen[0]?.headers).not.toHaveProperty("x-api-key");
    expect(other.seen[0]?.headers).not.toHaveProperty("cookie");
    expect(other.seen[0]?.headers.accept).toBe("application/json");
    expect((await failure(client(server.url, options).post("", { json: 1 }))).message).toContain(
      "which is not an allowed origin",
    );
    await client(server.url, { ...options, allowedOrigins: [other.url] }).post("", { json: 1 });
    expect(other.seen[1]).toMatchObject({ headers: { authorization: "Bearer bearer-secret" }, body: "1" });
  });
});

describe("bodies for other origins", () => {
  it.each([{ json: { key: "body-secret" } }, { data: { key: "body-secret" } }, { data: "body-secret" }])(
    "are refused when a next link asks for them: %j",
    async (body) => {
      await using other = await localServer(ok);
      await using server = await localServer((_, response) =>
        sendJson(response, { data: [{ id: 1 }], next: `${other.url}/x` }),
      );
      const options = { method: "POST", paginator: "json_link", dataSelector: "data", ...body } as const;
      const error = await failure(rowsOf(client(server.url), options));
      expect(error).toMatchObject({ code: "SLUICE_CONNECTION", reasonCode: "ORIGIN_NOT_ALLOWED" });
      expect(error.message).toContain(
        `A POST with a body would go to ${other.url}, which is not an allowed origin (allowed: ${server.url})`,
      );
      expect(error.message).toContain(`add "${other.url}" to allowedOrigins`);
      expect(error.message).not.toContain("body-secret");
      expect(server.seen).toHaveLength(1);
      expect(other.seen).toEqual([]);

      await rowsOf(client(server.url, { allowedOrigins: [other.url] }), options);
      expect(other.seen).toHaveLength(1);
    },
  );

  it("are refused for an absolute path, and no token is fetched for them", async () => {
    await using other = await localServer(ok);
    await using server = await localServer(ok);
    const auth = {
      type: "oauth2_client_credentials",
      accessTokenUrl: `${server.url}/token`,
      clientId: "id",
      clientSecret: "the-client-secret",
    } as const;
    const error = await failure(client(server.url, { auth }).post(`${other.url}/x`, { json: 1 }));
    expect(error.message).toContain("which is not an allowed origin");
    expect([...server.seen, ...other.seen]).toEqual([]);
    await client(server.url).get(`${other.url}/x`);
    expect(other.seen).toHaveLength(1);
  });
});

describe("errors", () => {
  it("show no secrets", async () => {
    await using server = await localServer((request, response) =>
      sendJson(response, { echo: request.headers.authorization, url: request.target }, 400),
    );
    const api = client(server.url, { auth: { type: "bearer", token: "very-secret-token" } });
    const { message } = await failure(api.get("x", { params: { api_key: "other-secret", q: "plain" } }));
    expect(message).toContain("q=plain");
    expect(message).not.toContain("very-secret-token");
    expect(message.split("\n")[0]).not.toContain("other-secret");
  });

  it.each<[string, Partial<RestClientOptions>, RegExp]>([
    ["no credentials", {}, /carried no credentials: configure `auth`/],
    [
      "refused ones",
      { auth: { type: "api_key", apiKey: "the-key" } },
      /carried "api_key" credentials: check that they are valid/,
    ],
    ["a header", { headers: { Authorization: "Token abc" } }, /carried an Authorization header/],
  ])("explain a 401 with %s", async (_, options, hint) => {
    await using server = await localServer(status(401));
    const error = await failure(client(server.url, options).get());
    expect(error).toBeInstanceOf(HttpStatusError);
    expect(error.message).toMatch(hint);
    expect(error.message).not.toContain("the-key");
  });

  it("explain a 401 from an origin without credentials", async () => {
    await using other = await localServer(status(401));
    await using server = await localServer((_, response) => response.writeHead(302, { location: other.url }).end());
    const error = await failure(client(server.url, { auth: { type: "bearer", token: "very-secret-token" } }).get());
    expect(error.message).toMatch(/Credentials were withheld after 1 redirect to http.*allowedOrigins/);
  });

  it("can be returned instead", async () => {
    await using server = await localServer(status(404));
    expect((await client(server.url).get("", { throwHttpErrors: false })).status).toBe(404);
  });
});
