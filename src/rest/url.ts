import { ConfigError, excerpt } from "../core/errors.js";
import { isPlainObject, type JsonValue } from "../core/json.js";
import { redactUrl } from "../core/redaction.js";
import type { ParamValue } from "./request.js";

const ABSOLUTE = /^https?:\/\//i;

/** True for `http://…` and `https://…`, in any case. */
export function isAbsoluteUrl(text: string): boolean {
  return ABSOLUTE.test(text);
}

/**
 * Joins a base URL and a path as dlt does: an absolute path replaces the base, an empty path leaves it as it is, and
 * otherwise exactly one slash stands between the two, so that a leading slash does not go back to the host's root.
 * Unlike in dlt a query in the base survives: it comes before the path's own.
 */
export function joinUrl(base: string, path: string): string {
  if (isAbsoluteUrl(path) || base === "") return path;
  if (path === "") return base;
  const mark = base.indexOf("?");
  const root = (mark === -1 ? base : base.slice(0, mark)).replace(/\/+$/, "");
  const joined = `${root}/${path.replace(/^\/+/, "")}`;
  return mark === -1 ? joined : appendQuery(joined, base.slice(mark + 1));
}

/**
 * A value as one path segment: everything that has a meaning in URLs is encoded.
 *
 * @throws ConfigError for `.` and `..`, which URLs resolve even when they are encoded (WHATWG URL, 4.4).
 */
export function encodePathValue(value: string | number | bigint | boolean | Date): string {
  const text = value instanceof Date ? value.toISOString() : String(value);
  if (text === "." || text === "..") throw new ConfigError(`The value "${text}" cannot be a segment of a URL path`);
  return encodeText(text);
}

/** The text of one query or form value, JSON for what is no plain value; undefined when the value is to be left out. */
function paramText(value: ParamValue): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (value instanceof Date) return value.toISOString();
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/**
 * The parameters without objects: each member has a name of its own, `filter[status]`, as PHP, Rails and most APIs read it.
 * Lists stay lists, unless they hold objects or lists, whose names then have their position: `lines[0][sku]`.
 */
export function* flatParams(params: Iterable<readonly [string, ParamValue]>): Generator<[string, ParamValue]> {
  for (const [name, value] of params) {
    if (isPlainObject(value)) yield* flatParams(Object.entries(value).map(([key, item]) => [`${name}[${key}]`, item]));
    else if (isList(value) && value.some((item) => Array.isArray(item) || isPlainObject(item)))
      yield* flatParams(value.map((item, i) => [`${name}[${i}]`, item]));
    else yield [name, value];
  }
}

/** `a=1&b=x%20y`: null and undefined are left out, lists repeat their name, objects have brackets. */
export function encodeQuery(params: Iterable<readonly [string, ParamValue]>): string {
  const parts: string[] = [];
  for (const [name, value] of flatParams(params)) {
    for (const item of isList(value) ? value : [value]) {
      const text = paramText(item);
      if (text !== undefined) parts.push(`${encodeQueryText(name)}=${encodeQueryText(text)}`);
    }
  }
  return parts.join("&");
}

/** `url` with the parameters after its own query; the fragment is dropped because it is never sent. */
export function buildUrl(url: string, params: Readonly<Record<string, ParamValue>>): string {
  const hash = url.indexOf("#");
  return appendQuery(hash === -1 ? url : url.slice(0, hash), encodeQuery(Object.entries(params)));
}

/**
 * `url` without the query parameters named in `names`; the rest of the query stays as it was written.
 */
export function withoutParams(url: string, names: readonly string[]): string {
  const mark = url.indexOf("?");
  if (mark === -1 || names.length === 0) return url;
  const hash = url.indexOf("#", mark);
  const query = url.slice(mark + 1, hash === -1 ? undefined : hash);
  const kept = query.split("&").filter((pair) => !names.includes(decodeName(pair)));
  return `${url.slice(0, mark)}${kept.length === 0 ? "" : `?${kept.join("&")}`}${hash === -1 ? "" : url.slice(hash)}`;
}

/** Scheme, host and port of an absolute URL. */
export function originOf(url: string): string {
  return parseUrl(url).origin;
}

/** `new URL` for http and https, with an error that says what is wrong. */
export function parseUrl(url: string): URL {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    // Without the cause: it carries the whole URL, and with it whatever credentials are in there.
    throw new ConfigError(`${excerpt(redactUrl(url))} is not an absolute URL`, {
      hint: "A base URL starts with https:// or http://.",
    });
  }
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") {
    throw new ConfigError(`${excerpt(redactUrl(url))} has the scheme "${parsed.protocol}"`, {
      hint: "Only http and https are supported.",
    });
  }
  return parsed;
}

function isList(value: ParamValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function appendQuery(url: string, query: string): string {
  if (query === "") return url;
  const hash = url.indexOf("#");
  if (hash !== -1) return `${appendQuery(url.slice(0, hash), query)}${url.slice(hash)}`;
  if (!url.includes("?")) return `${url}?${query}`;
  return /[?&]$/.test(url) ? url + query : `${url}&${query}`;
}

function decodeName(pair: string): string {
  const name = (pair.split("=", 1)[0] ?? "").replaceAll("+", " ");
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // A stray percent sign: the name cannot be one of ours in encoded form.
  }
}

/** `encodeURIComponent` leaves these; Python's `quote_plus`, with which dlt encodes queries and forms, does not. */
function encodeQueryText(text: string): string {
  return encodeText(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function encodeText(text: string): string {
  // Lone surrogates make encodeURIComponent throw; they cannot be sent in any form.
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\uFFFD"));
}
