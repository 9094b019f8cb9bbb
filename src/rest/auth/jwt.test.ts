import { createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { redact } from "../../core/redaction.js";
import { jwtSigner, signJws, signJwt } from "./jwt.js";

/** RFC 7515, A.2.1. */
const RSA_KEY = {
  kty: "RSA",
  n: "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
  e: "AQAB",
  d: "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
  p: "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
  q: "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc",
  dp: "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0",
  dq: "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU",
  qi: "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U",
};
/** RFC 7515, A.2.1 and A.3.1: line breaks are those of the RFC. */
const PAYLOAD = '{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}';
const RSA_SIGNATURE =
  "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
/** RFC 8037, A.4. */
const ED_KEY = {
  kty: "OKP",
  crv: "Ed25519",
  d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
  x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
};
const ED_SIGNATURE = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

const pemOf = (key: JsonWebKey): string =>
  createPrivateKey({ key, format: "jwk" }).export({ type: "pkcs8", format: "pem" }).toString();

describe("signatures", () => {
  it("are those of the RFCs", () => {
    const rsa = signJws(jwtSigner(pemOf(RSA_KEY)), '{"alg":"RS256"}', PAYLOAD);
    expect(rsa.split(".")[2]).toBe(RSA_SIGNATURE);
    const ed = signJws(jwtSigner(pemOf(ED_KEY)), '{"alg":"EdDSA"}', "Example of Ed25519 signing");
    expect(ed.split(".")[2]).toBe(ED_SIGNATURE);
  });

  it.each([
    ["P-256", "ES256", "sha256", 64],
    ["P-384", "ES384", "sha384", 96],
    ["P-521", "ES512", "sha512", 132],
  ])("with a key on %s are r and s side by side", (namedCurve, algorithm, hash, bytes) => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
    const signer = jwtSigner(privateKey.export({ type: "sec1", format: "pem" }).toString());
    const [header = "", claims = "", signature = ""] = signJwt(signer, { kid: "k" }, { iss: "i" }).split(".");
    expect(JSON.parse(Buffer.from(header, "base64url").toString())).toEqual({ alg: algorithm, typ: "JWT", kid: "k" });
    const raw = Buffer.from(signature, "base64url");
    expect(raw).toHaveLength(bytes);
    const key = { key: publicKey, dsaEncoding: "ieee-p1363" } as const;
    expect(verify(hash, Buffer.from(`${header}.${claims}`), key, raw)).toBe(true);
  });

  it.each(["PS256", "PS512", "RS512"] as const)("with %s verify", (algorithm) => {
    const signer = jwtSigner(pemOf(RSA_KEY), { algorithm });
    const [header, claims, signature = ""] = signJwt(signer, {}, { iss: "i" }).split(".");
    const publicKey = createPublicKey(signer.key);
    const options = algorithm.startsWith("PS") ? { padding: 6, saltLength: algorithm === "PS256" ? 32 : 64 } : {};
    const input = Buffer.from(`${header}.${claims}`);
    const hash = `sha${algorithm.slice(2)}`;
    expect(verify(hash, input, { key: publicKey, ...options }, Buffer.from(signature, "base64url"))).toBe(true);
  });
});

describe("private keys", () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const encrypted = privateKey
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "open sesame" })
    .toString();

  it("may be PKCS #1, encrypted, or have written-out line breaks", () => {
    const pkcs1 = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
    const expected = signJwt(jwtSigner(pkcs1), {}, { iss: "i" });
    expect(signJwt(jwtSigner(pkcs1.replaceAll("\n", "\\n")), {}, { iss: "i" })).toBe(expected);
    expect(signJwt(jwtSigner(encrypted, { passphrase: "open sesame" }), {}, { iss: "i" })).toBe(expected);
  });

  it.each<[string, string, object, RegExp]>([
    ["no key", "hunter2-hunter2", {}, /is no private key in PEM.*\n.*BEGIN PRIVATE KEY/],
    ["no passphrase", encrypted, {}, /is encrypted.*\n.*privateKeyPassphrase/],
    ["a wrong passphrase", encrypted, { passphrase: "wrong words" }, /cannot be decrypted/],
    ["another algorithm", pemOf(ED_KEY), { algorithm: "RS256" }, /cannot sign with RS256.*\nIt fits EdDSA/],
    [
      "a short key",
      generateKeyPairSync("rsa", { modulusLength: 1024 })
        .privateKey.export({ type: "pkcs8", format: "pem" })
        .toString(),
      {},
      /has 1024 bits/,
    ],
    [
      "a key for another purpose",
      generateKeyPairSync("x25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      {},
      /of a kind that signs no JWT \(x25519\)/,
    ],
  ])("are refused: %s", (_, pem, options, message) => {
    expect(() => jwtSigner(pem, { ...options, path: "client.auth.privateKey" })).toThrow(message);
    expect(() => jwtSigner(pem, { ...options, path: "client.auth.privateKey" })).toThrow(
      expect.objectContaining({ place: { path: "client.auth.privateKey" } }),
    );
  });

  it("are secrets, as a whole and line by line", () => {
    const pem = pemOf(RSA_KEY);
    jwtSigner(pem);
    const line = pem.split("\n")[3] ?? "";
    expect(redact(`${pem} ... ${line}`)).not.toContain(line);
  });
});
