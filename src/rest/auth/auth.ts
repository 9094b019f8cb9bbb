import type { RequestSpec } from "../request.js";

/** Sends a request without credentials; what an auth uses to fetch a token. */
export type TokenFetch = (request: RequestSpec) => Promise<{ status: number; text: string; json(): unknown }>;

/**
 * Credentials of a client or an endpoint. The client calls `apply` only for requests to an allowed origin.
 * User-written classes implement this interface; `registerAuth` makes them available by `type`.
 */
export interface Auth {
  /** Name used in configs and messages. */
  readonly type: string;
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
