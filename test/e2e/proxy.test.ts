/** The built package through a real proxy: what the bundle has of undici must be all that its proxies need. */
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CERTIFICATE, PRIVATE_KEY } from "../../src/rest/testing/certificate.js";
import { localServer, sendJson } from "../../src/rest/testing/local-server.js";
import { tunnelProxy } from "../../src/rest/testing/tunnel-proxy.js";
import { Workspace } from "./command-line.js";

let workspace: Workspace;
beforeEach(async () => {
  workspace = await Workspace.create();
});
afterEach(() => workspace.remove());

/** `sluice run` of one resource, with these options of the client; the names in lower case win over the environment's own. */
async function load(client: object, env: Readonly<Record<string, string>> = {}): Promise<unknown> {
  await workspace.write("shop.json", {
    pipeline_name: "shop",
    destination: "shop.duckdb",
    source: { client: { max_attempts: 1, ...client }, resources: ["items"] },
  });
  const args = ["run", "shop.json", "--json", "--quiet"];
  const { code, stdout, stderr } = await workspace.sluice(args, {
    no_proxy: "",
    http_proxy: "",
    https_proxy: "",
    ...env,
  });
  return { code, stderr, tables: stdout === "" ? undefined : (JSON.parse(stdout) as { tables: unknown }).tables };
}

const LOADED = { code: 0, stderr: "", tables: { items: 2 } };

describe("sluice run through a proxy", () => {
  it("of the config loads from an http base, with the proxy's credentials", async () => {
    await using server = await localServer((_, response) => sendJson(response, [{ id: 1 }, { id: 2 }]));
    await using proxy = await tunnelProxy(server);
    const client = { base_url: "http://api.invalid", proxy: `http://user:word@${proxy.host}` };
    expect(await load(client)).toEqual(LOADED);
    const authorization = `Basic ${Buffer.from("user:word").toString("base64")}`;
    expect(proxy.tunnels).toEqual([{ host: "api.invalid:80", authorization }]);
  });

  it("of the environment loads from an https base", async () => {
    const server = createServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, (_, response) =>
      sendJson(response, [{ id: 1 }, { id: 2 }]),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      await using proxy = await tunnelProxy({ port });
      await workspace.write("ca.pem", CERTIFICATE);
      const client = { base_url: `https://127.0.0.1:${port}`, ca_file: workspace.path("ca.pem") };
      expect(await load(client, { https_proxy: `http://${proxy.host}` })).toEqual(LOADED);
      expect(proxy.tunnels).toEqual([{ host: `127.0.0.1:${port}`, authorization: undefined }]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
