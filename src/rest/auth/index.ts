/** Credentials: how each kind of auth puts them on a request. Where they may go is decided in `../credentials.ts`. */
export type { ApiKeyAuthConfig, ApiKeyLocation } from "./api-key.js";
export type { Auth, TokenFetch } from "./auth.js";
export type { BearerAuthConfig } from "./bearer.js";
export type { HttpBasicAuthConfig } from "./http-basic.js";
export type { OAuth2ClientCredentialsConfig } from "./oauth2-client-credentials.js";
export {
  authTypes,
  createAuth,
  registerAuth,
  type AuthConfig,
  type AuthConfigs,
  type AuthFactory,
  type AuthInput,
} from "./registry.js";
