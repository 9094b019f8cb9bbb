import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { restApiSource } from "sluice";
import { afterEach, describe, expect, it, vi } from "vitest";
import { localServer, sendJson } from "../../src/rest/testing/local-server.js";
import { pipelineScene } from "../support/pipeline-scene.js";

/** Seconds; a timeout of its own gives each test connections of its own, which look at the proxy variables afresh. */
let timeout = 7.001;

afterEach(() => {
  vi.unstubAllEnvs();
});

/** An HTTP proxy that brings every host to one local port, and tells which were asked for. */
async function proxyTo(port: number): Promise<{ readonly asked: string[] } & AsyncDisposable> {
  const asked: string[] = [];
  const tunnels = new Set<Duplex>();
  const proxy = createServer().on("connect", (request, socket) => {
    asked.push(request.url ?? "");
    tunnels.add(socket);
    const target = connect(port, "127.0.0.1", () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    target
      .on("error", () => socket.destroy())
      .pipe(socket)
      .on("error", () => target.destroy())
      .pipe(target);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port: own } = proxy.address() as AddressInfo;
  vi.stubEnv("http_proxy", `http://127.0.0.1:${own}`);
  vi.stubEnv("no_proxy", "");
  return {
    asked,
    async [Symbol.asyncDispose]() {
      for (const tunnel of tunnels) tunnel.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

describe("an API of the public internet", () => {
  it.each([
    ["a next link", "http://10.0.0.7/admin"],
    ["a next link", "http://localhost:9200/_search"],
    ["a redirect", "http://169.254.169.254/latest/meta-data/"],
  ])("cannot lead into a private network by %s to %s", async (means, target) => {
    await using scene = await pipelineScene();
    await using api = await localServer(({ url }, response) => {
      if (url.searchParams.get("page") === "2") return sendJson(response, "", 302, { location: target });
      sendJson(response, { data: [{ id: 1 }], next: means === "a redirect" ? "?page=2" : target });
    });
    await using proxy = await proxyTo(api.port);
    timeout += 0.001;
    const source = restApiSource({
      client: { baseUrl: "http://203.0.113.5/", paginator: "json_link", timeout },
      resources: [{ name: "items", endpoint: { path: "items", dataSelector: "data" } }],
    });
    const run = scene.pipeline.run(source);
    await expect(run).rejects.toMatchObject({ code: "SLUICE_CONNECTION", place: { resource: "items", page: 2 } });
    await expect(run).rejects.toThrow(
      `The API at http://203.0.113.5 points to ${new URL(target).origin}, which is an address of a private network`,
    );
    await expect(run).rejects.toThrow(/allowedOrigins/);
    expect(new Set(proxy.asked)).toEqual(new Set(["203.0.113.5:80"]));
    expect(await scene.pipeline.pending()).toMatchObject([{ state: "interrupted", rows: 1 }]);
  });
});
