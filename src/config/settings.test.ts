import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigError } from "../core/errors.js";
import { redact } from "../core/redaction.js";
import { authSecretPaths, MissingConfigError, Settings } from "./index.js";

let root = "";
let env: Record<string, string> = {};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sluice-config-"));
  env = {};
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function settings(): Settings {
  return new Settings({
    projectDir: join(root, "project"),
    homeDir: join(root, "home"),
    env,
    mountedSecretsDir: join(root, "run-secrets"),
  });
}

function write(path: string, text: string): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function missing(act: () => unknown): MissingConfigError {
  try {
    act();
  } catch (error) {
    if (error instanceof MissingConfigError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("where a secret comes from", () => {
  it("prefers a mounted secret, the environment, .sluice, .dlt, then the user's files", () => {
    const { secrets } = settings();
    const layers = [
      () => write("home/.dlt/secrets.toml", '[sources.github]\ntoken = "s3cr3t-from-home-dlt"'),
      () => write("home/.sluice/secrets.toml", '[sources.github]\ntoken = "s3cr3t-from-home"'),
      () => write("project/.dlt/secrets.toml", '[sources.github]\ntoken = "s3cr3t-from-dlt"'),
      () => write("project/.sluice/secrets.toml", '[sources.github]\ntoken = "s3cr3t-from-sluice"'),
      () => (env["SOURCES__GITHUB__TOKEN"] = "s3cr3t-from-env"),
      () => write("run-secrets/sources--github--token", "s3cr3t-from-mount\n"),
    ];
    const seen = layers.map((add) => {
      add();
      return secrets.get("sources.github.token");
    });
    expect(seen).toEqual([
      "s3cr3t-from-home-dlt",
      "s3cr3t-from-home",
      "s3cr3t-from-dlt",
      "s3cr3t-from-sluice",
      "s3cr3t-from-env",
      "s3cr3t-from-mount",
    ]);
    expect(redact("a s3cr3t-from-mount b s3cr3t-from-env")).toBe("a *** b ***");
  });

  it("reads secrets that Kubernetes mounts as directories", () => {
    write("run-secrets/api-token/api-token", "s3cr3t-mounted");
    expect(settings().secrets.get("api_token")).toBe("s3cr3t-mounted");
  });

  it("takes a path of one part as a top-level key or variable", () => {
    const { secrets } = settings();
    write("project/.dlt/secrets.toml", 'api_token = "s3cr3t-top-level"');
    expect(secrets.get("api_token")).toBe("s3cr3t-top-level");
    env["API_TOKEN"] = "s3cr3t-variable";
    expect(secrets.get("api_token")).toBe("s3cr3t-variable");
  });

  it("sees edits of a file at once", () => {
    const { secrets } = settings();
    const file = write("project/.sluice/secrets.toml", 'token = "s3cr3t-first"');
    expect(secrets.get("token")).toBe("s3cr3t-first");
    writeFileSync(file, 'token = "s3cr3t-other"');
    utimesSync(file, new Date(), new Date(Date.now() + 5000)); // The same size: only the time tells, and clocks are coarse.
    expect(secrets.get("token")).toBe("s3cr3t-other");
  });

  it("takes an empty secret for none, as CI passes unset ones", () => {
    const { secrets } = settings();
    env["TOKEN"] = "";
    expect(secrets.has("token")).toBe(false);
    expect(missing(() => secrets.get("token")).message).toContain("environment variable TOKEN: is empty");
    write("project/.sluice/secrets.toml", 'token = "s3cr3t-from-file"');
    expect(secrets.get("token")).toBe("s3cr3t-from-file");
  });

  it("completes a table with the user's own", () => {
    write("project/.sluice/secrets.toml", '[db]\nuser = "s3cr3t-me"\n[db.tls]\nca = "s3cr3t-ca"');
    write(
      "home/.sluice/secrets.toml",
      '[db]\nuser = "s3cr3t-user"\npassword = "s3cr3t-from-home"\n[db.tls]\nkey = "s3cr3t-key"',
    );
    const { secrets } = settings();
    expect(secrets.get("db", "object")).toEqual({
      user: "s3cr3t-me",
      password: "s3cr3t-from-home",
      tls: { ca: "s3cr3t-ca", key: "s3cr3t-key" },
    });
    expect(redact("s3cr3t-from-home")).toBe("***");
  });

  it("finds credentials at dlt's paths and at the source's own, most specific first", () => {
    const { secrets } = settings();
    const paths = authSecretPaths("gh", "token");
    expect(secrets.lookup(paths)).toBeUndefined();
    env["CREDENTIALS__TOKEN"] = "s3cr3t-shared";
    expect(secrets.lookup(paths)).toEqual({ value: "s3cr3t-shared", place: "environment variable CREDENTIALS__TOKEN" });
    write("project/.sluice/secrets.toml", '[sources.gh]\ntoken = "s3cr3t-own"');
    expect(secrets.lookup(paths)).toEqual({ value: "s3cr3t-own", place: join(".sluice", "secrets.toml") });
    env["SOURCES__REST_API__GH__CREDENTIALS__TOKEN"] = "s3cr3t-dlt";
    expect(secrets.lookup(paths)?.value).toBe("s3cr3t-dlt");
  });
});

describe("where a setting comes from", () => {
  it("prefers the environment, config.toml, then secrets.toml, and does not redact", () => {
    const { config } = settings();
    write("project/.sluice/secrets.toml", 'region = "eu-secrets"');
    expect(config.get("region")).toBe("eu-secrets");
    write("project/.dlt/config.toml", 'region = "eu-config"');
    expect(config.get("region")).toBe("eu-config");
    env["REGION"] = "eu-env";
    expect(config.get("region")).toBe("eu-env");
    expect(redact("eu-env")).toBe("eu-env");
  });

  it("reads types from TOML and from text", () => {
    const { config } = settings();
    write(
      "project/.sluice/config.toml",
      'n = 5\nbig = 12345678901234567890\nyes = true\nlist = [1, "a"]\nday = 2024-01-02\n[t]\na = 1\n__proto__ = 2',
    );
    expect([config.get("n"), config.get("n", "number"), config.get("big"), config.get("yes", "boolean")]).toEqual([
      "5",
      5,
      "12345678901234567890",
      true,
    ]);
    expect([config.get("list", "list"), config.get("day"), config.get("n", "any")]).toEqual([
      [1, "a"],
      "2024-01-02",
      5,
    ]);
    expect(Object.entries(config.get("t", "object"))).toEqual([["a", 1], ["__proto__", 2]]); // prettier-ignore
    Object.assign(env, { N: "1.5e3", YES: "No", LIST: "[1]", T: '{"a":2}' });
    expect([
      config.get("n", "number"),
      config.get("yes", "boolean"),
      config.get("list", "list"),
      config.get("t", "object"),
    ]).toEqual([1500, false, [1], { a: 2 }]);
    expect(config.optional("nowhere", "number")).toBeUndefined();
    expect(config.optional("n", "number")).toBe(1500);
  });

  it.each([
    ["number", "12 apples"],
    ["boolean", "on"],
    ["object", "[1]"],
    ["list", "{"],
  ] as const)("does not read a %s from %o, nor show it", (type, value) => {
    env["X"] = value;
    expect(() => settings().config.get("x", type)).toThrowError(
      `"x" in environment variable X is a string that cannot be read as ${type}`,
    );
  });

  it("says what a table has", () => {
    write("project/.sluice/secrets.toml", '[sources.gh]\ntoken = "abcdef"\nuser = "x"');
    expect(() => settings().secrets.get("sources.gh")).toThrowError(
      /is a table \(token, user\) that cannot be read as string[\s\S]*get\("sources\.gh", "object"\)/,
    );
  });
});

describe("what a message about a missing value says", () => {
  it("lists the places in order, and how to set the value", () => {
    write("project/.dlt/secrets.toml", "");
    write("run-secrets/other", "x");
    const error = missing(() => settings().secrets.get("sources.github.token"));
    expect(error).toMatchObject({ name: "MissingConfigError", code: "SLUICE_CONFIG_MISSING" });
    expect(error.tried).toEqual([
      { place: join(root, "run-secrets/sources--github--token"), outcome: "not set" },
      { place: "environment variable SOURCES__GITHUB__TOKEN", outcome: "not set" },
      { place: join(".sluice", "secrets.toml"), outcome: "no such file" },
      { place: join(".dlt", "secrets.toml"), outcome: "does not have it" },
      { place: join("~", ".sluice", "secrets.toml"), outcome: "no such file" },
      { place: join("~", ".dlt", "secrets.toml"), outcome: "no such file" },
    ]);
    expect(error.message).toContain("  environment variable SOURCES__GITHUB__TOKEN: not set\n");
    expect(error.message).toMatch(
      /Set SOURCES__GITHUB__TOKEN, or write into \.sluice\/secrets\.toml:\n {2}\[sources\.github\]\n {2}token = "…"$/,
    );
  });

  it("names keys that may have been meant, never a value", () => {
    write(
      "project/.sluice/secrets.toml",
      '[sources.GitHub]\nToken = "value-one"\n[sources.gitlab]\ntoken = "value-two"',
    );
    write("project/.sluice/config.toml", '[sources.github]\ntoken = "value-three"');
    Object.assign(env, { GITHUB_TOKEN: "value-four", SOURCES_GITHUB_TOKEN: "value-five", UNRELATED: "x" });
    const { message } = missing(() => settings().secrets.get("sources.github.token"));
    expect(message).toContain('has "sources.GitHub.Token", which is written differently');
    expect(message).toContain('has "sources.gitlab.token", which is in another section');
    expect(message).toContain('has "sources.github.token", but secrets are not read from there');
    expect(message).toContain("variable GITHUB_TOKEN is set; the name has to be SOURCES__GITHUB__TOKEN");
    expect(message).toContain("variable SOURCES_GITHUB_TOKEN is set");
    expect(message).not.toMatch(/value-|UNRELATED/);
  });

  it("covers several paths at once and names who needs the value", () => {
    const { message, place } = settings().secrets.missing(
      ["sources.gh.token", "credentials.token"],
      "client.auth.token",
    );
    expect(message).toContain('no secret "sources.gh.token" or "credentials.token", which client.auth.token needs');
    expect(message.match(/\.sluice.secrets\.toml: no such file/g)).toHaveLength(2); // The project's and the user's.
    expect(message).toContain("CREDENTIALS__TOKEN: not set");
    expect(place.path).toBe("client.auth.token");
  });

  it("recognises a placeholder that nobody replaced", () => {
    write("project/.dlt/secrets.toml", 'token = "<configure me>"');
    const { secrets } = settings();
    expect(missing(() => secrets.get("token")).message).toMatch(
      /"token" in \.dlt.secrets\.toml is still the placeholder <configure me>/,
    );
    expect(secrets.optional("token")).toBeUndefined();
  });

  it.each(["", "a..b", ".a"])("refuses the path %o", (path) => {
    expect(() => settings().config.get(path)).toThrowError(ConfigError);
  });
});

describe("files that cannot be read", () => {
  it("gives file, line and column of malformed TOML, without quoting secrets", () => {
    const file = write("project/.sluice/secrets.toml", 'good = "secret-text"\nbad = secret-word\n');
    let error: unknown;
    try {
      settings().secrets.get("good");
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toContain(`${file}:2:7: `);
    expect(String(error)).not.toMatch(/secret-/);
    expect(error).not.toHaveProperty("cause");
  });

  it("does not take a directory for a file", () => {
    mkdirSync(join(root, "project/.sluice/secrets.toml"), { recursive: true });
    expect(() => settings().secrets.get("token")).toThrowError(/secrets\.toml is not a file/);
  });
});
