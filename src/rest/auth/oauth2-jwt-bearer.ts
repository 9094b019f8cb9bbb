import { randomUUID } from "node:crypto";
import { isPlainObject, type JsonObject } from "../../core/json.js";
import { registerPassingSecret, registerSecret } from "../../core/redaction.js";
import type { TokenFetch } from "./auth.js";
import { JWT_ALGORITHMS, type JwtAlgorithm, jwtSigner, type JwtSigner, signJwt } from "./jwt.js";
import type { AuthKind } from "./kind.js";
import { type FreshToken, TokenAuth } from "./token-auth.js";
import { readTokenEndpoint, TokenEndpoint, type TokenEndpointConfig } from "./token-endpoint.js";

/** OAuth 2.0 with a signed assertion (RFC 7523, 2.1), as service accounts use it: a private key instead of a password. */
export interface OAuth2JwtBearerConfig extends Omit<TokenEndpointConfig, "audience"> {
  readonly type: "oauth2_jwt_bearer";
  /** Who asks: the claim `iss`, and `sub` unless `subject` is given. For Google the service account's e-mail address. */
  readonly clientId: string;
  /** In PEM; `\n` may stand for line breaks. */
  readonly privateKey: string;
  readonly privateKeyPassphrase?: string;
  /** The key's id, in the header as `kid`. */
  readonly keyId?: string;
  /** Default: what fits the key: `RS256`, `ES256`, `ES384`, `ES512` or `EdDSA`. */
  readonly algorithm?: JwtAlgorithm;
  /** On whose behalf: the claim `sub`. Default `clientId`. */
  readonly subject?: string;
  /** The claim `aud`. Default `accessTokenUrl`. */
  readonly audience?: string;
  /** Further claims; they win over the standard ones. */
  readonly claims?: JsonObject;
  /** Seconds until the assertion (not the token) expires. Default 300. */
  readonly assertionLifetime?: number;
}

const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/** Seconds. Long enough for clocks that differ, short enough for the servers that allow minutes only. */
const ASSERTION_LIFETIME = 300;

/** Fetches a token for an assertion that it signs. */
export class OAuth2JwtBearer extends TokenAuth {
  readonly type: string = "oauth2_jwt_bearer";
  readonly #config: Omit<OAuth2JwtBearerConfig, "type" | "privateKey" | "privateKeyPassphrase">;
  readonly account: string;
  readonly #signer: JwtSigner;
  readonly #endpoint: TokenEndpoint;

  /** `path`: place of the private key in the configuration. Throws ConfigError when the key cannot be used. */
  constructor({ privateKey, privateKeyPassphrase, ...config }: Omit<OAuth2JwtBearerConfig, "type">, path: string) {
    super(config.accessToken);
    if (privateKeyPassphrase !== undefined) registerSecret(privateKeyPassphrase);
    this.account = `${config.clientId} ${config.subject ?? ""}`;
    this.#config = config;
    this.#signer = jwtSigner(privateKey, {
      path,
      ...(privateKeyPassphrase !== undefined && { passphrase: privateKeyPassphrase }),
      ...(config.algorithm !== undefined && { algorithm: config.algorithm }),
    });
    // Both are claims of the assertion here, not fields of the form.
    const { scopes: _scopes, audience: _audience, ...endpoint } = config;
    this.#endpoint = new TokenEndpoint(
      endpoint,
      "Check accessTokenUrl, clientId (the issuer), subject, scopes, and that the private key is the one registered there.",
    );
  }

  protected obtain(send: TokenFetch): Promise<FreshToken> {
    const assertion = this.#assertion();
    registerPassingSecret(assertion);
    return this.#endpoint.ask(send, { grant_type: GRANT, assertion });
  }

  #assertion(): string {
    const { clientId, subject, audience, accessTokenUrl, scopes, claims, keyId } = this.#config;
    const now = Math.floor(Date.now() / 1000);
    return signJwt(
      this.#signer,
      { ...(keyId !== undefined && { kid: keyId }) },
      {
        iss: clientId,
        sub: subject ?? clientId,
        aud: audience ?? accessTokenUrl,
        iat: now,
        exp: now + (this.#config.assertionLifetime ?? ASSERTION_LIFETIME),
        // Some servers accept an assertion once: two in one second must differ.
        jti: randomUUID(),
        ...(scopes !== undefined && { scope: typeof scopes === "string" ? scopes : scopes.join(" ") }),
        ...claims,
      },
    );
  }
}

function isClaims(value: unknown): value is JsonObject {
  return isPlainObject(value);
}

/** `{ type: "oauth2_jwt_bearer", accessTokenUrl, clientId, privateKey, … }`. */
export const oauth2JwtBearer: AuthKind = {
  needs: { accessTokenUrl: "setting", clientId: "setting", privateKey: "secret" },
  read(config) {
    const [privateKeyPassphrase, keyId, subject] = [
      config.credential("privateKeyPassphrase"),
      config.name("keyId"),
      config.name("subject"),
    ];
    const algorithm = config.oneOf("algorithm", JWT_ALGORITHMS);
    const claims = config.value("claims", "an object", isClaims, { type: "object" });
    const assertionLifetime = config.positive("assertionLifetime");
    const options = {
      ...readTokenEndpoint(config),
      clientId: config.required("clientId"),
      privateKey: config.required("privateKey"),
      ...(privateKeyPassphrase !== undefined && { privateKeyPassphrase }),
      ...(keyId !== undefined && { keyId }),
      ...(subject !== undefined && { subject }),
      ...(algorithm !== undefined && { algorithm }),
      ...(claims !== undefined && { claims }),
      ...(assertionLifetime !== undefined && { assertionLifetime }),
    };
    config.done();
    return () => new OAuth2JwtBearer(options, config.at("privateKey"));
  },
};
