import { messageOf } from "../../core/errors.js";
import { registerSecret } from "../../core/redaction.js";
import { AuthError } from "../errors.js";
import type { TokenFetch } from "./auth.js";
import type { AuthKind } from "./kind.js";
import { RefreshTokenFile, type RefreshTokenStore } from "./refresh-token-store.js";
import { type FreshToken, TokenAuth } from "./token-auth.js";
import {
  type ClientCredentials,
  readClientAuthentication,
  readTokenEndpoint,
  type TokenAnswer,
  TokenEndpoint,
  type TokenEndpointConfig,
  TokenRefusedError,
} from "./token-endpoint.js";

/** OAuth 2.0 refresh token grant (RFC 6749, 6). */
export interface OAuth2RefreshTokenConfig extends TokenEndpointConfig {
  readonly type: "oauth2_refresh_token";
  /** The token to begin with. Where the server replaces it, the newest one is kept in `tokenStore`. */
  readonly refreshToken: string;
  readonly clientId: string;
  /** Public clients have none. */
  readonly clientSecret?: string;
  /** Where client id and secret go: `body` (the default) or `basic` (RFC 6749, 2.3.1). */
  readonly clientAuthentication?: "body" | "basic";
  /**
   * Where replaced refresh tokens are kept: a store of your own, or the path of a file. Default: a file of its own in
   * `.sluice/tokens/`. Null: nowhere, for APIs whose refresh tokens stay valid.
   */
  readonly tokenStore?: RefreshTokenStore | string | null;
}

/** Fetches a token for a refresh token, which the server may replace each time. */
export class OAuth2RefreshToken extends TokenAuth {
  readonly type: string = "oauth2_refresh_token";
  readonly #configured: string;
  readonly account: string;
  readonly #client: ClientCredentials;
  readonly #endpoint: TokenEndpoint;
  readonly #store: RefreshTokenStore | undefined;
  /** Set while the newest token is not in the store: there is none, or saving failed. */
  #newest: string | undefined;

  constructor(config: Omit<OAuth2RefreshTokenConfig, "type">) {
    const { refreshToken, clientId, clientSecret, clientAuthentication, tokenStore, ...endpoint } = config;
    super(endpoint.accessToken);
    registerSecret(refreshToken);
    if (clientSecret !== undefined) registerSecret(clientSecret);
    this.#configured = refreshToken;
    this.account = clientId;
    this.#client = { clientId, clientSecret, ...(clientAuthentication !== undefined && { clientAuthentication }) };
    this.#endpoint = new TokenEndpoint(
      endpoint,
      "Check accessTokenUrl, clientId and clientSecret; if the refresh token has expired or was withdrawn, sign in anew and configure the new one.",
    );
    this.#store = storeOf(tokenStore, endpoint.accessTokenUrl, clientId, refreshToken);
  }

  protected obtain(send: TokenFetch): Promise<FreshToken> {
    const store = this.#store;
    if (store === undefined) return this.#renew(send);
    // Two that send the same token at the same time look like a thief to the server, which then withdraws them all.
    return store.exclusively === undefined
      ? this.#renew(send, store)
      : store.exclusively(() => this.#renew(send, store));
  }

  async #renew(send: TokenFetch, store?: RefreshTokenStore): Promise<FreshToken> {
    const kept = this.#newest ?? (await load(store));
    if (kept !== undefined) registerSecret(kept);
    const { answer, sent } = await this.#ask(send, kept ?? this.#configured);
    const isReplaced = answer.refreshToken !== undefined && answer.refreshToken !== sent;
    const newest = answer.refreshToken ?? sent;
    // Also the configured one, when it worked instead of the kept one: the next run must not begin with what was refused.
    if (isReplaced || newest !== (kept ?? this.#configured) || newest === this.#newest) await this.#keep(newest, store);
    return answer;
  }

  /** A token from the store that is refused gives way to the configured one: somebody may have signed in anew. */
  async #ask(send: TokenFetch, token: string): Promise<{ readonly answer: TokenAnswer; readonly sent: string }> {
    try {
      return { answer: await this.#endpoint.ask(send, grant(token), this.#client), sent: token };
    } catch (error) {
      if (token === this.#configured || !(error instanceof TokenRefusedError)) throw error;
      return { answer: await this.#endpoint.ask(send, grant(this.#configured), this.#client), sent: this.#configured };
    }
  }

  async #keep(token: string, store: RefreshTokenStore | undefined): Promise<void> {
    this.#newest = token;
    if (store === undefined) return;
    try {
      await store.save(token);
    } catch (cause) {
      // Not to be passed over: the next run would begin with a token that the server has forgotten.
      throw new AuthError(
        `The server replaced the refresh token, and the new one could not be saved: ${messageOf(cause)}`,
        {
          cause,
          hint: "Until it is saved it is only known to this process. If this process ends, sign in anew.",
        },
      );
    }
    this.#newest = undefined;
  }
}

function grant(refreshToken: string): { grant_type: string; refresh_token: string } {
  return { grant_type: "refresh_token", refresh_token: refreshToken };
}

async function load(store: RefreshTokenStore | undefined): Promise<string | undefined> {
  try {
    return await store?.load();
  } catch (cause) {
    if (cause instanceof AuthError) throw cause;
    throw new AuthError(`The refresh token could not be loaded from its store: ${messageOf(cause)}`, { cause });
  }
}

function storeOf(
  given: OAuth2RefreshTokenConfig["tokenStore"],
  ...identity: readonly [accessTokenUrl: string, clientId: string, refreshToken: string]
): RefreshTokenStore | undefined {
  if (given === undefined) return RefreshTokenFile.for(...identity);
  return typeof given === "string" ? new RefreshTokenFile(given) : (given ?? undefined);
}

function isTokenStore(value: unknown): value is RefreshTokenStore | string {
  if (typeof value === "string") return value !== "";
  if (typeof value !== "object" || value === null) return false;
  return "load" in value && typeof value.load === "function" && "save" in value && typeof value.save === "function";
}

/** `{ type: "oauth2_refresh_token", accessTokenUrl, clientId, refreshToken, … }`. */
export const oauth2RefreshToken: AuthKind = {
  needs: { accessTokenUrl: "setting", clientId: "setting", refreshToken: "secret" },
  read(config) {
    const tokenStore = config.isNull("tokenStore")
      ? null
      : config.value("tokenStore", "the path of a file, or an object with `load` and `save`", isTokenStore, {
          type: "string",
        });
    const clientSecret = config.credential("clientSecret");
    const options = {
      ...readTokenEndpoint(config),
      clientId: config.required("clientId"),
      refreshToken: config.requiredCredential("refreshToken"),
      ...(clientSecret !== undefined && { clientSecret }),
      ...readClientAuthentication(config),
      ...(tokenStore !== undefined && { tokenStore }),
    };
    config.done();
    return () => new OAuth2RefreshToken(options);
  },
};
