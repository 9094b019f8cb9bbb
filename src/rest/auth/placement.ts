import { headerOf, withHeader } from "../headers.js";
import type { RequestSpec } from "../request.js";
import { withoutParams } from "../url.js";

export const LOCATIONS = ["header", "query", "param", "cookie"] as const;

/** Where a key or a token goes; `param` is dlt's other word for `query`. */
export type CredentialLocation = (typeof LOCATIONS)[number];

/** A place in a request for one credential. */
export interface Placement {
  readonly location: CredentialLocation;
  /** Name of the header, parameter or cookie. */
  readonly name: string;
}

/** `request` with the credential in its place. What stood there under the same name is replaced: nothing is sent twice. */
export function withCredential(request: RequestSpec, { location, name }: Placement, value: string): RequestSpec {
  if (location === "header") return { ...request, headers: withHeader(request.headers, name, value) };
  if (location === "cookie") return withCookies(request, [[name, cookieText(value)]]);
  // A parameter of the same name in the link or the params would send the key twice, or a wrong one first.
  const { [name]: _replaced, ...params } = request.params;
  return { ...request, url: withoutParams(request.url, [name]), params: { ...params, [name]: value } };
}

/** `request` with cookies, in place of those of the same names. Values are sent as they are. */
export function withCookies(request: RequestSpec, cookies: readonly (readonly [string, string])[]): RequestSpec {
  const names = new Set(cookies.map(([name]) => name));
  const others = (headerOf(request.headers, "cookie") ?? "")
    .split(/;\s*/)
    .filter((pair) => pair !== "" && !names.has(pair.split("=", 1)[0] ?? ""));
  const text = [...others, ...cookies.map(([name, value]) => `${name}=${value}`)].join("; ");
  return { ...request, headers: withHeader(request.headers, "cookie", text) };
}

/** Parameters in which a placement puts a secret. */
export function secretParamsOf({ location, name }: Placement): readonly string[] {
  return location === "query" || location === "param" ? [name] : [];
}

/** A cookie's value may hold everything but these (RFC 6265, 4.1.1); base64 and its `=` stay as they are. */
function cookieText(value: string): string {
  return value.replace(/[^\x21\x23-\x2B\x2D-\x3A\x3C-\x5B\x5D-\x7E]+/g, encodeURIComponent);
}
