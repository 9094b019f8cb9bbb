import { createHash } from "node:crypto";
import { type JsonValue, mapStrings } from "./json.js";

/**
 * Secrets are redacted by value: whoever reads a credential registers it here once, and every text that leaves the
 * process through an error, a log line or a progress event passes `redact`. What has to be read back from a load package
 * passes `sealSecrets` instead.
 */
const MIN_LENGTH = 4; // A shorter "secret" would blank out ordinary words; those are hidden by position only (headers, query names).
const secrets = new Set<string>();
/** Secrets of which there may be any number in a run, oldest first. */
const passing = new Set<string>();
/** Of those so many are known at a time: every registered text makes each redaction slower. */
const MOST_PASSING = 50;
let pattern: RegExp | undefined;
let sealable: RegExp | undefined;
/** Secrets by the id in their markers. */
let byId: ReadonlyMap<string, string> | undefined;

/** A secret is sealed as `<secret 1a2b3c4d>`; `<secret >` stands for this text itself, so that any text can be sealed. */
const MARK = "<secret ";
const MARKER = /<secret ([0-9a-f]{8})?>/g;

/** Remembers `value` (and its forms in URLs, in forms, in JSON and in base64) as something that may not be printed. */
export function registerSecret(value: string): void {
  passing.delete(value);
  if (value.length < MIN_LENGTH || secrets.has(value)) return;
  for (const form of formsOf(value)) secrets.add(form);
  pattern = sealable = byId = undefined;
}

/** As {@link registerSecret}, for what is made anew for each request (a signature, a token of a function): only the newest 50 are remembered. */
export function registerPassingSecret(value: string): void {
  if (value.length < MIN_LENGTH || (secrets.has(value) && !passing.has(value))) return;
  passing.delete(value);
  registerSecret(value);
  passing.add(value);
  const [oldest] = passing;
  if (passing.size <= MOST_PASSING || oldest === undefined) return;
  passing.delete(oldest);
  for (const form of formsOf(oldest)) secrets.delete(form);
  pattern = sealable = byId = undefined;
}

const SECRET_NAME =
  /authori[sz]ation|(^|[-_])auth([-_]|$)|cookie|api[-_]?key|access[-_]?key|token|secret|passw|passphrase|(^|[-_])(pwd|sid)$|credential|signature|session/i;

/** True for the name of a header, parameter or body field that holds a credential, as far as a name can tell. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Shorter values of fields are taken for ordinary words: that they are secrets is only a guess. */
const MIN_GUESSED_LENGTH = 6;
const MAX_FIELD_DEPTH = 20;

/**
 * Registers the texts in `fields`, at any depth, that stand under the name of a credential: literal credentials in
 * headers, parameters and bodies. Texts with placeholders are templates, no secrets.
 */
export function registerSecretFields(fields: unknown, isSecret: (name: string) => boolean = isSecretName): void {
  visit(fields, false, 0);
  function visit(value: unknown, secret: boolean, depth: number): void {
    if (typeof value === "string" && secret && !/[{}]/.test(value)) {
      // "Bearer …", "a=1; sid=…": the secret is what stands behind the scheme or the name.
      const parts = value.split(/[\s;]+/).map((part) => part.replace(/^[\w.-]+=(?=.)/, ""));
      for (const text of [value, ...parts])
        if (text.length >= MIN_GUESSED_LENGTH && !/^bearer$|^digest$/i.test(text)) registerSecret(text);
    } else if (typeof value === "object" && value !== null && depth < MAX_FIELD_DEPTH) {
      for (const [name, item] of Object.entries(value)) visit(item, secret || isSecret(name), depth + 1);
    }
  }
}

/** Replaces every registered secret in `text` by `***`. */
export function redact(text: string): string {
  if (secrets.size === 0) return text;
  pattern ??= anyOf(longestFirst());
  return text.replace(pattern, "***");
}

/**
 * `value` as it may be written to disk and read again by {@link openSecrets}: every registered secret in its strings is
 * replaced by a marker that names it by the first 32 bits of its SHA-256, from which it cannot be found.
 */
export function sealSecrets(value: JsonValue): JsonValue {
  return mapStrings(value, (text) => {
    if (secrets.size === 0 && !text.includes(MARK)) return text;
    sealable ??= anyOf([...longestFirst(), MARK]);
    return text.replace(sealable, (found) => `${MARK}${secrets.has(found) ? idOf(found) : ""}>`);
  });
}

/** What {@link sealSecrets} was given; undefined when it held a secret that is not registered, such as a token that was replaced since. */
export function openSecrets(value: JsonValue): JsonValue | undefined {
  let complete = true;
  const opened = mapStrings(value, (text) =>
    text.replace(MARKER, (_, id: string | undefined) => {
      if (id === undefined) return MARK;
      byId ??= new Map([...secrets].map((secret) => [idOf(secret), secret]));
      const secret = byId.get(id);
      complete &&= secret !== undefined;
      return secret ?? "";
    }),
  );
  return complete ? opened : undefined;
}

/** What APIs echo in their links: the value as JavaScript, Python (`quote`, `quote_plus`) and HTML forms encode it. */
function urlForms(value: string): string[] {
  const loose = encodeURIComponent(value);
  const strict = loose.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return [loose, strict, strict.replaceAll("%20", "+"), new URLSearchParams([["", value]]).toString().slice(1)];
}

function formsOf(value: string): Set<string> {
  const base64 = Buffer.from(value, "utf8").toString("base64");
  const inUrls = urlForms(value);
  return new Set([
    value,
    ...inUrls,
    ...inUrls.map(lowerPercents),
    ...jsonForms(value),
    base64,
    base64.replace(/=+$/, ""),
    Buffer.from(value, "utf8").toString("base64url"),
  ]);
}

function lowerPercents(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

const NOT_ASCII = /[^\x20-\x7e]/g;
/** What JSON for web pages escapes besides: Go, Rails and .NET. */
const IN_PAGES = /[^\x20-\x7e]|[<>&]/g;
const IN_DOTNET = /[^\x20-\x7e]|[<>&+'`]/g;

/** As JSON writes the value: JavaScript, Python (ASCII only), PHP (slashes escaped), and JSON that is safe in web pages. */
function jsonForms(value: string): string[] {
  const plain = JSON.stringify(value).slice(1, -1);
  const ascii = escaped(plain, NOT_ASCII);
  const slashed = [plain, ascii].map((text) => text.replaceAll("/", "\\/"));
  const dotnet = escaped(plain.replaceAll('\\"', "\\u0022"), IN_DOTNET).replace(/(?<=\\u)[0-9a-f]{4}/g, (code) =>
    code.toUpperCase(),
  );
  return [plain, ascii, ...slashed, escaped(plain, IN_PAGES), dotnet];
}

function escaped(text: string, chars: RegExp): string {
  return text.replace(chars, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function idOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex").slice(0, 8);
}

function longestFirst(): string[] {
  return [...secrets].sort((a, b) => b.length - a.length);
}

function anyOf(texts: readonly string[]): RegExp {
  return new RegExp(texts.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"), "g");
}

/** Query parameters whose value is hidden wherever a URL is printed, whether or not the value was registered. */
const SECRET_PARAMS =
  /^(api[_-]?key|apikey|token|key|access[_-]?token|refresh[_-]?token|secret|password|pwd|client[_-]?secret|client_id|username|sig|signature|authorization|code)$/i;

/** The URL with credentials removed: user info, secret-looking query values, registered secrets. Never throws. */
export function redactUrl(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.username !== "" || parsed.password !== "") {
      parsed.username = "***";
      parsed.password = "";
    }
    for (const name of new Set(parsed.searchParams.keys())) {
      if (SECRET_PARAMS.test(name)) parsed.searchParams.set(name, "***");
    }
    return redact(parsed.href);
  } catch {
    // Not a URL: nothing to take apart, but what stands where credentials stand in one is hidden.
    return redact(url.replace(/\/\/[^/?#\s]*@/, "//***@"));
  }
}
