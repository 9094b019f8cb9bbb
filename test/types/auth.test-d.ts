/** What the compiler says about auth configs. Checked by `tsc` alone: every `@ts-expect-error` must be an error, everything else must compile. */
import {
  type Auth,
  type FreshToken,
  registerAuth,
  type RefreshTokenStore,
  type RequestSpec,
  RestClient,
  restApiSource,
  type Sign,
  TokenAuth,
  type TokenFetch,
} from "../../src/index.js";

const baseUrl = "https://api.example.com/";
const url = "https://login.example.com/token";
declare const store: RefreshTokenStore;
declare const sign: Sign;

// --- every kind, in both spellings ---

restApiSource({
  client: { baseUrl, auth: { type: "bearer", token: async () => "t" } },
  resourceDefaults: { endpoint: { auth: { type: "http_basic", username: "u", password: "p" } } },
  resources: [
    { name: "a", endpoint: { auth: { type: "api_key", apiKey: "k", name: "sid", location: "cookie" } } },
    { name: "b", endpoint: { auth: { type: "oauth2_client_credentials", accessTokenUrl: url, scopes: ["x", "y"] } } },
    {
      name: "c",
      endpoint: {
        auth: {
          type: "oauth2_refresh_token",
          accessTokenUrl: url,
          clientId: "c",
          refreshToken: "r",
          tokenStore: store,
        },
      },
    },
    { name: "d", endpoint: { auth: { type: "oauth2_refresh_token", tokenStore: null } } },
    { name: "e", endpoint: { auth: { type: "oauth2_jwt_bearer", algorithm: "ES256", claims: { tenant: 1 } } } },
    { name: "f", endpoint: { auth: { type: "session_login", loginUrl: url, json: { user: "u" }, tokenHeader: "x" } } },
    {
      name: "g",
      endpoint: { auth: { type: "signature", sign: async ({ body }) => ({ "x-size": `${body.length}` }) } },
    },
    { name: "h", endpoint: { auth: { type: "signature", sign } } },
    { name: "i", endpoint: { auth: null } },
    { name: "j", endpoint: { auth: "oauth2_jwt_bearer" } },
    { name: "k", endpoint: { auth: { token: "t" } } },
  ],
});
restApiSource({
  client: { base_url: baseUrl, auth: { type: "oauth2_client_credentials", access_token_url: url, client_id: "c" } },
  resources: [
    { name: "a", endpoint: { auth: { type: "api_key", api_key: "k", location: "query" } } },
    { name: "b", endpoint: { auth: { type: "oauth2_refresh_token", refresh_token: "r", token_store: "tokens/shop" } } },
    {
      name: "c",
      endpoint: { auth: { type: "oauth2_jwt_bearer", private_key: "k", key_id: "1", assertion_lifetime: 60 } },
    },
    {
      name: "d",
      endpoint: { auth: { type: "session_login", login_url: url, token_path: "a.b", session_lifetime: 600 } },
    },
  ],
});
const api = new RestClient({ baseUrl, auth: { type: "signature", sign: () => ({}) } });
void api.get("x", { auth: { type: "session_login", login_url: url, json: { user: "u" } } });

// --- wrong configs ---

// @ts-expect-error a misspelt option
restApiSource({ client: { baseUrl, auth: { type: "bearer", tokn: "x" } }, resources: [] });
// @ts-expect-error a misspelt option without a type
restApiSource({ client: { baseUrl, auth: { token: "x", name: "y" } }, resources: [] });
// @ts-expect-error an option of another kind
restApiSource({ client: { baseUrl, auth: { type: "http_basic", username: "u", token: "t" } }, resources: [] });
// @ts-expect-error a misspelt option in snake_case
restApiSource({ client: { base_url: baseUrl, auth: { type: "session_login", login_uri: url } }, resources: [] });
// @ts-expect-error a misspelt option at an endpoint
restApiSource({ client: { baseUrl }, resources: [{ name: "a", endpoint: { auth: { type: "bearer", tokn: "x" } } }] });
// @ts-expect-error a misspelt option in the defaults
restApiSource({ client: { baseUrl }, resourceDefaults: { endpoint: { auth: { tokn: "x" } } }, resources: ["a"] });
// @ts-expect-error an unknown type
restApiSource({ client: { baseUrl, auth: { type: "digest" } }, resources: [] });
// @ts-expect-error an unknown location
restApiSource({ client: { baseUrl, auth: { type: "api_key", location: "body" } }, resources: [] });
// @ts-expect-error a number for a text
restApiSource({ client: { baseUrl, auth: { type: "bearer", token: 5 } }, resources: [] });
// @ts-expect-error an algorithm without a private key
restApiSource({ client: { baseUrl, auth: { type: "oauth2_jwt_bearer", algorithm: "HS256" } }, resources: [] });
const noSave = { load: () => "t" };
// @ts-expect-error a store that cannot save
restApiSource({ client: { baseUrl, auth: { type: "oauth2_refresh_token", tokenStore: noSave } }, resources: [] });
// @ts-expect-error a function cannot be looked up
restApiSource({ client: { baseUrl, auth: { type: "signature" } }, resources: [] });
// @ts-expect-error nor by the name alone
restApiSource({ client: { baseUrl, auth: "signature" }, resources: [] });
// @ts-expect-error headers are texts
restApiSource({ client: { baseUrl, auth: { type: "signature", sign: () => ({ "x-size": 5 }) } }, resources: [] });
// @ts-expect-error a RestClient looks up nothing
void new RestClient({ baseUrl, auth: { type: "api_key" } });

// --- kinds of one's own ---

class OwnToken extends TokenAuth {
  readonly type = "own_token";
  protected async obtain(send: TokenFetch): Promise<FreshToken> {
    const answer = await send({ method: "POST", url, params: {}, headers: {} }, { followRedirects: false });
    return { token: answer.text, expiresIn: 60 };
  }
}
class OwnHeader implements Auth {
  readonly type = "own_header";
  apply(request: RequestSpec): RequestSpec {
    return { ...request, headers: { ...request.headers, "x-own": "1" } };
  }
}
registerAuth("own_token", () => new OwnToken(), { needs: { apiKey: "secret" } });
restApiSource({
  client: { baseUrl, auth: new OwnToken() },
  resources: [{ name: "a", endpoint: { auth: new OwnHeader() } }],
});
// @ts-expect-error nothing is looked up there
registerAuth("own_header", () => new OwnHeader(), { needs: { apiKey: "vault" } });
// @ts-expect-error a class that puts nothing on requests
registerAuth("own_header", () => ({ type: "own_header" }));
