import type { ErrorPlace } from "../core/errors.js";
import type { Auth } from "./auth/auth.js";
import type { Authorized } from "./credentials.js";
import { HttpStatusError, RateLimitError } from "./errors.js";
import { headerOf } from "./headers.js";
import type { Patience } from "./pace/patience.js";
import type { HttpResponse, RequestSpec } from "./request.js";
import type { Warning } from "../core/warnings.js";
import { originOf } from "./url.js";

/** What one attempt ended with. */
export interface Followed {
  readonly response: HttpResponse;
  /** The answer makes the origin pause; false for a refusal: it asks for more patience than is left. */
  readonly pausing: boolean;
  /** The last request, before credentials. */
  readonly request: RequestSpec;
  readonly authorized: Authorized;
  /** The auth that the request would have had at an allowed origin. */
  readonly wanted: Auth | undefined;
  readonly redirects: number;
  readonly warnings: readonly Warning[];
}

/** The error for an answer that is one. `reason`: why, where the status does not say it. */
export function statusError(
  last: Followed,
  attempts: number,
  place: ErrorPlace | undefined,
  reason?: string,
): HttpStatusError {
  const { response, request } = last;
  const hints = [authHint(last), againHint(response.status, place), serverHint(response.status)].filter(
    (text) => text !== undefined,
  );
  const hint = hints.length === 0 ? undefined : hints.join(" ");
  return new HttpStatusError({
    ...place,
    status: response.status,
    method: request.method,
    url: response.url,
    attempts,
    body: response.text,
    ...(reason !== undefined && { reason }),
    ...(hint !== undefined && { hint }),
  });
}

/** Why a 401 or 403 may have come, without showing any credential. */
function authHint({ response, request, authorized, wanted, redirects }: Followed): string | undefined {
  if (response.status !== 401 && response.status !== 403) return undefined;
  const where =
    redirects > 0 ? ` after ${redirects} redirect${redirects === 1 ? "" : "s"} to ${originOf(response.url)}` : "";
  if (authorized.withheld !== undefined) {
    return `Credentials were withheld${where}: ${originOf(response.url)} is not the base URL's origin. Add it to allowedOrigins if it may have them.`;
  }
  if (authorized.auth !== undefined)
    return `The request carried "${authorized.auth.type}" credentials${where}: check that they are valid and may read this.`;
  if (headerOf(request.headers, "authorization") !== undefined)
    return `The request carried an Authorization header${where}: check that it is valid and may read this.`;
  return wanted === undefined ? `The request carried no credentials${where}: configure \`auth\`.` : undefined;
}

/** A run that goes on takes a refused page token for expired and reads the resource afresh, but not where credentials may be the reason. */
function againHint(status: number, place: ErrorPlace | undefined): string | undefined {
  const { resource, page = 1 } = place ?? {};
  if (resource === undefined || page < 2 || (status !== 401 && status !== 403)) return undefined;
  return "Running again asks for this page again, as the page before it said; if its address is what is wrong, start afresh: `resume: false`, or `sluice run --no-resume`.";
}

/** What the server could not do it may do later. */
function serverHint(status: number): string | undefined {
  return status < 500
    ? undefined
    : "The API failed, not the request as such: run again later. If it stays, ask for smaller pages, or tell what to do then with responseActions.";
}

/** The error when a rate limit was not lifted while patience lasted. */
export function rateLimitError(
  { response }: Followed,
  patience: Patience,
  place: ErrorPlace | undefined,
): RateLimitError {
  const { waitedMs, maxMs, last } = patience;
  return new RateLimitError({
    ...place,
    origin: originOf(response.url),
    waitedMs,
    maxMs,
    asked: last ?? { ms: 0, why: `HTTP ${response.status}` },
    body: response.text,
  });
}
