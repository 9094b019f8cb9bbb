/** Credentials: how each kind of auth puts them on a request. Where they may go is decided in `../credentials.ts`. */
export type { ApiKeyAuthConfig } from "./api-key.js";
export type { Auth, TokenFetch } from "./auth.js";
export { AuthPool } from "./auth-pool.js";
export type { BearerAuthConfig } from "./bearer.js";
export type { RefreshTokenStore } from "./refresh-token-store.js";
export {
  type AuthConfig,
  type AuthConfigs,
  type AuthFactory,
  type AuthInput,
  type BareToken,
  authNeeds,
  authShapes,
  authTypes,
  checkAuthConfig,
  registerAuth,
  type RegisterAuthOptions,
  typeName,
} from "./registry.js";
export type { RequestToSign, Sign } from "./signature.js";
export { type FreshToken, TokenAuth } from "./token-auth.js";
