/** Runs the signers that the documentation shows: against AWS's published test suite, and against a server that checks. */
import { createHmac } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createJiti } from "jiti";
import { RestClient, type Sign } from "sluice";
import { describe, expect, it } from "vitest";
import { localServer, sendJson } from "../../src/rest/testing/local-server.js";
import { codeBlocks } from "./code-blocks.js";

/** The functions of the block of docs/authentication.md that has `name`, up to its example of a source. */
async function exported(name: string): Promise<Record<string, unknown>> {
  const block = codeBlocks().find(
    ({ file, code }) => file === "docs/authentication.md" && code.includes(`function ${name}`),
  );
  if (block === undefined) throw new Error(`docs/authentication.md has no function ${name}`);
  const [functions = ""] = block.code.split(/^const /m);
  const folder = await mkdtemp(path.join(tmpdir(), "sluice-signers-"));
  try {
    const file = path.join(folder, "signer.ts");
    // What comes from sluice is types, and secrets for the example that was cut off.
    await writeFile(file, functions.replace(/^import .* from "sluice";$/m, "type Sign = Function;"));
    return await createJiti(import.meta.url).import(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Credentials and time of the suite. */
const SUITE = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const SCOPE = { region: "us-east-1", service: "service" };
const TIME = (): Date => new Date("2015-08-30T12:36:00Z");
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const UNRESERVED = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

describe("awsSignatureV4", async () => {
  const { awsSignatureV4 } = await exported("awsSignatureV4");
  const signer = (awsSignatureV4 as (keys: object, now?: () => Date) => Sign)({ ...SUITE, ...SCOPE }, TIME);

  it.each<[string, string, string, Record<string, string>, string, string]>([
    ["get-vanilla", "GET", "/", {}, "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
    ["post-vanilla", "POST", "/", {}, "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
    [
      "get-vanilla-query-order-key-case",
      "GET",
      "/?Param2=value2&Param1=value1",
      {},
      "",
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ],
    ["get-utf8", "GET", "/ሴ", {}, "", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"],
    [
      "get-unreserved",
      "GET",
      `/${UNRESERVED}`,
      {},
      "",
      "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    ],
    [
      "get-vanilla-utf8-query",
      "GET",
      "/?ሴ=bar",
      {},
      "",
      "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
    ],
    [
      "post-header-key-sort",
      "POST",
      "/",
      { "My-Header1": "value1" },
      "",
      "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    ],
    [
      "post-x-www-form-urlencoded",
      "POST",
      "/",
      FORM,
      "Param1=value1",
      "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ],
  ])("gives the published signature of %s", async (_, method, target, headers, body, signature) => {
    const url = new URL(target, "https://example.amazonaws.com").href;
    const added = await signer({ method: method as "GET", url, headers, body: Buffer.from(body) });
    expect(added["x-amz-date"]).toBe("20150830T123600Z");
    const [algorithm, credential, , found] = (added["authorization"] ?? "").split(/,? /);
    expect([algorithm, credential, found]).toEqual([
      "AWS4-HMAC-SHA256",
      "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request",
      `Signature=${signature}`,
    ]);
  });

  it("signs what sluice sends", async () => {
    await using server = await localServer((_, response) => sendJson(response, []));
    const api = new RestClient({ baseUrl: server.url, auth: { type: "signature", sign: signer } });
    await api.post("a path/@x", { params: { q: "ü ö", b: 1 }, json: { name: "ü" } });
    const [seen] = server.seen;
    const again = await signer({
      method: "POST",
      url: `${server.url}${seen?.target}`,
      headers: { "content-type": "application/json" },
      body: Buffer.from(seen?.body ?? ""),
    });
    expect(seen?.headers["authorization"]).toBe(again["authorization"]);
    expect(seen?.headers["authorization"]).toContain("SignedHeaders=content-type;host;x-amz-date,");
  });
});

describe("hmacSignature", async () => {
  const { hmacSignature } = await exported("hmacSignature");

  it("is what the server computes", async () => {
    await using server = await localServer(({ method, target, headers, body }, response) => {
      const time = String(headers["x-timestamp"]);
      const expected = createHmac("sha256", "shared secret")
        .update(time + method + target + body)
        .digest("base64");
      sendJson(response, [], headers["x-signature"] === expected && headers["x-key"] === "id" ? 200 : 401);
    });
    const sign = (hmacSignature as (id: string, secret: string) => Sign)("id", "shared secret");
    const api = new RestClient({ baseUrl: server.url, auth: { type: "signature", sign } });
    expect((await api.get("orders", { params: { since: "2024-01-01" } })).status).toBe(200);
    expect((await api.post("orders/search", { json: { name: "ü" } })).status).toBe(200);
  });
});
