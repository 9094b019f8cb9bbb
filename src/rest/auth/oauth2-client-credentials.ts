import { registerSecret } from "../../core/redaction.js";
import type { TokenFetch } from "./auth.js";
import type { AuthKind } from "./kind.js";
import { type FreshToken, TokenAuth } from "./token-auth.js";
import {
  type ClientCredentials,
  readClientAuthentication,
  readTokenEndpoint,
  TokenEndpoint,
  type TokenEndpointConfig,
} from "./token-endpoint.js";

/** OAuth 2.0 client credentials grant (RFC 6749, 4.4). */
export interface OAuth2ClientCredentialsConfig extends TokenEndpointConfig {
  readonly type: "oauth2_client_credentials";
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where client id and secret go: `body` (dlt's way, the default) or `basic` (RFC 6749, 2.3.1). */
  readonly clientAuthentication?: "body" | "basic";
}

/** Fetches a token with the client's own credentials. */
export class OAuth2ClientCredentials extends TokenAuth {
  readonly type: string = "oauth2_client_credentials";
  readonly account: string;
  readonly #client: ClientCredentials;
  readonly #endpoint: TokenEndpoint;

  constructor({
    clientId,
    clientSecret,
    clientAuthentication,
    ...endpoint
  }: Omit<OAuth2ClientCredentialsConfig, "type">) {
    super(endpoint.accessToken);
    registerSecret(clientSecret);
    this.account = clientId;
    this.#client = { clientId, clientSecret, ...(clientAuthentication !== undefined && { clientAuthentication }) };
    this.#endpoint = new TokenEndpoint(
      endpoint,
      'Check accessTokenUrl, clientId and clientSecret; some servers want `clientAuthentication: "basic"`.',
    );
  }

  protected obtain(send: TokenFetch): Promise<FreshToken> {
    return this.#endpoint.ask(send, { grant_type: "client_credentials" }, this.#client);
  }
}

/** `{ type: "oauth2_client_credentials", accessTokenUrl, clientId, clientSecret, … }`. */
export const oauth2ClientCredentials: AuthKind = {
  needs: { accessTokenUrl: "setting", clientId: "setting", clientSecret: "secret" },
  read(config) {
    const options = {
      ...readTokenEndpoint(config),
      clientId: config.required("clientId"),
      clientSecret: config.required("clientSecret"),
      ...readClientAuthentication(config),
    };
    config.done();
    return () => new OAuth2ClientCredentials(options);
  },
};
