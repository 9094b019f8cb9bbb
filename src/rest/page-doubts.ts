import type { ErrorPlace } from "../core/errors.js";
import type { Warning } from "../core/warnings.js";
import { errorInBody } from "./error-body.js";
import { HttpStatusError } from "./errors.js";
import { headerOf } from "./headers.js";
import type { HttpResponse, RequestSpec } from "./request.js";
import type { Selection } from "./selectors.js";

/** A page that was answered without an error, and what was found in it. */
export interface AnsweredPage {
  readonly request: RequestSpec;
  readonly response: HttpResponse;
  readonly selection: Selection;
  /** How often the request was sent. */
  readonly attempts: number;
  readonly place: ErrorPlace;
}

/**
 * Refuses answers that would pass for a page without rows: a 3xx that leads nowhere, an error in a body of status 200.
 *
 * @throws HttpStatusError
 */
export function assertUsable({ request, response, selection, attempts, place }: AnsweredPage): void {
  const { status, text: body } = response;
  const about = { ...place, status, method: request.method, url: response.url, attempts, body };
  if (status >= 300 && status < 400 && !(status === 304 && isConditional(request))) {
    throw new HttpStatusError({
      ...about,
      reason: status === 304 ? "not modified, but the request had no condition" : "a redirect without a location",
      hint: "This looks like a fault of the API or of a cache in front of it. If it means that there is nothing to read, say so with responseActions.",
    });
  }
  const error = selection.certain ? undefined : errorInBody(response.json());
  if (error === undefined) return;
  throw new HttpStatusError({
    ...about,
    reason: `but the body says ${error}`,
    hint: 'Tell with responseActions what to do then ("retry", "ignore"). If this is data, name the rows with dataSelector; "$" is the whole body.',
  });
}

/** Warnings about an answer that can be used, but may not be what it should be. */
export function doubtsAbout(request: RequestSpec, response: HttpResponse, selection: Selection): Warning[] {
  const doubts: Warning[] = [];
  const { replacedCharacters = 0 } = response;
  if (replacedCharacters > 0) {
    doubts.push({
      code: "value-replaced",
      message: `Bodies held bytes that are no text in their charset (${response.headers["content-type"] ?? "no content type"}); they became U+FFFD`,
      count: replacedCharacters,
    });
  }
  if (response.status === 200 && request.method !== "HEAD" && response.text.trim() === "") {
    doubts.push({
      code: "empty-body",
      message: "A response with status 200 had an empty body: it was taken for the end of the pages",
    });
  }
  if (selection.items.length === 0 && selection.certain) {
    const error = errorInBody(response.json());
    if (error !== undefined)
      doubts.push({
        code: "error-in-body",
        message: `A response without rows says ${error}: rows may be missing. Tell with responseActions what to do then.`,
      });
  }
  return doubts;
}

/** True when the configuration asks for what is newer than something: then 304 is the answer that there is nothing. */
function isConditional({ headers }: RequestSpec): boolean {
  return headerOf(headers, "if-none-match") !== undefined || headerOf(headers, "if-modified-since") !== undefined;
}
