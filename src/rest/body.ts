import { ConfigError } from "../core/errors.js";
import { jsonText } from "../core/json-text.js";
import type { RequestSpec } from "./request.js";
import { encodeQuery } from "./url.js";

/** A request body as it is sent. */
export interface EncodedBody {
  readonly bytes: string | Uint8Array;
  /** Undefined for raw bodies: the caller says in a header what they are. */
  readonly contentType: string | undefined;
}

/**
 * `json` as JSON text, `data` as a form or raw. Undefined: no body. An empty form is no body (one that holds
 * only nulls is an empty one), an empty `json` object is `{}`.
 *
 * @throws ConfigError when both are given.
 */
export function encodeBody(request: Pick<RequestSpec, "json" | "data">): EncodedBody | undefined {
  const { json, data } = request;
  if (data === undefined) {
    return json === undefined ? undefined : { bytes: jsonText(json), contentType: "application/json" };
  }
  if (json !== undefined) {
    throw new ConfigError("A request has both `json` and `data`", {
      hint: "Keep one: `json` for a JSON body, `data` for a form or a raw body.",
    });
  }
  if (typeof data === "string" || data instanceof Uint8Array) return { bytes: data, contentType: undefined };
  const pairs = isPairs(data) ? data : Object.entries(data);
  return pairs.length === 0
    ? undefined
    : { bytes: encodeQuery(pairs), contentType: "application/x-www-form-urlencoded" };
}

/** A form given as a list of pairs. */
export function isPairs(
  data: NonNullable<RequestSpec["data"]>,
): data is Extract<RequestSpec["data"], readonly unknown[]> {
  return Array.isArray(data);
}
