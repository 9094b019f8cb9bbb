import type { HttpResponse, RequestSpec } from "../request.js";

/**
 * Sends a request without credentials of the client: what an auth uses to fetch a token or to log in. It is retried like
 * any request; answers of any status are returned. Redirects are followed within the origin, unless `followRedirects` is
 * false.
 *
 * @throws AuthError when no answer came.
 */
export type TokenFetch = (
  request: RequestSpec,
  options?: { readonly followRedirects?: boolean },
) => Promise<Pick<HttpResponse, "status" | "text" | "headers" | "json">>;

/**
 * Credentials of a client or an endpoint. The client calls `apply` only for requests to an allowed origin.
 * User-written classes implement this interface; `registerAuth` makes them available by `type`.
 */
export interface Auth {
  /** Name used in configs and messages. */
  readonly type: string;
  /**
   * Who asks, without anything secret: user name, client id, name of the header. An interrupted run is not continued as
   * somebody else. Default: every one is taken for the same.
   */
  readonly account?: string;
  /** A copy of `request` with the credentials on it. May fetch a token first. */
  apply(request: RequestSpec, fetchToken: TokenFetch): RequestSpec | Promise<RequestSpec>;
  /**
   * Called once per request after a 401, with the request that was refused: forget the tokens that it carried (another
   * request may have renewed them meanwhile). True when sending again makes sense.
   */
  refresh?(refused: RequestSpec): boolean;
  /**
   * Query parameters in which this auth puts secrets. They are removed from next links that echo them, so that no
   * secret reaches a paginator state (and with it the journal) and none is sent twice.
   */
  readonly secretParams?: readonly string[];
}
