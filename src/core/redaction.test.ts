import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { JsonValue } from "./json.js";
import { openSecrets, redact, registerPassingSecret, registerSecret, sealSecrets } from "./redaction.js";

afterAll(() => {
  for (let n = 0; n < 50; n += 1) registerPassingSecret(`takes the place of an older one: ${n}`);
});

describe("sealSecrets", () => {
  it("leaves values without secrets as they are, and openSecrets too", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (raw) => {
        const value = raw as JsonValue;
        expect(sealSecrets(value)).toEqual(value);
        expect(openSecrets(value)).toEqual(value);
      }),
    );
  });

  it("names secrets instead of showing them, in every registered form, and openSecrets puts them back", () => {
    const secret = "to ken/1+2=!*~";
    registerSecret(secret);
    const forms = [
      secret,
      encodeURIComponent(secret),
      "to%20ken%2F1%2B2%3D%21%2A~",
      "to+ken%2F1%2B2%3D%21%2A~",
      new URLSearchParams({ k: secret }).toString(),
      Buffer.from(secret).toString("base64"),
    ];
    const state = { url: `https://a.example/?x=${forms.join("&y=")}`, list: [secret, 1, null], plain: "as it is" };
    const sealed = sealSecrets(state);
    const text = JSON.stringify(sealed);
    for (const form of forms) expect(text).not.toContain(form.replace(/^k=/, ""));
    expect(redact(text)).toBe(text);
    expect(text).toContain("as it is");
    expect(openSecrets(sealed)).toEqual(state);
  });

  it.each([
    ["pass-é-secret99", "pass-\\u00e9-secret99"],
    ["pa+ss&secret<99", "pa\\u002Bss\\u0026secret\\u003C99"],
    ["pa&ss<secret98", "pa\\u0026ss\\u003csecret98"],
    ["pa/ss/secret97", "pa\\/ss\\/secret97"],
    ["pa/ss+secret96", "pa%2fss%2bsecret96"],
    ["pa>>ss??secret95", Buffer.from("pa>>ss??secret95").toString("base64url")],
    ["secretsecret9", Buffer.from("secretsecret9").toString("base64").replace(/=/g, "")],
  ])("hides %s as %s, and openSecrets puts it back", (secret, form) => {
    registerPassingSecret(secret);
    expect(redact(`no: ${form} !`)).toBe("no: *** !");
    expect(sealSecrets(form)).not.toContain(form);
    expect(openSecrets(sealSecrets(form))).toBe(form);
  });

  it("is undone by openSecrets for any text, also one that looks sealed", () => {
    const secrets = ["abcd", "secret ", "<secret 12345678>", "cdab12", "0123"];
    // Words of other tests' messages are among them: they must not stay.
    for (const secret of secrets) registerPassingSecret(secret);
    const piece = fc.constantFrom(...secrets, "<", ">", "<secret ", "<secret >", "<secret 12345678>", "ab", "cd", " ");
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join("");
        expect(openSecrets(sealSecrets(text))).toBe(text);
      }),
    );
  });
});

describe("openSecrets", () => {
  it("returns undefined for a secret that is not registered", () => {
    expect(openSecrets({ url: "https://a.example/?k=<secret deadbeef>" })).toBeUndefined();
  });
});
