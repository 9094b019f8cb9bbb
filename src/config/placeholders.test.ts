import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redact } from "../core/redaction.js";
import { expandPlaceholders, MissingConfigError, Settings } from "./index.js";

const projectDir = mkdtempSync(join(tmpdir(), "sluice-placeholders-"));
const settings = new Settings({
  projectDir,
  homeDir: projectDir,
  env: { HOST: "api.test", API_TOKEN: "s3cr3t-env", Case: "x" },
});

beforeAll(() => {
  mkdirSync(join(projectDir, ".sluice"));
  writeFileSync(join(projectDir, ".sluice", "secrets.toml"), '[gh]\ntoken = "s3cr3t-toml"');
  writeFileSync(join(projectDir, ".sluice", "config.toml"), 'size = 50\nstates = ["open"]\n');
});
afterAll(() => {
  rmSync(projectDir, { recursive: true, force: true });
});

function expand(value: unknown, where = "source"): unknown {
  return expandPlaceholders(value, { where, settings });
}

describe("expandPlaceholders", () => {
  it("replaces placeholders in every string and keeps the type of whole ones", () => {
    const at = new Date(0);
    const given = {
      url: "https://${env.HOST}/v${config.size}",
      auth: { token: "${secrets.gh.token}", header: "Bearer ${ env.API_TOKEN }" },
      list: ["${config.size}", "${config.states}", 7, null, true, at],
      literal: "$${env.HOST} {resources.users.id} $5",
      "${env.HOST}": "keys stay",
    };
    expect(expand(given)).toEqual({
      url: "https://api.test/v50",
      auth: { token: "s3cr3t-toml", header: "Bearer s3cr3t-env" },
      list: [50, ["open"], 7, null, true, at],
      literal: "${env.HOST} {resources.users.id} $5",
      "${env.HOST}": "keys stay",
    });
    expect(redact("s3cr3t-toml s3cr3t-env api.test")).toBe("*** *** api.test");
  });

  it("keeps a key named __proto__ a key", () => {
    const expanded = expand(JSON.parse('{"__proto__":{"x":"${config.size}"}}'));
    expect(JSON.stringify(expanded)).toBe('{"__proto__":{"x":50}}');
    expect(Object.getPrototypeOf(expanded)).toBe(Object.prototype);
  });

  it.each([
    [{ client: { auth: ["${secrets.gh.tokn}"] } }, /no secret "gh\.tokn", which source\.client\.auth\[0\] needs/],
    [{ a: "x ${env.NOPE}" }, /variable NOPE, which source\.a needs, is not set/],
    [{ a: "${env.CASE}" }, /Case is set: the case of the name matters/],
  ])("says where a missing value is needed: %o", (value, message) => {
    expect(() => expand(value)).toThrowError(MissingConfigError);
    expect(() => expand(value)).toThrowError(message);
  });

  it.each([
    ["${secret.x}", /Unknown placeholder "\$\{secret\.x\}" \(at source\)/],
    ["${}", /Unknown placeholder/],
    ["in ${config.states} text", /\$\{config\.states\} is a table or list/],
  ])("refuses %s", (value, message) => {
    expect(() => expand(value)).toThrowError(message);
  });

  it("bounds the depth", () => {
    let deep: unknown = "x";
    for (let i = 0; i < 100_000; i += 1) deep = { a: deep };
    expect(() => expand(deep)).toThrowError(/deeper than 200 levels/);
  });
});
