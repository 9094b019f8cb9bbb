import { excerpt } from "../../core/errors.js";
import { isPlainObject } from "../../core/json.js";
import { redactUrl, registerSecret } from "../../core/redaction.js";
import type { ConfigReader } from "../config-reader.js";
import { AuthError, bodyExcerpt } from "../errors.js";
import type { ParamValue, RequestSpec } from "../request.js";
import type { Auth, TokenFetch } from "./auth.js";
import { bearerOf, withBearer } from "./bearer.js";
import { basicHeader } from "./http-basic.js";

/** OAuth 2.0 client credentials grant (RFC 6749, 4.4). */
export interface OAuth2ClientCredentialsConfig {
  readonly type: "oauth2_client_credentials";
  readonly accessTokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** A token to begin with; used until the API refuses it. */
  readonly accessToken?: string;
  /** Further form fields; they win over the standard ones. */
  readonly accessTokenRequestData?: Readonly<Record<string, ParamValue>>;
  /** Seconds that a token is good for when the answer does not say. Default 3600. */
  readonly defaultTokenExpiration?: number;
  /** One text, or a list that is joined by spaces. */
  readonly scopes?: string | readonly string[];
  readonly audience?: string;
  /** Where client id and secret go: `body` (dlt's way, the default) or `basic` (RFC 6749, 2.3.1). */
  readonly clientAuthentication?: "body" | "basic";
}

/** Seconds. A token is renewed this long before it expires, for it must still be good when the request arrives. */
const EXPIRY_MARGIN = 30;

interface Token {
  readonly value: string;
  /** Milliseconds of `Date.now()`. */
  readonly goodUntil: number;
}

/** Fetches a token with the first request, shares it, renews it before it expires and once after a 401. */
export class OAuth2ClientCredentials implements Auth {
  readonly type: string = "oauth2_client_credentials";
  readonly #config: Omit<OAuth2ClientCredentialsConfig, "type">;
  #token: Token | undefined;
  /** The fetch under way: requests that come meanwhile wait for it instead of fetching their own. */
  #fetching: Promise<Token> | undefined;

  constructor(config: Omit<OAuth2ClientCredentialsConfig, "type">) {
    this.#config = config;
    registerSecret(config.clientSecret);
    if (config.accessToken !== undefined) {
      registerSecret(config.accessToken);
      this.#token = { value: config.accessToken, goodUntil: Number.POSITIVE_INFINITY };
    }
  }

  async apply(request: RequestSpec, fetchToken: TokenFetch): Promise<RequestSpec> {
    return withBearer(request, await this.#current(fetchToken));
  }

  refresh(refused: RequestSpec): boolean {
    if (this.#token?.value === bearerOf(refused)) this.#token = undefined;
    return true;
  }

  async #current(fetchToken: TokenFetch): Promise<string> {
    if (this.#token !== undefined && Date.now() < this.#token.goodUntil) return this.#token.value;
    this.#fetching ??= this.#fetch(fetchToken).finally(() => {
      this.#fetching = undefined;
    });
    this.#token = await this.#fetching;
    return this.#token.value;
  }

  async #fetch(fetchToken: TokenFetch): Promise<Token> {
    const url = this.#config.accessTokenUrl;
    const response = await fetchToken(this.#tokenRequest());
    if (response.status < 200 || response.status > 299) {
      throw new AuthError(
        `The token endpoint ${redactUrl(url)} answered HTTP ${response.status}: ${bodyExcerpt(response.text)}`,
        {
          hint: 'Check accessTokenUrl, clientId and clientSecret; some servers want `clientAuthentication: "basic"`.',
        },
      );
    }
    const body = response.json();
    const value = isPlainObject(body) ? body["access_token"] : undefined;
    if (!isPlainObject(body) || typeof value !== "string" || value === "") {
      const keys = isPlainObject(body) ? Object.keys(body).join(", ") : excerpt(body);
      throw new AuthError(`The answer of ${redactUrl(url)} has no access_token; it has: ${keys}`);
    }
    registerSecret(value);
    return { value, goodUntil: Date.now() + this.#lifetime(body["expires_in"]) * 1000 };
  }

  #tokenRequest(): RequestSpec {
    const { clientId, clientSecret, scopes, audience, accessTokenRequestData, accessTokenUrl } = this.#config;
    const basic = this.#config.clientAuthentication === "basic";
    // RFC 6749, 2.3.1: id and secret are form-encoded before they become Basic credentials.
    const headers = {
      accept: "application/json",
      ...(basic && { authorization: basicHeader(encodeURIComponent(clientId), encodeURIComponent(clientSecret)) }),
    };
    const data = {
      ...(!basic && { client_id: clientId, client_secret: clientSecret }),
      grant_type: "client_credentials",
      ...(scopes !== undefined && { scope: typeof scopes === "string" ? scopes : scopes.join(" ") }),
      ...(audience !== undefined && { audience }),
      ...accessTokenRequestData,
    };
    return { method: "POST", url: accessTokenUrl, params: {}, headers, data, auth: null };
  }

  /** Seconds from now. A token that lives no longer than the margin is used for half of its life. */
  #lifetime(expiresIn: unknown): number {
    const stated = expiresIn === null || expiresIn === undefined ? Number.NaN : Number(expiresIn);
    const seconds = Number.isFinite(stated) ? stated : (this.#config.defaultTokenExpiration ?? 3600);
    return Math.max(seconds - EXPIRY_MARGIN, Math.min(seconds / 2, EXPIRY_MARGIN));
  }
}

function isScopes(value: unknown): value is string | readonly string[] {
  return typeof value === "string" || (Array.isArray(value) && value.every((scope) => typeof scope === "string"));
}

function isClientAuthentication(value: unknown): value is "body" | "basic" {
  return value === "body" || value === "basic";
}

function isFields(value: unknown): value is Readonly<Record<string, ParamValue>> {
  return isPlainObject(value);
}

/** Reads `{ type: "oauth2_client_credentials", … }`. */
export function oauth2FromConfig(config: ConfigReader): OAuth2ClientCredentials {
  const accessToken = config.name("accessToken");
  const accessTokenRequestData = config.value("accessTokenRequestData", "an object", isFields);
  const defaultTokenExpiration = config.integer("defaultTokenExpiration");
  const scopes = config.value("scopes", "a text or a list of texts", isScopes);
  const audience = config.name("audience");
  const clientAuthentication = config.value("clientAuthentication", '"body" or "basic"', isClientAuthentication);
  const auth = new OAuth2ClientCredentials({
    accessTokenUrl: config.required("accessTokenUrl"),
    clientId: config.required("clientId"),
    clientSecret: config.required("clientSecret"),
    ...(accessToken !== undefined && { accessToken }),
    ...(accessTokenRequestData !== undefined && { accessTokenRequestData }),
    ...(defaultTokenExpiration !== undefined && { defaultTokenExpiration }),
    ...(scopes !== undefined && { scopes }),
    ...(audience !== undefined && { audience }),
    ...(clientAuthentication !== undefined && { clientAuthentication }),
  });
  config.done();
  return auth;
}
