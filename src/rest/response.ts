import { atOnce, inTurns, type Piecework } from "../core/piecework.js";
import { parseBody } from "./body-format.js";
import type { HttpResponse } from "./request.js";

/** Characters from which a body is parsed with breaks. */
const LONG_TEXT = 4 * 1024 * 1024;

/**
 * A response from its parts; `json()` parses once. Also for response actions that replace a body:
 * `createResponse({ ...response, status: 200, text: "[]" })`.
 */
export function createResponse(parts: Omit<HttpResponse, "json">): HttpResponse {
  let parsed: { readonly value: unknown } | undefined;
  return {
    ...parts,
    json() {
      parsed ??= { value: parts.text.trim() === "" ? undefined : atOnce(bodyOf(parts)) };
      return parsed.value;
    },
  };
}

/**
 * The same response with its body parsed, a long one with breaks, so that a run can be cancelled meanwhile. A body that cannot
 * be parsed is left to `json()`, which says so. Throws the reason of `signal` when that is aborted.
 */
export async function parsedInTurns(response: HttpResponse, signal: AbortSignal | undefined): Promise<HttpResponse> {
  if (response.text.length < LONG_TEXT || response.text.trim() === "") return response;
  try {
    const value = await inTurns(bodyOf(response), signal);
    return { ...response, json: () => value };
  } catch (error) {
    signal?.throwIfAborted();
    return {
      ...response,
      json() {
        throw error;
      },
    };
  }
}

function bodyOf({ status, headers, url, text, format, numbers }: Omit<HttpResponse, "json">): Piecework<unknown> {
  return parseBody(text, { url, status, contentType: headers["content-type"] }, format, numbers);
}
