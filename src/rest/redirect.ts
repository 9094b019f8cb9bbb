import { ConnectionError } from "./errors.js";
import { headerOf } from "./headers.js";
import type { HttpResponse, RequestSpec } from "./request.js";

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const BODY_HEADERS: ReadonlySet<string> = new Set([
  "content-type",
  "content-length",
  "content-encoding",
  "content-language",
  "content-location",
]);

/**
 * The request that a redirect asks for (RFC 9110, 15.4); undefined when `response` is none. A POST becomes a GET after
 * 301 and 302, everything but HEAD after 303; 307 and 308 keep method and body. The location brings its own query.
 */
export function redirectedRequest(request: RequestSpec, response: HttpResponse): RequestSpec | undefined {
  const location = headerOf(response.headers, "location");
  if (!REDIRECTS.has(response.status) || location === undefined) return undefined;
  const { json, data, ...bare } = request;
  const target = { ...bare, url: resolveLocation(location, response.url), params: {} };
  const toGet =
    response.status === 303 ? request.method !== "HEAD" : response.status < 303 && request.method === "POST";
  if (toGet) return { ...target, method: "GET", headers: withoutBodyHeaders(request.headers) };
  return { ...target, ...(json !== undefined && { json }), ...(data !== undefined && { data }) };
}

function resolveLocation(location: string, base: string): string {
  const url = URL.canParse(location, base) ? new URL(location, base) : undefined;
  if (url !== undefined && (url.protocol === "http:" || url.protocol === "https:")) return url.href;
  throw new ConnectionError("The API redirects to an address that is not http or https", {
    url: base,
    reasonCode: "REDIRECT",
  });
}

function withoutBodyHeaders(headers: RequestSpec["headers"]): RequestSpec["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !BODY_HEADERS.has(name.toLowerCase())));
}
