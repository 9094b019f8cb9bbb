import { parseBody } from "./body-format.js";
import type { HttpResponse } from "./request.js";

/**
 * A response from its parts; `json()` parses once. Also for response actions that replace a body:
 * `createResponse({ ...response, status: 200, text: "[]" })`.
 */
export function createResponse(parts: Omit<HttpResponse, "json">): HttpResponse {
  const { status, headers, url, text, format, numbers } = parts;
  let parsed: { readonly value: unknown } | undefined;
  return {
    ...parts,
    json() {
      parsed ??= {
        value:
          text.trim() === ""
            ? undefined
            : parseBody(text, { url, status, contentType: headers["content-type"] }, format, numbers),
      };
      return parsed.value;
    },
  };
}
