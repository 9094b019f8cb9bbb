import { CancelledError } from "../../core/errors.js";
import { registerSecret } from "../../core/redaction.js";
import { AuthError } from "../errors.js";
import type { RequestSpec } from "../request.js";
import type { Auth, TokenFetch } from "./auth.js";
import { withBearer } from "./bearer.js";

/** Seconds. A token is renewed this long before it expires, for it must still be good when the request arrives. */
const EXPIRY_MARGIN = 30;

/** A token that was obtained just now. */
export interface FreshToken {
  readonly token: string;
  /** Seconds from now; undefined: good until the API refuses it. */
  readonly expiresIn?: number | undefined;
}

interface HeldToken {
  readonly value: string;
  /** Milliseconds of `Date.now()`. */
  readonly goodUntil: number;
}

/**
 * Base of credentials that have to be obtained: with the first request, once for all requests that wait for them, again
 * 30 seconds before they expire, and once after a 401. Extend it for an API that hands out tokens in a way of its own:
 *
 * ```ts
 * class PartnerAuth extends TokenAuth {
 *   readonly type = "partner";
 *   async obtain(send: TokenFetch): Promise<FreshToken> {
 *     const answer = await send({ method: "POST", url: "https://api.example.com/partner/token", params: {}, headers: {}, json: { key } });
 *     return readToken(answer.json());
 *   }
 * }
 * ```
 */
export abstract class TokenAuth implements Auth {
  abstract readonly type: string;
  #held: HeldToken | undefined;
  /** The fetch under way: requests that come meanwhile wait for it instead of fetching their own. */
  #fetching: Promise<HeldToken> | undefined;
  /** The token of each request that went out, to tell after a 401 whether it is still the current one. */
  readonly #sent = new WeakMap<RequestSpec, string>();

  /** `first`: a token to begin with, used until the API refuses it. */
  constructor(first?: string) {
    if (first === undefined) return;
    registerSecret(first);
    this.#held = { value: first, goodUntil: Number.POSITIVE_INFINITY };
  }

  /** Fetches a token. Never called twice at the same time. Its result is kept out of logs, messages and packages. */
  protected abstract obtain(send: TokenFetch): Promise<FreshToken>;

  /** `request` with the token on it. Default: `Authorization: Bearer <token>`. */
  protected place(request: RequestSpec, token: string): RequestSpec {
    return withBearer(request, token);
  }

  async apply(request: RequestSpec, fetchToken: TokenFetch): Promise<RequestSpec> {
    const token = await this.#current(fetchToken);
    const placed = this.place(request, token);
    this.#sent.set(placed, token);
    return placed;
  }

  refresh(refused: RequestSpec): boolean {
    const sent = this.#sent.get(refused);
    if (sent === undefined || sent === this.#held?.value) this.#held = undefined;
    return true;
  }

  async #current(send: TokenFetch): Promise<string> {
    for (;;) {
      if (this.#held !== undefined && Date.now() < this.#held.goodUntil) return this.#held.value;
      const isOwn = this.#fetching === undefined;
      this.#fetching ??= this.#fetch(send).finally(() => {
        this.#fetching = undefined;
      });
      try {
        return (await this.#fetching).value;
      } catch (error) {
        // Cancelled was the request that fetched for all, not this one.
        if (isOwn || !(error instanceof CancelledError)) throw error;
      }
    }
  }

  async #fetch(send: TokenFetch): Promise<HeldToken> {
    const { token, expiresIn } = await this.obtain(send);
    if (typeof token !== "string" || token === "") throw new AuthError(`Auth "${this.type}" obtained no token`);
    registerSecret(token);
    this.#held = { value: token, goodUntil: Date.now() + usableSeconds(expiresIn) * 1000 };
    return this.#held;
  }
}

/** A token that lives no longer than twice the margin is used for half of its life. */
function usableSeconds(expiresIn: number | undefined): number {
  return expiresIn === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(expiresIn - EXPIRY_MARGIN, Math.min(expiresIn / 2, EXPIRY_MARGIN));
}
