/** Credentials: how each kind of auth puts them on a request. Where they may go is decided in `../credentials.ts`. */
export { ApiKeyAuth, type ApiKeyAuthConfig, type ApiKeyLocation } from "./api-key.js";
export type { Auth, TokenFetch } from "./auth.js";
export { BearerAuth, type BearerAuthConfig } from "./bearer.js";
export { HttpBasicAuth, type HttpBasicAuthConfig } from "./http-basic.js";
export { OAuth2ClientCredentials, type OAuth2ClientCredentialsConfig } from "./oauth2-client-credentials.js";
export {
  authTypes,
  createAuth,
  registerAuth,
  type AuthConfig,
  type AuthConfigs,
  type AuthFactory,
  type AuthInput,
} from "./registry.js";
