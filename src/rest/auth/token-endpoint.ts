import { isPlainObject } from "../../core/json.js";
import { redactUrl, registerSecret, registerSecretFields } from "../../core/redaction.js";
import type { ConfigReader } from "../config-reader.js";
import { AuthError, bodyExcerpt } from "../errors.js";
import type { ParamValue, RequestSpec } from "../request.js";
import type { TokenFetch } from "./auth.js";
import { basicHeader } from "./http-basic.js";
import type { FreshToken } from "./token-auth.js";

/** What the grants of OAuth 2.0 have in common (RFC 6749). */
export interface TokenEndpointConfig {
  readonly accessTokenUrl: string;
  /** A token to begin with; used until the API refuses it. */
  readonly accessToken?: string;
  /** Further form fields; they win over the standard ones. */
  readonly accessTokenRequestData?: Readonly<Record<string, ParamValue>>;
  /** Seconds that a token is good for when the answer does not say. Default 3600. */
  readonly defaultTokenExpiration?: number;
  /** One text, or a list that is joined by spaces. */
  readonly scopes?: string | readonly string[];
  readonly audience?: string;
}

/** Client id and secret, and where they go. */
export interface ClientCredentials {
  readonly clientId: string;
  /** Undefined: a public client, which has none. */
  readonly clientSecret?: string | undefined;
  /** `body` (dlt's way, the default) or `basic` (RFC 6749, 2.3.1). */
  readonly clientAuthentication?: "body" | "basic";
}

/** The answer of a token endpoint. */
export interface TokenAnswer extends FreshToken {
  /** A new refresh token, in place of the one that was sent. */
  readonly refreshToken?: string;
}

/** The token endpoint refused: the credentials are wrong, expired or withdrawn. */
export class TokenRefusedError extends AuthError {}

const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403]);
const DEFAULT_LIFETIME = 3600;
const CLIENT_AUTHENTICATIONS = ["body", "basic"] as const;

/** Asks a token endpoint: one form, one answer. */
export class TokenEndpoint {
  readonly #config: TokenEndpointConfig;
  readonly #hint: string;

  /** `hint`: what to check when it refuses. */
  constructor(config: TokenEndpointConfig, hint: string) {
    this.#config = config;
    this.#hint = hint;
    registerSecretFields(config.accessTokenRequestData);
  }

  /**
   * Sends the fields of a grant together with the configured ones.
   *
   * @throws TokenRefusedError, AuthError when the answer has no token.
   */
  async ask(
    send: TokenFetch,
    grant: Readonly<Record<string, ParamValue>>,
    client?: ClientCredentials,
  ): Promise<TokenAnswer> {
    const { accessTokenUrl: url, scopes, audience, accessTokenRequestData } = this.#config;
    const { headers, fields } = clientForm(client);
    const request: RequestSpec = {
      method: "POST",
      url,
      params: {},
      headers: { accept: "application/json", ...headers },
      data: {
        ...fields,
        ...grant,
        ...(scopes !== undefined && { scope: typeof scopes === "string" ? scopes : scopes.join(" ") }),
        ...(audience !== undefined && { audience }),
        ...accessTokenRequestData,
      },
      auth: null,
    };
    const answer = await send(request);
    if (answer.status < 200 || answer.status > 299) {
      const ErrorClass = REFUSALS.has(answer.status) ? TokenRefusedError : AuthError;
      throw new ErrorClass(
        `The token endpoint ${redactUrl(url)} answered HTTP ${answer.status}: ${bodyExcerpt(answer.text)}`,
        { hint: this.#hint },
      );
    }
    return this.#read(jsonOf(answer, url), url);
  }

  #read(body: unknown, url: string): TokenAnswer {
    const fields = isPlainObject(body) ? body : {};
    const { access_token: token, refresh_token: refreshToken, expires_in: expiresIn, error } = fields;
    if (typeof token !== "string" || token === "") {
      // Some servers refuse with status 200 (RFC 6749, 5.2 has 400). The body itself is not shown: it may be the token.
      if (typeof error === "string")
        throw new TokenRefusedError(
          `The token endpoint ${redactUrl(url)} answered ${bodyExcerpt(JSON.stringify(body))}`,
          {
            hint: this.#hint,
          },
        );
      const found = isPlainObject(body) ? Object.keys(body).join(", ") : `is no object but ${typeof body}`;
      throw new AuthError(
        `The answer of ${redactUrl(url)} has no access_token; it ${isPlainObject(body) ? "has: " : ""}${found}`,
      );
    }
    registerSecret(token);
    const rotated = typeof refreshToken === "string" && refreshToken !== "" ? refreshToken : undefined;
    if (rotated !== undefined) registerSecret(rotated);
    return { token, expiresIn: this.#lifetime(expiresIn), ...(rotated !== undefined && { refreshToken: rotated }) };
  }

  /** Seconds; text is taken for a number, null and nonsense for nothing said. */
  #lifetime(expiresIn: unknown): number {
    const stated = typeof expiresIn === "string" || typeof expiresIn === "number" ? Number(expiresIn) : Number.NaN;
    return Number.isFinite(stated) ? stated : (this.#config.defaultTokenExpiration ?? DEFAULT_LIFETIME);
  }
}

function clientForm(client: ClientCredentials | undefined): { headers?: RequestSpec["headers"]; fields?: object } {
  if (client === undefined) return {};
  const { clientId, clientSecret, clientAuthentication } = client;
  // RFC 6749, 2.3.1: id and secret are form-encoded before they become Basic credentials.
  if (clientAuthentication === "basic")
    return {
      headers: { authorization: basicHeader(encodeURIComponent(clientId), encodeURIComponent(clientSecret ?? "")) },
    };
  return { fields: { client_id: clientId, ...(clientSecret !== undefined && { client_secret: clientSecret }) } };
}

/** The body of a token answer. The parser's error would quote the body, and with it perhaps the token. */
function jsonOf(answer: Awaited<ReturnType<TokenFetch>>, url: string): unknown {
  try {
    return answer.json();
  } catch {
    const type = answer.headers["content-type"] ?? "no content type";
    throw new AuthError(`The answer of ${redactUrl(url)} is not JSON (HTTP ${answer.status}, ${type})`, {
      hint: "Check the URL: it may be that of a page for people.",
    });
  }
}

/** Reads what the grants have in common. */
export function readTokenEndpoint(config: ConfigReader): TokenEndpointConfig {
  const accessTokenUrl = config.requiredUrl("accessTokenUrl");
  const accessToken = config.credential("accessToken");
  const accessTokenRequestData = config.fields("accessTokenRequestData");
  const defaultTokenExpiration = config.integer("defaultTokenExpiration");
  const scopes = config.value("scopes", "a text or a list of texts", isScopes, {
    anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }],
  });
  const audience = config.name("audience");
  return {
    accessTokenUrl,
    ...(accessToken !== undefined && { accessToken }),
    ...(accessTokenRequestData !== undefined && { accessTokenRequestData }),
    ...(defaultTokenExpiration !== undefined && { defaultTokenExpiration }),
    ...(scopes !== undefined && { scopes }),
    ...(audience !== undefined && { audience }),
  };
}

/** Reads where client id and secret go. */
export function readClientAuthentication(config: ConfigReader): Pick<ClientCredentials, "clientAuthentication"> {
  const clientAuthentication = config.oneOf("clientAuthentication", CLIENT_AUTHENTICATIONS);
  return clientAuthentication === undefined ? {} : { clientAuthentication };
}

function isScopes(value: unknown): value is string | readonly string[] {
  return typeof value === "string" || (Array.isArray(value) && value.every((scope) => typeof scope === "string"));
}
