import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { RestClient } from "./rest-client.js";
import { CERTIFICATE, PRIVATE_KEY } from "./testing/certificate.js";
import { localServer, sendJson } from "./testing/local-server.js";
import { tunnelProxy } from "./testing/tunnel-proxy.js";

const API = "http://api.invalid";

describe("a proxy", () => {
  it("of the config takes every request, with its credentials", async () => {
    await using server = await localServer((_, response) => sendJson(response, [1]));
    await using proxy = await tunnelProxy(server);
    const api = new RestClient({ baseUrl: API, proxy: `http://user:p%40ss-word@${proxy.host}`, maxAttempts: 1 });
    expect((await api.get("items")).json()).toEqual([1]);
    expect(proxy.tunnels).toEqual([
      { host: "api.invalid:80", authorization: `Basic ${Buffer.from("user:p@ss-word").toString("base64")}` },
    ]);
    expect(server.seen[0]?.headers).not.toHaveProperty("proxy-authorization");
  });

  it("of the environment is used, unless the config says false", async () => {
    await using server = await localServer((_, response) => sendJson(response, [1]));
    await using proxy = await tunnelProxy(server);
    for (const name of ["http_proxy", "HTTP_PROXY"]) vi.stubEnv(name, `http://${proxy.host}`);
    for (const name of ["no_proxy", "NO_PROXY"]) vi.stubEnv(name, "");
    try {
      // Times of their own make dispatchers of their own, which read the environment afresh.
      await new RestClient({ baseUrl: API, connectTimeout: 50.5, maxAttempts: 1 }).get("items");
      expect(proxy.tunnels).toHaveLength(1);
      await new RestClient({ baseUrl: server.url, connectTimeout: 51.5, proxy: false }).get("items");
      expect(proxy.tunnels).toHaveLength(1);
      expect(server.seen).toHaveLength(2);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("must be an address; what was given instead is not shown", () => {
    expect(() => new RestClient({ baseUrl: API, proxy: "user:secret@proxy" })).toThrow(/^proxy is no address of an/);
    expect(() => new RestClient({ baseUrl: API, proxy: "socks5://secret.example" })).toThrow(/^proxy is no address/);
  });
});

describe("a certificate of one's own", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "sluice-ca-"));
    await writeFile(path.join(folder, "ca.pem"), CERTIFICATE);
    await writeFile(path.join(folder, "text.pem"), "no certificate");
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("is trusted when it is named, and refused at once otherwise", async () => {
    let connections = 0;
    const server = createHttpsServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, (_, response) =>
      sendJson(response, [1]),
    ).on("connection", () => (connections += 1));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const baseUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await expect(new RestClient({ baseUrl, proxy: false }).get()).rejects.toMatchObject({
        reasonCode: "DEPTH_ZERO_SELF_SIGNED_CERT",
        hint: expect.stringContaining("caFile") as unknown,
      });
      expect(connections).toBe(1);
      const trusting = new RestClient({ baseUrl, proxy: false, caFile: path.join(folder, "ca.pem") });
      expect((await trusting.get()).json()).toEqual([1]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it("must be one", () => {
    for (const name of ["text.pem", "nothing.pem"]) {
      const caFile = path.join(folder, name);
      expect(() => new RestClient({ baseUrl: API, caFile })).toThrow(/which cannot be used: .*\nGive a file with/);
    }
  });
});

describe("a pool of connections", () => {
  it("is one per origin, for all clients", async () => {
    const sockets = new Set<number | undefined>();
    const server = createHttpServer((request, response) => {
      sockets.add(request.socket.remotePort);
      sendJson(response, []);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      for (let i = 0; i < 20; i++) await new RestClient({ baseUrl, proxy: false }).get();
      // A socket is free again a moment after its answer was read, so that now and then a second one is needed.
      expect(sockets.size).toBeLessThan(10);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
