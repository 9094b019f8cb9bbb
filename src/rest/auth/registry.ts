import { ConfigError, excerpt } from "../../core/errors.js";
import { typedConfig, type SnakeCased, type TypedConfig } from "../canonical.js";
import { ConfigReader } from "../config-reader.js";
import { apiKeyFromConfig, type ApiKeyAuthConfig } from "./api-key.js";
import type { Auth } from "./auth.js";
import { bearerFromConfig, type BearerAuthConfig } from "./bearer.js";
import { httpBasicFromConfig, type HttpBasicAuthConfig } from "./http-basic.js";
import { oauth2FromConfig, type OAuth2ClientCredentialsConfig } from "./oauth2-client-credentials.js";

/** Auth configs by their `type`. Add the config of a registered type by augmenting this interface. */
export interface AuthConfigs {
  bearer: BearerAuthConfig;
  http_basic: HttpBasicAuthConfig;
  api_key: ApiKeyAuthConfig;
  oauth2_client_credentials: OAuth2ClientCredentialsConfig;
}

/** Any auth config in its canonical form. */
export type AuthConfig = AuthConfigs[keyof AuthConfigs];

/** What is accepted where an auth is configured: an instance, a config in either spelling, or `{ token }` for a bearer token. */
export type AuthInput = Auth | AuthConfig | SnakeCased<AuthConfig> | Pick<BearerAuthConfig, "token">;

/** Makes an auth from the options of a config: camelCase keys, `type` included. */
export type AuthFactory = (config: TypedConfig) => Auth;

type BuiltInFactory = (config: ConfigReader) => Auth;

const builtIn: ReadonlyMap<string, BuiltInFactory> = new Map<string, BuiltInFactory>([
  ["bearer", bearerFromConfig],
  ["http_basic", httpBasicFromConfig],
  ["api_key", apiKeyFromConfig],
  ["oauth2_client_credentials", oauth2FromConfig],
]);
const registered = new Map<string, AuthFactory>();

/** Makes an auth of your own available by `type`. A later registration replaces an earlier one. */
export function registerAuth(type: string, factory: AuthFactory): void {
  if (builtIn.has(type))
    throw new ConfigError(`The auth type "${type}" is built in`, { hint: "Register yours under another name." });
  registered.set(type, factory);
}

/** Every type that a config may name. */
export function authTypes(): string[] {
  return [...builtIn.keys(), ...registered.keys()];
}

/** One form for every spelling: an instance as it is, anything else as a config with `type` and camelCase keys. */
export function canonicalAuth(input: unknown, path = "auth"): Auth | TypedConfig {
  return isAuth(input) ? input : typedConfig(input, path, "bearer");
}

/**
 * The auth of a config; an instance is returned as it is.
 *
 * @throws ConfigError for an unknown type, a missing or a wrong option.
 */
export function createAuth(input: unknown, path = "auth"): Auth {
  const config = canonicalAuth(input, path);
  if (isAuth(config)) return config;
  const factory = registered.get(config.type);
  if (factory !== undefined) return factory(config);
  const known = builtIn.get(config.type);
  if (known !== undefined) return known(new ConfigReader(config, `auth "${config.type}"`, path));
  throw new ConfigError(`${path}.type is ${excerpt(config.type)}, which is no auth type`, {
    path: `${path}.type`,
    hint: `Give one of: ${authTypes().join(", ")}.`,
  });
}

function isAuth(input: unknown): input is Auth {
  return typeof input === "object" && input !== null && "apply" in input && typeof input.apply === "function";
}
